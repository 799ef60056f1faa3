"""backends.py of a drafted app: legacy users log in with their old password."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from migrate.draft.design import Field, Model, Project
from migrate.draft.writing.imports import import_lines
from migrate.draft.writing.python import assignment, docstring, quoted

__all__ = ["Users", "backends_text", "find_users"]

_STEP = "steps.php_password"
_NAMES = (("login", "username", "uname", "account", "nickname", "nick", "handle"), ("name",))
_ADDRESSES = ("email", "mail")
_OUT = (
    *("banned", "ban", "blocked", "block", "disabled", "inactive", "suspended", "locked"),
    *("deactivated", "deleted", "removed"),
)
_IN = ("active", "enabled", "activated")
_OTHER_USE = re.compile(r"display|first|last|full|real|nice|clean|real|file|code|key|token|old|new")


@dataclass(frozen=True, kw_only=True)
class Users:
    """A model whose rows are people with a password."""

    model: str
    logins: tuple[str, ...]
    password: str
    email: str | None
    only: tuple[tuple[str, str], ...] = ()
    """Fields and the value (Python) that they have for who may come in."""

    @property
    def backend(self) -> str:
        return f"{self.model}Backend"


def find_users(project: Project, rows: Mapping[str, int]) -> tuple[Users, ...]:
    """Models with a hash and a name to log in by: the most rows first, then the plainest name."""
    found = [(rows.get(m.source, 0), users) for m in project.models if (users := _users(m))]
    return tuple(
        users for _, users in sorted(found, key=lambda pair: (-pair[0], len(pair[1].model)))
    )


def _users(model: Model) -> Users | None:
    password = next((line.name for line in model.mapping if _STEP in line.declaration), None)
    texts = [f for f in model.fields if f.cls in ("models.CharField", "models.EmailField")]
    addresses = [f.name for f in texts if _says(f, _ADDRESSES)]
    names = next((n for words in _NAMES if (n := [f.name for f in texts if _says(f, words)])), [])
    logins = tuple(dict.fromkeys((*names[:1], *addresses[:1])))
    if password is None or not logins:
        return None
    email = addresses[0] if addresses else None
    return Users(
        model=model.name, logins=logins, password=password, email=email, only=tuple(_only(model))
    )


def _only(model: Model) -> Iterator[tuple[str, str]]:
    """Flags by whose name people are kept out. A flag that may be NULL says too little."""
    for field in model.fields:
        if "null=True" in field.arguments or field.choices_class:
            continue
        flag = field.cls == "models.BooleanField"
        if _ends_in(field, _OUT) and (flag or field.cls.endswith("IntegerField")):
            yield field.name, "False" if flag else "0"
        elif _ends_in(field, _IN) and flag:
            yield field.name, "True"


def _says(field: Field, words: tuple[str, ...]) -> bool:
    """Whether the last word of its name, or its last two, is one of these, and no other use."""
    return _ends_in(field, words) and not _OTHER_USE.search(field.name)


def _ends_in(field: Field, words: tuple[str, ...]) -> bool:
    parts = field.name.split("_")
    return bool({parts[-1], "".join(parts[-2:])} & set(words))


def backends_text(project: Project, users: tuple[Users, ...]) -> str:
    """The text of backends.py: a backend for each model of people."""
    lines = docstring("Old passwords go on working: see AUTHENTICATION_BACKENDS.", 0)
    lines += ["", *import_lines(["migrate.backends.LegacyUserBackend"])]
    for each in users:
        lines += ["", "", *_backend(project.app, each)]
    return "\n".join(lines) + "\n"


def _backend(app: str, users: Users) -> Iterator[str]:
    yield f"class {users.backend}(LegacyUserBackend):"
    yield from assignment("model", quoted(f"{app}.{users.model}"), 4)
    names = ", ".join(map(quoted, users.logins))
    yield from assignment("logins", f"({names},)" if len(users.logins) == 1 else f"({names})", 4)
    yield from assignment("password", quoted(users.password), 4)
    if users.email:
        yield from assignment("email", quoted(users.email), 4)
    if users.only:
        pairs = ", ".join(f"{quoted(name)}: {value}" for name, value in users.only)
        yield from assignment("only", f"{{{pairs}}}", 4)
