"""What DRAFT.md says of logins: who comes in, who is kept out, and what that needs."""

from __future__ import annotations

from collections.abc import Iterator

from migrate.draft.design import Project
from migrate.draft.writing.backends import Users
from migrate.draft.writing.markdown import code

__all__ = ["people_lines"]


def people_lines(project: Project, users: tuple[Users, ...]) -> Iterator[str]:
    """The section of DRAFT.md, or nothing where nobody has a password."""
    if not users:
        return
    first, *others = users
    yield "## Who logs in"
    yield ""
    yield f"`{first.model}` holds people with a password: whoever logs in by"
    names = " or ".join(code(name) for name in first.logins)
    yield f"{names} and the old password gets an account"
    yield f"of Django's at the first login (`{project.app}/backends.py`), with a hash of Django's."
    yield "Nobody gets a right by it."
    yield ""
    for each in users:
        yield from _kept_out(each)
    for package in project.hash_packages:
        yield f"- Some of the hashes need `pip install {package}`: without it their owners are"
        yield "  refused, and an error is logged."
    if others:
        names = ", ".join(f"`{each.backend}`" for each in others)
        yield f"- Not in `AUTHENTICATION_BACKENDS`, since one name may mean two people: {names}."
    yield ""


def _kept_out(users: Users) -> Iterator[str]:
    if users.only:
        wanted = " and ".join(f"{code(name)} is `{value}`" for name, value in users.only)
        yield f"- `{users.backend}` lets in only whose {wanted} (`only`), judged by the column's"
        yield "  name alone: look whether that is what it means, and whether it is all."
    else:
        yield f"- **`{users.backend}` keeps nobody out yet**, not the banned either: no flag's name"
        yield '  says who they are. `only = {"field": value}` in it says who comes in.'
