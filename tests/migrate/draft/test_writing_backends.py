"""Which models hold people, and by what they log in."""

from __future__ import annotations

import pytest

from migrate.draft.design import Field, MappingLine, Model, Project
from migrate.draft.writing.backends import backends_text, find_users


def people(name: str, *fields: str, hashed: str = "passwd") -> Model:
    """A model with text fields, one of which holds hashes."""
    return Model(
        name=name,
        source=name.lower(),
        doc="",
        fields=tuple(Field(name=f, cls="models.CharField") for f in (*fields, hashed)),
        mapping=(MappingLine(name=hashed, declaration='Column("p", steps.php_password())'),),
    )


def shop(*models: Model) -> Project:
    return Project(app="shop", database="shop", models=models, has_passwords=True)


@pytest.mark.parametrize(
    ("fields", "logins"),
    [
        (("username", "email"), ("username", "email")),
        (("user_name", "mail"), ("user_name", "mail")),
        (("email",), ("email",)),
        (("display_name", "user_login"), ("user_login",)),
        (("first_name", "last_name", "name"), ("name",)),
        (("nickname", "email_address", "email"), ("nickname", "email")),
    ],
)
def test_people_log_in_by_name_and_address(
    fields: tuple[str, ...], logins: tuple[str, ...]
) -> None:
    (users,) = find_users(shop(people("Person", *fields)), {})
    assert users.logins == logins
    assert users.password == "passwd"


@pytest.mark.parametrize(
    "fields", [("title", "body"), ("display_name", "file_name"), ("activation_key",)]
)
def test_table_with_a_password_but_no_names_holds_no_people(fields: tuple[str, ...]) -> None:
    assert find_users(shop(people("Post", *fields)), {}) == ()


def test_the_table_with_the_most_people_comes_first_then_the_plainest_name() -> None:
    models = (people("OldUser", "login"), people("User", "login"), people("Admin", "login"))
    found = find_users(shop(*models), {"admin": 7, "user": 1, "olduser": 1})
    assert [users.model for users in found] == ["Admin", "User", "OldUser"]


def test_backend_is_written_for_each() -> None:
    project = shop(people("User", "login", "email"), people("Admin", "login"))
    assert (
        backends_text(project, find_users(project, {}))
        == '''\
"""Old passwords go on working: see AUTHENTICATION_BACKENDS."""

from migrate.backends import LegacyUserBackend


class UserBackend(LegacyUserBackend):
    model = "shop.User"
    logins = ("login", "email")
    password = "passwd"
    email = "email"


class AdminBackend(LegacyUserBackend):
    model = "shop.Admin"
    logins = ("login",)
    password = "passwd"
'''
    )
