"""Let the users of the legacy database log in to Django with their old password.

    class ShopUserBackend(LegacyUserBackend):
        model = "shop.Customer"
        logins = ("user_name", "email")
        password = "password"

    AUTHENTICATION_BACKENDS = [
        "django.contrib.auth.backends.ModelBackend",
        "shop.backends.ShopUserBackend",
    ]

At the first login with the right password the account of Django's own is made, with a hash of
Django's own; from then on that hash counts, and the legacy one does not.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import check_password, make_password
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.http import HttpRequest

__all__ = ["LegacyUserBackend"]

logger = logging.getLogger("delamp.logins")


class LegacyUserBackend(BaseBackend):
    """Makes an account of Django's at a legacy user's first login. To be subclassed.

    Where an account of Django's has the name already, its own password counts and the old one does
    not: whoever made that account need not be who has the name in the legacy database, and a
    password that was changed in Django is not to be got round. No right is given to anybody.
    """

    model: ClassVar[str]
    """The model of the legacy users: `"shop.Customer"`."""
    logins: ClassVar[Sequence[str]]
    """Its fields to log in by, the account's name first. Case is ignored, as MySQL did."""
    password: ClassVar[str]
    """Its field with what `steps.php_password` made of the hash."""
    email: ClassVar[str | None] = None
    """Its field with the address, to be copied."""
    only: ClassVar[Mapping[str, Any]] = {}
    """Conditions on who may log in: `{"banned": False}`."""

    # An account is of whatever class AUTH_USER_MODEL names.
    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **credentials: Any,
    ) -> Any:
        """The account of whoever has this name and this password, or None.

        A hash whose hasher lacks its library is logged as an error, and lets nobody in.
        """
        user_model = get_user_model()
        name = username if username is not None else credentials.get(_name_field())
        if not name or password is None:
            return None
        person = self._person(name)
        if person is None:
            # As long as for a name that exists, so that names cannot be guessed by the clock.
            make_password(password)
            return None
        name = str(getattr(person, self.logins[0]))
        known = list(user_model._default_manager.filter(**{f"{_name_field()}__iexact": name})[:2])
        if known:
            return self._again(known, password)
        if not name or not self._fits(person, password):
            return None
        return self._account(person, name, password)

    def get_user(self, user_id: Any) -> Any:
        """The account of a session that this backend opened."""
        user = get_user_model()._default_manager.filter(pk=user_id).first()
        return user if user is None or getattr(user, "is_active", True) else None

    def _person(self, name: str) -> models.Model | None:
        """The one legacy user of this name. Of two nobody can tell who is meant."""
        named = Q()
        for field in self.logins:
            named |= Q(**{f"{field}__iexact": name})
        people = apps.get_model(self.model)._default_manager.filter(named, **self.only)[:2]
        return people[0] if len(people) == 1 else None

    def _fits(self, person: models.Model, password: str) -> bool:
        try:
            return check_password(password, getattr(person, self.password))
        except (ImproperlyConfigured, ValueError) as error:
            # For want of a package (bcrypt, argon2-cffi) one user is refused, and no page breaks.
            reason = str(error).replace("\nhint: ", "; ")
            logger.error("%s %s: the password cannot be checked: %s", self.model, person.pk, reason)
            return False

    def _again(self, known: list[Any], password: str) -> Any:
        """An account that exists, for its own password: who logs in by address comes here."""
        user = known[0]
        good = len(known) == 1 and user.check_password(password)
        return user if good and getattr(user, "is_active", True) else None

    def _account(self, person: models.Model, name: str, password: str) -> Any:
        user_model = get_user_model()
        longest = getattr(user_model._meta.get_field(_name_field()), "max_length", None)
        if longest is not None and len(name) > longest:
            return None
        values: dict[str, Any] = {_name_field(): name}
        if self.email and _name_field() != user_model.EMAIL_FIELD:
            values[user_model.EMAIL_FIELD] = getattr(person, self.email) or ""
        user = user_model(**values, password=make_password(password))
        try:
            with transaction.atomic():
                user.save(force_insert=True)
        except IntegrityError:
            # Two first logins at the same time: the other one has made it.
            return None
        return user


def _name_field() -> str:
    return str(get_user_model().USERNAME_FIELD)
