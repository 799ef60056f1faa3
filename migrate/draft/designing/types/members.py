"""ENUM and SET."""

from __future__ import annotations

from mappings.steps.to_boolean import FALSE, TRUE
from mappings.types.text import quoted_members
from migrate.draft.design import Choice
from migrate.draft.designing.names import constant_name
from migrate.draft.designing.types.base import Answer, Ask
from migrate.draft.designing.words import literal

__all__ = ["enum", "members_of_set"]

_MOST = 100
"""Members beyond which a list of choices helps nobody."""


def enum(ask: Ask) -> Answer:
    members = quoted_members(ask.column.column_type)
    if not ask.keyed and _two_words(members):
        return _boolean(ask)
    answer = _text(ask)
    if not members or len(members) > _MOST:
        return answer
    name = _class_name(ask.name)
    choices: list[Choice] = []
    for member in members:
        constant = constant_name(member, [c.name for c in choices])
        choices.append(Choice(name=constant, value=literal(member), label=_label(member)))
    default = next(
        (c.name for c, m in zip(choices, members, strict=True) if m == ask.default), None
    )
    return answer.but(
        choices_class=name,
        choices=tuple(choices),
        default=f"{name}.{default}" if default else None,
    )


def _text(ask: Ask) -> Answer:
    width = max([1, *map(len, quoted_members(ask.column.column_type))])
    return Answer(
        cls="models.CharField",
        arguments=(f"max_length={width}",),
        blank=ask.blank,
        default=literal(ask.default) if ask.default else None,
    )


def _two_words(members: tuple[str, ...]) -> bool:
    return len(members) == 2 and any(
        a in TRUE and b in FALSE and _pair(a, b) for a, b in (members, members[::-1])
    )


def _pair(yes: str, no: str) -> bool:
    pairs = {("y", "n"), ("yes", "no"), ("true", "false"), ("on", "off"), ("t", "f"), ("1", "0")}
    return (yes.lower(), no.lower()) in pairs


def _boolean(ask: Ask) -> Answer:
    seen = ask.seen
    empty = seen is None or seen.empty > 0
    steps = ("steps.null_if_empty", "steps.to_boolean") if empty else ("steps.to_boolean",)
    default = str(ask.default in TRUE) if ask.default else None
    answer = Answer(cls="models.BooleanField", steps=steps, default=default, null=empty)
    rows = f"{ask.column.column_type}, {ask.filled:,} values"
    if seen is not None and seen.empty:
        rows += f", of which {seen.empty:,} are '', which becomes NULL"
    return answer.because(
        ask.told(
            _text(ask),
            topic="type",
            chosen="a BooleanField",
            evidence=rows,
            cost="nothing; the words stay as PHP had them",
            routine=not (seen and seen.empty),
        )
    )


def _class_name(name: str) -> str:
    found = "".join(word[:1].upper() + word[1:] for word in name.split("_"))
    return f"{found}Choice" if found in {"Meta", "Decimal", "ArrayField"} else found


def _label(member: str) -> str:
    words = member.replace("_", " ").replace("-", " ").strip() if member.islower() else member
    return words[:1].upper() + words[1:]


def members_of_set(ask: Ask) -> Answer:
    members = quoted_members(ask.column.column_type)
    width = max([1, *map(len, members)])
    chosen = [m for m in (ask.default or "").split(",") if m]
    # A list as default would be one for all rows.
    return Answer(
        cls="ArrayField",
        arguments=(f"models.CharField(max_length={width})",),
        imports=("django.contrib.postgres.fields.ArrayField",),
        default=None if chosen or ask.column.nullable else "list",
        blank=True,
    )
