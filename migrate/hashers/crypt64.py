"""The base64 of crypt(): its own digits, and the least significant six bits first."""

from __future__ import annotations

__all__ = ["DIGITS", "crypt64"]

DIGITS = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def crypt64(number: int, characters: int) -> str:
    """The lowest bits of a number, six a character."""
    return "".join(DIGITS[number >> 6 * place & 63] for place in range(characters))
