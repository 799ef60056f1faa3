"""A write that would change nothing, to see it refused."""

from __future__ import annotations

from mappings.sqltext import my_name
from migrate.cutover.options import Options
from migrate.errors import SourceError
from migrate.source import Source, SourceRefused

__all__ = ["probe"]

_READ_ONLY = (1290, 1836)
"""Refused because the server takes no writes."""
_DENIED = (1044, 1142, 1143, 1227)
"""Refused for want of a right."""


def probe(options: Options, source: Source) -> str:
    """Delete no row of a table, as PHP where its login is known, or by our own account.

    Our own account may be an administrator's, which the freeze does not bind, or have no right to
    write anyhow: nothing is seen then. Raises `SourceError` when PHP's write is not refused.
    """
    tables = source.rows("SHOW FULL TABLES WHERE Table_type = 'BASE TABLE'")
    if not tables:
        return ""
    table = my_name((tables[0][0] or b"").decode())
    if options.php_url is None:
        number = _refusal(source, table)
        return "a write of ours is refused: the server is read only" if number in _READ_ONLY else ""
    try:
        php = Source(options.php_url)
    except SourceError:
        return f"{options.php_url.user} cannot log in any more"
    try:
        number = _refusal(php, table)
    finally:
        php.close()
    if number in (*_READ_ONLY, *_DENIED):
        return f"a write of {options.php_url.user} is refused (error {number})"
    raise SourceError(
        f"source {options.php_url.redacted}: frozen, and yet a write of {options.php_url.user} is"
        " not refused",
        hint="look whether PHP's account has rights of an administrator, or rights by a role",
    )


def _refusal(source: Source, table: str) -> int:
    """The number of the error, or 0 when the write went through, and wrote nothing."""
    try:
        source.rows(f"DELETE FROM {table} WHERE FALSE")
    except SourceRefused as error:
        return error.number
    return 0
