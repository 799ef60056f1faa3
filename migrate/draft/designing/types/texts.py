"""Text columns, and what PHP kept in them."""

from __future__ import annotations

import re

from migrate.draft.designing.types.base import Answer, Ask
from migrate.draft.designing.words import literal

__all__ = ["as_json", "digits", "json", "password", "text"]

_PASSWORD = r"pass(wd|word)?(_|$|hash)|passw|pwd|(^|_)pw(_|$)|kennwort|clave|contrasen|senha"
_TAG = re.compile(r"<[a-z/!]", re.IGNORECASE)
_LONGEST_CHAR = 10_485_760
"""Characters of a varchar in PostgreSQL."""


def text(ask: Ask) -> Answer:
    """CHAR, VARCHAR and the TEXTs."""
    seen = ask.seen
    if not ask.fixed and (answer := password(ask) or digits(ask) or as_json(ask)):
        return answer
    answer = _plain(ask)
    if seen is None:
        return answer
    steps: list[str] = []
    if seen.bad_charset:
        steps.append("steps.replace_invalid()")
        answer = answer.because(
            ask.decision(
                topic="charset",
                chosen="U+FFFD for bytes that are not of the column's charset",
                evidence=f"{seen.bad_charset:,} values hold some",
                instead=f'{ask.name} = Column("{ask.column.name}")',
                cost=f"refuses {seen.bad_charset:,} rows",
            )
        )
    if seen.nul_bytes:
        steps.append("steps.replace_nul()")
        answer = answer.because(
            ask.decision(
                topic="charset",
                chosen="zero bytes are left out, because PostgreSQL's text has none",
                evidence=f"{seen.nul_bytes:,} values hold one",
                instead=f'{ask.name} = Column("{ask.column.name}")',
                cost=f"refuses {seen.nul_bytes:,} rows",
            )
        )
    if not ask.fixed:
        answer, more = _repairs(ask, answer)
        steps += more
    answer = _said(ask, answer)
    return answer.but(steps=tuple(steps))


def _plain(ask: Ask) -> Answer:
    column = ask.column
    default = literal(ask.default) if ask.default else None
    if column.data_type in ("char", "varchar") and column.max_chars is not None:
        width = max(column.max_chars, 1)
        if width <= _LONGEST_CHAR:
            arguments = (f"max_length={width}",)
            return Answer(
                cls="models.CharField", arguments=arguments, blank=ask.blank, default=default
            )
    return Answer(cls="models.TextField", blank=ask.blank, default=default)


def password(ask: Ask) -> Answer | None:
    seen = ask.seen
    if seen is None or not ask.named(_PASSWORD) or ask.share("password") < 0.9:
        return None
    hashes, clear = seen.looks.get("password", 0), seen.sampled - seen.looks.get("password", 0)
    width = max(255, ask.column.max_chars or 0)
    other = f", {clear:,} are none and become unusable" if clear else ""
    return Answer(
        cls="models.CharField",
        arguments=(f"max_length={width}",),
        steps=("steps.php_password()",),
        blank=ask.blank,
        password=True,
    ).because(
        ask.decision(
            topic="type",
            chosen="Django's form of the old hashes, so that users log in with their old password",
            evidence=f"{hashes:,} of {seen.sampled:,} values looked at are hashes{other}",
            instead=f'{ask.name} = Column("{ask.column.name}")',
            cost="keeps the old text, with which Django lets nobody in",
        )
    )


def as_json(ask: Ask) -> Answer | None:
    """A JSONField for what PHP serialised or encoded, plain texts among it or not."""
    seen = ask.seen
    if seen is None or not seen.sampled:
        return None
    found = "serialized" if ask.share("serialized") >= ask.share("json") else "json"
    share = ask.share(found)
    if share < 0.5 and not (found == "serialized" and _mixed(ask)):
        return None
    step, what = {
        "serialized": ("php_unserialize", "PHP's serialize()"),
        "json": ("parse_json", "JSON"),
    }[found]
    count = seen.looks.get(found, 0)  # type: ignore[call-overload]
    return Answer(cls="models.JSONField", steps=(f'steps.{step}(plain="text")',)).because(
        ask.decision(
            topic="type",
            chosen=f"a JSONField, from {what}; other texts are kept as JSON strings",
            evidence=f"{count:,} of {seen.sampled:,} values looked at are {what}",
            instead=f'{ask.name} = Column("{ask.column.name}") with a models.TextField()',
            cost="nothing; the text stays as PHP wrote it",
        )
    )


