"""What goes wrong with a private server, in one line, with the way out apart."""

from __future__ import annotations


class ServerError(Exception):
    """A private server cannot be found, prepared, started or stopped.

    `str(error)` is one line (`where: what`); `error.hint` says what to do, or is empty.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint

    def __str__(self) -> str:
        message = str(self.args[0])
        return f"{message}\nhint: {self.hint}" if self.hint else message
