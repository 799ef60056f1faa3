"""What the quarantine calls a row that PostgreSQL itself has refused."""

from __future__ import annotations

from migrate.target import TargetRefused

__all__ = ["refusal_of"]

_CODES = {
    "23505": "not_unique",
    "23514": "check_failed",
    "23502": "not_null",
    "23503": "no_parent",
    "23P01": "excluded",
    "54000": "row_too_large",
    "54000 index": "index_too_large",
}
"""SQLSTATE (PostgreSQL manual, Appendix A) to the codes of docs/errors.md."""

_OF_INDEXES = ("nbt", "indextuple", "hash", "gin", "gist", "spg", "brin")
"""How the names of PostgreSQL's source files begin that refuse an entry of an index."""


def refusal_of(error: TargetRefused) -> tuple[str, str]:
    """Code and detail, without any value of the row."""
    # Of class 22 the message may quote the value; a constraint's name never does.
    about = error.constraint or ("" if error.sqlstate.startswith("22") else error.primary)
    return _code(error), f"{about} ({error.sqlstate})".strip()


def _code(error: TargetRefused) -> str:
    state = error.sqlstate
    if state == "54000" and error.source_file.startswith(_OF_INDEXES):
        # One state for a row and for its entry in an index; the words are in the server's language.
        state += " index"
    return _CODES.get(state, "target_refused")
