"""What nothing speaks against, in one table for each kind of choice."""

from __future__ import annotations

from collections.abc import Iterator

from migrate.draft.design import Decision
from migrate.draft.writing.markdown import code
from migrate.draft.writing.other_lines import brief
from migrate.draft.writing.python import statements

__all__ = ["routine_lines"]


def routine_lines(decisions: list[Decision], topics: dict[str, str]) -> Iterator[str]:
    """The section of DRAFT.md; `topics` are headings by topic, in their order."""
    if not decisions:
        return
    yield "## Nothing speaks against"
    yield ""
    yield "Choices for which, or for want of rows against which, nothing was found."
    yield ""
    for topic, heading in topics.items():
        groups: dict[tuple[str, str], list[Decision]] = {}
        for decision in decisions:
            if decision.topic == topic:
                groups.setdefault((decision.chosen, decision.cost), []).append(decision)
        if groups:
            yield f"### {heading[0].upper()}{heading[1:]}"
            yield ""
        for (chosen, cost), group in groups.items():
            if len(group) > 1:
                yield f"{chosen[0].upper()}{chosen[1:]}" + (f" (instead: {cost}):" if cost else ":")
                yield ""
                yield from _table(group)
        yield from _table([group[0] for group in groups.values() if len(group) == 1], alone=True)


def _table(decisions: list[Decision], *, alone: bool = False) -> Iterator[str]:
    """`alone`: each row says itself what was chosen."""
    if not decisions:
        return
    others = any(decision.instead for decision in decisions)
    heads = ["where", *(["chosen"] if alone else []), "found", *(["instead"] if others else [])]
    yield f"| {' | '.join(heads)} |"
    yield f"| {' | '.join('---' for _ in heads)} |"
    for each in sorted(decisions, key=lambda each: (each.table, each.column or "")):
        cells = [_code(f"{each.table}.{each.column}" if each.column else each.table)]
        if alone:
            cells.append(_cell(each.chosen))
        cells.append(_cell(each.evidence))
        if others:
            cells.append("<br>".join(map(_code, _lines(each.instead))))
        yield f"| {' | '.join(cells)} |"
    yield ""


def _lines(instead: str) -> list[str]:
    return instead.splitlines() if statements(instead) is None else brief(instead)


def _code(text: str) -> str:
    """In backticks; a bar would end the cell in code, too."""
    return code(_cell(text))


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
