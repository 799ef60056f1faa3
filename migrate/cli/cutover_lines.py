"""A cutover in lines for people: what goes on, how it ended, what `delamp status` says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from migrate.cutover import Outcome
    from migrate.cutover.outcome import Said

__all__ = ["outcome_lines", "said_line", "status_lines"]

_PAUSED = ("freezing", "frozen", "proving", "closing", "reporting")
_ENDED = ("done", "rehearsed", "failed", "undone")


def said_line(said: Said) -> str:
    """One line of progress."""
    if not said.text:
        return click.style(said.state, bold=True)
    warning = click.style("warning: ", fg="yellow") if said.warning else ""
    return f"  {warning}{said.text}"


def outcome_lines(outcome: Outcome) -> list[str]:
    """The end of a cutover, and what to do now."""
    mark = click.style("✔", fg="green")
    pause = outcome.write_pause_seconds
    lines = [f"{mark} cutover {outcome.number} {outcome.state}"]
    if pause is not None:
        steps = ", ".join(f"{n} {s:.1f} s" for n, s in outcome.seconds.items() if n in _PAUSED)
        lines.append(f"write pause: {pause:.1f} s ({steps})")
    if outcome.state == "rehearsed":
        if pause is None:
            expected = outcome.report.get("expected_pause_seconds", 0)
            lines.append(f"write pause of the real one: about {expected:.0f} s")
        lines.append("nothing was switched; PHP writes on")
    else:
        lines.append("open Django now; the legacy database stays frozen, for good")
    return lines


def status_lines(found: dict[str, Any]) -> list[str]:
    """What `delamp status` says of the last cutover."""
    what = " (a rehearsal)" if found["rehearsal"] else ""
    state = click.style(found["state"], bold=True)
    lines = [f"cutover {found['id']}{what} {state}, begun {_moment(found['started_at'])}"]
    if found["write_pause_seconds"] is not None:
        lines.append(f"write pause: {found['write_pause_seconds']:.1f} s")
    if found["error"]:
        lines.append(click.style("error: ", fg="red") + found["error"])
    if found["frozen"] and found["state"] == "done":
        lines.append(
            f"the source stays frozen by {found['method']}, as it should, since"
            f" {_moment(found['frozen_at'])}; who goes back to PHP (see docs/cutover.md) gives it"
            f" back by {click.style('delamp cutover --undo --yes', bold=True)}, or by hand:"
        )
    elif found["frozen"]:
        lines.append(
            f"the source is frozen by {found['method']} since {_moment(found['frozen_at'])};"
            f" {click.style('delamp cutover --undo', bold=True)} gives it back, or by hand:"
        )
    if found["frozen"]:
        lines += [f"  {statement};" for statement in found["undo"]["statements"]]
        lines += [f"  {found['undo'][name]}" for name in ("command", "say") if found["undo"][name]]
    if found["state"] not in _ENDED:
        lines.append(f"{click.style('delamp cutover', bold=True)} goes on from there")
    return lines


def _moment(text: str) -> str:
    return f"{text[:19].replace('T', ' ')} UTC"
