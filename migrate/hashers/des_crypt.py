"""crypt() with DES, thirteen characters, and BSD's extended form, `_` and nineteen.

The tables are those of FIPS 46; the salt exchanges bits of the expansion E, so that no DES of
a library can stand in.
"""

from __future__ import annotations

from collections.abc import Iterator

from migrate.hashers.crypt64 import DIGITS

__all__ = ["des_crypt"]

_Bits = list[int]

_PC1 = (
    *(57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18, 10, 2, 59, 51, 43, 35, 27, 19, 11, 3),
    *(60, 52, 44, 36, 63, 55, 47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22, 14, 6, 61, 53, 45),
    *(37, 29, 21, 13, 5, 28, 20, 12, 4),
)
_PC2 = (
    *(14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2),
    *(41, 52, 31, 37, 47, 55, 30, 40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29),
    32,
)
_SHIFTS = (1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1)
_IP = tuple(first - 8 * row for first in (58, 60, 62, 64, 57, 59, 61, 63) for row in range(8))
_FP = tuple(_IP.index(place) + 1 for place in range(1, 65))
_E = tuple((4 * group + place - 1) % 32 + 1 for group in range(8) for place in range(6))
_P = (
    *(16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10),
    *(2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22, 11, 4, 25),
)
_S = tuple(
    tuple(int(digit, 16) for digit in box)
    for box in (
        "e4d12fb83a6c59070f74e2d1a6cb953841e8d62bfc973a50fc8249175b3ea06d",
        "f18e6b34972dc05a3d47f28ec01a69b50e7ba4d158c6932fd8a13f42b67c05e9",
        "a09e63f51dc7b428d709346a285ecbf1d6498f30b12c5ae71ad069874fe3b52c",
        "7de3069a1285bc4fd8b56f03472c1ae9a690cb7df13e52843f06a1d8945bc72e",
        "2c417ab6853fd0e9eb2c47d150fa3986421bad78f9c5630eb8c71e2d6f09a453",
        "c1af92680d34e75baf427c9561de0b389ef528c3704a1db6432c95fabe17608d",
        "4b2ef08d3c975a61d0b7491ae35c2f8614bdc37eaf6805926bd814a7950fe23c",
        "d2846fb1a93e50c71fd8a374c56b0e927b419ce206adf35821e74a8dfc90356b",
    )
)
_TIMES = 25


def des_crypt(password: bytes, setting: str) -> str:
    """The whole hash, for its first two characters, or nine that begin with `_`."""
    if setting.startswith("_"):
        setting, times, salt = setting[:9], _number(setting[1:5]), _number(setting[5:9])
        key = _long_key(password)
    else:
        setting, times, salt = setting[:2], _TIMES, _number(setting[:2])
        key = _key(password)
    return setting + _eleven(_encrypted([0] * 64, key, salt, times))


def _number(characters: str) -> int:
    return sum(DIGITS.index(digit) << 6 * place for place, digit in enumerate(characters))


def _key(password: bytes) -> _Bits:
    """Seven bits of eight characters, and a parity bit that nothing looks at."""
    padded = password[:8].ljust(8, b"\0")
    return [byte >> bit & 1 if bit >= 0 else 0 for byte in padded for bit in range(6, -2, -1)]


def _long_key(password: bytes) -> _Bits:
    """Eight characters, encrypted by themselves and mixed with the next eight, and so on."""
    key = _key(password)
    for start in range(8, len(password), 8):
        encrypted = _encrypted(key, key, 0, 1)
        key = [a ^ b for a, b in zip(encrypted, _key(password[start:]), strict=True)]
    return key


def _encrypted(block: _Bits, key: _Bits, salt: int, times: int) -> _Bits:
    """DES so many times over, with bits of E exchanged by the salt."""
    expand = [place - 1 for place in _E]
    for bit in range(24):
        if salt >> bit & 1:
            expand[bit], expand[bit + 24] = expand[bit + 24], expand[bit]
    keys = list(_round_keys(key))
    for _ in range(times):
        block = [block[place - 1] for place in _IP]
        left, right = block[:32], block[32:]
        for round_key in keys:
            mixed = [right[place] ^ bit for place, bit in zip(expand, round_key, strict=True)]
            left, right = right, [a ^ b for a, b in zip(left, _boxes(mixed), strict=True)]
        block = [(right + left)[place - 1] for place in _FP]
    return block


def _round_keys(key: _Bits) -> Iterator[_Bits]:
    chosen = [key[place - 1] for place in _PC1]
    left, right = chosen[:28], chosen[28:]
    for shift in _SHIFTS:
        left, right = left[shift:] + left[:shift], right[shift:] + right[:shift]
        both = left + right
        yield [both[place - 1] for place in _PC2]


def _boxes(mixed: _Bits) -> _Bits:
    found: _Bits = []
    for number, box in enumerate(_S):
        a, b, c, d, e, f = mixed[6 * number : 6 * number + 6]
        value = box[32 * a + 16 * f + 8 * b + 4 * c + 2 * d + e]
        found += (value >> 3, value >> 2 & 1, value >> 1 & 1, value & 1)
    return [found[place - 1] for place in _P]


def _eleven(block: _Bits) -> str:
    """Six bits a character, here with the most significant first."""
    bits = [*block, 0, 0]
    groups = (bits[start : start + 6] for start in range(0, 66, 6))
    return "".join(DIGITS[int("".join(map(str, group)), 2)] for group in groups)
