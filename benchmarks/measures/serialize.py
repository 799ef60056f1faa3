"""Values of PHP's serialize() by the step alone: no database, no column, one core."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.bench import Bench
from benchmarks.results import Result
from mappings import steps
from mappings.steps.base import as_step

__all__ = ["measure"]

_VALUES = 100_000
_PASSES = 3


def measure(bench: Bench) -> Result:
    """Values per second of `php_unserialize`, of processor time; all values are different."""
    dice = random.Random(1)
    arrays = [_array(dice) for _ in range(_VALUES)]
    objects = [f'O:8:"Settings":1:{{s:5:"\0*\0in";{array}}}' for array in arrays]
    strict = as_step(steps.php_unserialize).python
    tolerant = steps.php_unserialize(plain="text").python
    rates = {
        "arrays of 3 to 5 entries": _rate(strict, arrays),
        'the same with plain="text"': _rate(tolerant, arrays),
        "as the property of an object": _rate(strict, objects),
        'texts with plain="text"': _rate(tolerant, [f"value {n}" for n in range(_VALUES)]),
    }
    return Result(
        title=f"serialize: {_VALUES:,} values by php_unserialize",
        figures={"serialize_arrays_per_s": rates["arrays of 3 to 5 entries"]},
        details={**rates},
        lines=[
            *(f"{name:30}{rate:>12,} values/s" for name, rate in rates.items()),
            "arrays: at least 100,000",
        ],
    )


def _rate(read: Callable[[Any], Any], values: Sequence[str]) -> int:
    """By the best of some passes."""
    seconds = []
    for _ in range(_PASSES):
        started = time.process_time()
        for value in values:
            read(value)
        seconds.append(time.process_time() - started)
    return round(len(values) / min(seconds))


def _array(dice: random.Random) -> str:
    entries = [
        f"{_string(f'key{dice.randrange(50)}_{n}')}{_value(dice)}"
        for n in range(dice.randint(3, 5))
    ]
    return f"a:{len(entries)}:{{{''.join(entries)}}}"


def _value(dice: random.Random) -> str:
    number = dice.randrange(10**9)
    texts = (f"text {number}", f"café {number}")
    return dice.choice(
        [f"i:{number};", f"d:{dice.random()!r};", "N;", "b:1;", *map(_string, texts)]
    )


def _string(text: str) -> str:
    return f's:{len(text.encode())}:"{text}";'
