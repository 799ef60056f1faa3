"""The sign-off: one file that says what a run did, and a check that the databases still say so."""

from __future__ import annotations

from migrate.signoff.checking import Difference, check_signoff
from migrate.signoff.document import FORMAT, SCHEMA_VERSION, signoff
from migrate.signoff.files import read_signoff, write_with_hash
from migrate.signoff.page import signoff_page

__all__ = [
    "FORMAT",
    "SCHEMA_VERSION",
    "Difference",
    "check_signoff",
    "read_signoff",
    "signoff",
    "signoff_page",
    "write_with_hash",
]
