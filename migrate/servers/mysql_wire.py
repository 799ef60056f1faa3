"""Just enough of MySQL's protocol to wait for a server and to send it a statement.

A driver would be shorter, but this package must run before anything is installed, and MySQL 5.6
comes without client programs.
"""

from __future__ import annotations

import socket
import struct
from pathlib import Path

from migrate.servers.errors import ServerError

LONG_PASSWORD = 0x1
PROTOCOL_41 = 0x200
SECURE_CONNECTION = 0x8000
PLUGIN_AUTH = 0x80000
UTF8 = 33
COM_QUERY = b"\x03"
LONGEST_PART = 2**24 - 1


class MySQLWire:
    """One connection as root without a password, over the server's socket.

    Raises OSError while the server does not answer, ServerError when it answers with an error.
    """

    def __init__(self, path: Path, *, timeout: float = 60) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(timeout)
        try:
            self._socket.connect(str(path))
            self.version = self._log_in()
        except BaseException:
            self._socket.close()
            raise

    def close(self) -> None:
        self._socket.close()

    def execute(self, statement: str | bytes) -> int:
        """Run one statement that returns no rows; returns how many warnings it raised."""
        text = statement.encode() if isinstance(statement, str) else statement
        self._send(0, COM_QUERY + text)
        _, answer = self._receive()
        self._check(answer)
        if answer[0] != 0:
            raise ServerError("mysql: statement returned rows, got a result set (expected none)")
        # Rows changed and the last id, each of a length of its own, then status and warnings.
        at = _after_integer(answer, _after_integer(answer, 1))
        return int.from_bytes(answer[at + 2 : at + 4], "little")

    def _log_in(self) -> str:
        _, greeting = self._receive()
        self._check(greeting)
        version = greeting[1 : greeting.index(b"\0", 1)].decode()
        flags = LONG_PASSWORD | PROTOCOL_41 | SECURE_CONNECTION | PLUGIN_AUTH
        head = struct.pack("<IIB23x", flags, 2**24 - 1, UTF8)
        self._send(1, head + b"root\0" + b"\0" + b"mysql_native_password\0")
        sequence, answer = self._receive()
        if answer[0] == 0xFE:
            # The server prefers another method; an empty password looks the same in all of them.
            self._send(sequence + 1, b"")
            _, answer = self._receive()
        self._check(answer)
        return version

    def _send(self, sequence: int, payload: bytes) -> None:
        # A part of full length says that another one follows, be it an empty one.
        for start in range(0, len(payload) + 1, LONGEST_PART):
            part = payload[start : start + LONGEST_PART]
            head = len(part).to_bytes(3, "little") + bytes([sequence % 256])
            self._socket.sendall(head + part)
            sequence += 1

    def _receive(self) -> tuple[int, bytes]:
        head = self._read(4)
        return head[3], self._read(int.from_bytes(head[:3], "little"))

    def _read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            part = self._socket.recv(size - len(data))
            if not part:
                raise ConnectionError("mysql: connection closed")
            data += part
        return data

    @staticmethod
    def _check(answer: bytes) -> None:
        if answer[0] == 0xFF:
            code = int.from_bytes(answer[1:3], "little")
            text = answer[3:].decode(errors="replace")
            raise ServerError(f"mysql: refused, got {code} {text!r}")


def _after_integer(data: bytes, at: int) -> int:
    """The place behind a length-encoded integer."""
    return at + {0xFC: 3, 0xFD: 4, 0xFE: 9}.get(data[at], 1)
