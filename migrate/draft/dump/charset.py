"""What the bytes of a dump mean that does not say it."""

from __future__ import annotations

import codecs
from pathlib import Path

from migrate.draft.dump.files import open_dump

__all__ = ["silent_charset"]

_BLOCK = 1024 * 1024


def silent_charset(path: Path) -> str:
    """`utf8mb4` for a file that is UTF-8 as a whole and not ASCII alone, else `latin1`.

    latin1 has a character for every byte: read and kept as that, no byte is lost, whatever it was.
    Raises ConfigError for a file that cannot be read.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    plain = True
    with open_dump(path) as file:
        try:
            while block := file.read(_BLOCK):
                plain = plain and block.isascii()
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "latin1"
    return "latin1" if plain else "utf8mb4"
