"""A dump as the source of a draft: loaded into a private MariaDB, which is kept with the draft.

    files        the file, plain or compressed, and how far it is read
    statements   a stream of bytes cut into statements, as the mysql client cuts it
    dialect      what a statement is, and what MariaDB understands of it
    charset      what the bytes of a dump mean that does not say it
    ends         whether it is whole
    wire         a connection that reads warnings, too
    changes      values that the server did not take as they are
    loading      the statements sent to a server; what was left out, and why

Dumps of mysqldump, mariadb-dump and the like, of MySQL 3.23 to 9 and every MariaDB.
"""

from __future__ import annotations

from migrate.draft.dump.files import open_dump
from migrate.draft.dump.loading import LoadedDump, load_dump

__all__ = ["LoadedDump", "load_dump", "open_dump"]
