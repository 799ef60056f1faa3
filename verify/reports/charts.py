"""Pictures as inline SVG: the strip of a table, and rows over time.

Height says how many, not colour alone, and each picture has its words.
"""

from __future__ import annotations

import math

from verify.reports.document import Strip, Throughput
from verify.reports.markup import Markup, tag
from verify.reports.wording import counted, duration

__all__ = ["strip_svg", "strip_words", "throughput_svg"]

_HEIGHT = 20
_LEAST = 5
"""Height of a bar for one row: small numbers must be seen, so heights are logarithmic."""
_PLOT = 100


def strip_svg(strip: Strip) -> Markup:
    """The strip with the ends of its range below it."""
    most = max(strip.cells, default=0)
    bars = "".join(
        f"M{slot} {_HEIGHT}v-{_bar(count, most)}h1v{_bar(count, most)}z"
        for slot, count in enumerate(strip.cells)
        if count
    )
    width = max(1, len(strip.cells))
    drawn = tag(
        "svg",
        tag("path", d=f"M0 0h{width}v{_HEIGHT}H0z", class_="track"),
        tag("path", d=bars, class_="bars") if bars else "",
        viewBox=f"0 0 {width} {_HEIGHT}",
        preserveAspectRatio="none",
        role="img",
        aria_label=strip_words(strip),
    )
    ends = tag("div", tag("bdi", strip.first), tag("bdi", strip.last), class_="ends")
    return tag("div", drawn, ends, class_="strip")


def strip_words(strip: Strip) -> str:
    """The strip for who cannot see it."""
    place = f"{strip.column} from {strip.first} to {strip.last}"
    hit = [slot for slot, count in enumerate(strip.cells) if count]
    more = f"; {counted(strip.unplaced, 'row')} without a place" if strip.unplaced else ""
    if not hit:
        return f"no problem in {place}{more}"
    most = max(strip.cells)
    size = len(strip.cells)
    begin = strip.cells.index(most)
    return (
        f"{counted(sum(strip.cells), 'problem')} in {len(hit)} of {size} slices of {place};"
        f" most, {most:,}, at {begin * 100 // size} % to {(begin + 1) * 100 // size} %{more}"
    )


def _bar(count: int, most: int) -> int:
    if not count:
        return 0
    share = math.log1p(count - 1) / math.log1p(most - 1) if most > 1 else 1.0
    return round(_LEAST + (_HEIGHT - _LEAST) * share)


def throughput_svg(found: Throughput) -> Markup:
    """Rows per second over the time of the load, with its scale beside it."""
    rates = [rows / found.slice_seconds for rows in found.rows]
    top = _round_up(max(rates, default=0.0))
    size = max(1, len(rates))
    steps = "".join(f"V{_PLOT - rate / top * _PLOT:.1f}h1" for rate in rates)
    grid = "".join(f"M0 {line}h{size}" for line in (0.5, 50, 99.5))
    drawn = tag(
        "svg",
        tag("path", d=grid, class_="grid"),
        tag("path", d=f"M0 {_PLOT}{steps}V{_PLOT}z", class_="area"),
        viewBox=f"0 0 {size} {_PLOT}",
        preserveAspectRatio="none",
        role="img",
        aria_label=_throughput_words(found, rates),
    )
    scale = tag("div", *(tag("span", f"{_short(top * part)}") for part in (1, 0.5, 0)), class_="y")
    last = duration(found.slice_seconds * len(rates))
    times = tag("div", tag("span", "0 s"), tag("span", last), class_="x")
    return tag(
        "figure",
        tag("figcaption", f"Rows per second. {_throughput_words(found, rates)}."),
        tag("div", scale, drawn, times, class_="plot"),
        class_="throughput",
    )


def _throughput_words(found: Throughput, rates: list[float]) -> str:
    seconds = found.slice_seconds * len(rates)
    mean = sum(found.rows) / seconds if seconds else 0.0
    words = [f"On average {mean:,.0f} over {duration(seconds)}", f"at most {max(rates):,.0f}"]
    if found.pauses:
        words.append(f"{counted(found.pauses, 'pause')} left out")
    return ", ".join(words)


def _round_up(rate: float) -> float:
    """The next number of one or two digits and zeros, so that the scale is easy to read."""
    if rate <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(rate))
    return next(step * power for step in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if step * power >= rate)


def _short(rate: float) -> str:
    for size, unit in ((1e6, "M"), (1e3, "k")):
        if rate >= size:
            return f"{rate / size:.3g}{unit}"
    return f"{rate:.3g}"
