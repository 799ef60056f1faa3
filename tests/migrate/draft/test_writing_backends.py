"""Which models hold people, and by what they log in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from migrate.draft.design import Field, MappingLine, Model, Project
from migrate.draft.writing.backends import backends_text, find_users
from migrate.draft.writing.place import Place
from migrate.draft.writing.report import report_text


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


@pytest.mark.parametrize(
    ("name", "cls", "arguments", "only"),
    [
        ("banned", "models.BooleanField", (), "False"),
        ("is_blocked", "models.BooleanField", ("default=False",), "False"),
        ("account_disabled", "models.BooleanField", (), "False"),
        ("user_banned", "models.PositiveSmallIntegerField", (), "0"),
        ("active", "models.BooleanField", (), "True"),
        ("is_enabled", "models.BooleanField", (), "True"),
        # A number above 1 may say anything, and NULL as well.
        ("active", "models.IntegerField", (), None),
        ("banned", "models.BooleanField", ("null=True", "blank=True"), None),
        ("banned_by", "models.IntegerField", (), None),
        ("last_active", "models.DateTimeField", (), None),
        ("newsletter", "models.BooleanField", (), None),
    ],
)
def test_flag_that_says_so_keeps_people_out_and_the_report_tells(
    name: str, cls: str, arguments: tuple[str, ...], only: str | None
) -> None:
    model = people("User", "login")
    flag = Field(name=name, cls=cls, arguments=arguments)
    project = shop(replace(model, fields=(*model.fields, flag)))
    users = find_users(project, {})
    place = Place(redacted="mysql://php@db/shop", database="shop")
    report = report_text(project, place, {}, users)
    if only is None:
        assert "only" not in backends_text(project, users)
        assert "**`UserBackend` keeps nobody out yet**, not the banned either" in report
    else:
        assert f'    only = {{"{name}": {only}}}\n' in backends_text(project, users)
        assert f"- `UserBackend` lets in only whose `{name}` is `{only}`" in report
        assert "nobody out" not in report


def test_report_says_what_is_to_be_installed_for_hashes_that_were_seen() -> None:
    project = replace(shop(people("User", "login")), hash_packages=("bcrypt",))
    place = Place(redacted="mysql://php@db/shop", database="shop")
    text = report_text(project, place, {}, find_users(project, {}))
    assert "`pip install bcrypt`" in text and "argon2" not in text


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