def digits(ask: Ask) -> Answer | None:
    """A moment in UTC where each value is 14 digits, as 20090131235959."""
    seen = ask.seen
    if seen is None or not seen.looks_whole or not seen.sampled or ask.share("digits14") < 1:
        return None
    step = 'steps.parse_timestamp(invalid="null")'
    return Answer(cls="models.DateTimeField", steps=(step,), null=True).because(
        ask.decision(
            topic="type",
            chosen="a DateTimeField, from 14 digits, in UTC",
            evidence=f"{seen.sampled:,} values, all of 14 digits",
            instead=f'{ask.name} = Column("{ask.column.name}") with a models.CharField',
            cost="nothing; the digits stay as PHP had them",
        )
    )


def _mixed(ask: Ask) -> bool:
    """A column of values of any kind, some of them serialised: settings and metadata."""
    return ask.named(r"value|data|meta|option|setting|param|config|content_attr|extra|cache") and (
        ask.share("serialized") > 0
    )


def _repairs(ask: Ask, answer: Answer) -> tuple[Answer, list[str]]:
    seen = ask.seen
    steps: list[str] = []
    if seen is None:
        return answer, steps
    if wrong := seen.looks.get("mojibake", 0):
        steps.append("steps.repair_charset")
        answer = answer.because(
            ask.decision(
                topic="charset",
                chosen="UTF-8 that was read as latin1 is repaired, value by value",
                evidence=f"{wrong:,} of {seen.sampled:,} values looked at",
                instead=f'{ask.name} = Column("{ask.column.name}")',
                cost="keeps the wrong letters",
            )
        )
    escaped = seen.looks.get("html", 0)
    tagged = any(_TAG.search(example) for example in seen.examples)
    if escaped and not tagged and answer.cls == "models.CharField":
        steps.append("steps.html_unescape")
        answer = answer.because(
            ask.decision(
                topic="type",
                chosen="HTML entities become the characters that they stand for",
                evidence=f"{escaped:,} of {seen.sampled:,} values looked at have entities",
                instead=f'{ask.name} = Column("{ask.column.name}")',
                cost="keeps the entities, which Django's templates would escape again",
            )
        )
    return answer, steps


_SAID = {
    "comma_list": (
        "a list in one text, kept as it is",
        "ArrayField(models.CharField(max_length=255)) with steps.split",
    ),
    "uuid": ("text, though the values look like UUIDs", "models.UUIDField()"),
    "digits14": (
        "text, though it looks like a moment in 14 digits",
        "models.DateTimeField(null=True) with steps.parse_timestamp",
    ),
}


def _said(ask: Ask, answer: Answer) -> Answer:
    """What a person may want to make of a text that stays one."""
    seen = ask.seen
    for look, (chosen, instead) in _SAID.items():
        if seen is not None and seen.sampled >= 3 and ask.share(look) >= 0.9:
            count = seen.looks.get(look, 0)  # type: ignore[call-overload]
            return answer.because(
                ask.decision(
                    topic="type",
                    chosen=chosen,
                    evidence=f"{count:,} of {seen.sampled:,} values looked at",
                    instead=f"{ask.name} = {instead}",
                    cost="refuses values of another form",
                )
            )
    return answer


def json(ask: Ask) -> Answer:
    """The native type."""
    nul = ask.seen is not None and ask.seen.nul_bytes > 0
    return Answer(cls="models.JSONField", steps=("steps.replace_nul()",) if nul else ())
