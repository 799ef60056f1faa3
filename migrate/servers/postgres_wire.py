"""Just enough of PostgreSQL's protocol to wait for a server and to send it a statement."""

from __future__ import annotations

import socket
import struct
from pathlib import Path

from migrate.servers.errors import ServerError

PROTOCOL_3 = 196608


class PostgresWire:
    """One connection as `postgres` over the server's socket, trusted without a password.

    Raises OSError while the server does not answer, ServerError when it answers with an error,
    which includes "the database system is starting up".
    """

    def __init__(self, path: Path, *, database: str = "postgres", timeout: float = 60) -> None:
        self.version = ""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(timeout)
        try:
            self._socket.connect(str(path))
            pairs = ("user", "postgres", "database", database)
            body = struct.pack("!I", PROTOCOL_3)
            body += b"".join(part.encode() + b"\0" for part in pairs) + b"\0"
            self._socket.sendall(struct.pack("!I", len(body) + 4) + body)
            self._wait_until_ready()
        except BaseException:
            self._socket.close()
            raise

    def close(self) -> None:
        self._socket.close()

    def execute(self, statement: str) -> None:
        """Run one statement; rows that it returns are dropped."""
        body = statement.encode() + b"\0"
        self._socket.sendall(b"Q" + struct.pack("!I", len(body) + 4) + body)
        self._wait_until_ready()

    def _wait_until_ready(self) -> None:
        failure = ""
        while True:
            kind, body = self._receive()
            if kind == b"E":
                fields = {part[:1]: part[1:].decode() for part in body.split(b"\0") if part}
                failure = f"{fields.get(b'C', '')} {fields.get(b'M', '')}"
            elif kind == b"S" and body.startswith(b"server_version\0"):
                self.version = body.split(b"\0")[1].decode()
            elif kind == b"R" and body != b"\0\0\0\0":
                failure = "a request for a password"
            # Before the session is ready the server hangs up after an error.
            if failure and (kind == b"Z" or not self.version):
                raise ServerError(f"postgresql: refused, got {failure!r}")
            if kind == b"Z":
                return

    def _receive(self) -> tuple[bytes, bytes]:
        head = self._read(5)
        return head[:1], self._read(struct.unpack("!I", head[1:])[0] - 4)

    def _read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            part = self._socket.recv(size - len(data))
            if not part:
                raise ConnectionError("postgresql: connection closed")
            data += part
        return data
