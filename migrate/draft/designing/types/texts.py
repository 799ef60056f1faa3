"""Text columns, and what PHP kept in them."""

from __future__ import annotations

import re

from mappings.types.text import TextColumn
from migrate.draft.designing.types.base import Answer, Ask, Told
from migrate.draft.designing.words import literal, rows
from migrate.draft.facts import Look

__all__ = ["as_json", "digits", "json", "password", "text"]

_PASSWORD = r"pass(wd|word)?(_|$|hash)|passw|pwd|(^|_)pw(_|$)|kennwort|clave|contrasen|senha"
_TAG = re.compile(r"<[a-z/!]", re.IGNORECASE)
_UNESCAPE = "steps.html_unescape"
_LONGEST_CHAR = 10_485_760
"""Characters of a varchar in PostgreSQL."""


def text(ask: Ask) -> Answer:
    """CHAR, VARCHAR and the TEXTs."""
    seen = ask.seen
    if not ask.fixed and (answer := password(ask) or digits(ask) or as_json(ask)):
        return answer
    answer = _plain(ask)
    if seen is None:
        return answer if ask.fixed else answer.but(steps=_unseen(ask))
    altered = {**_allowed(ask), **({} if ask.fixed else _repairs(ask, answer))}
    answer = answer.but(steps=tuple(altered))
    if seen.looks.get("html", 0) and _UNESCAPE not in altered:
        answer = answer.because(_escaped(ask, answer))
    for step, words in altered.items():
        without = answer.but(steps=tuple(each for each in altered if each != step))
        answer = answer.because(ask.told(without.but(told=()), **words))
    return _said(ask, answer)


def _allowed(ask: Ask) -> dict[str, dict[str, str]]:
    """Steps without which PostgreSQL would refuse some of the values, and what to say of each."""
    seen, found = ask.seen, {}
    if seen is not None and seen.bad_charset:
        found["steps.replace_invalid()"] = {
            "topic": "charset",
            "chosen": "U+FFFD for bytes that are not of the column's charset",
            "evidence": f"{seen.bad_charset:,} values hold some",
            "cost": f"refuses {rows(seen.bad_charset)}",
        }
    if seen is not None and seen.nul_bytes:
        found["steps.replace_nul()"] = {
            "topic": "charset",
            "chosen": "zero bytes are left out, because PostgreSQL's text has none",
            "evidence": f"{seen.nul_bytes:,} values hold one",
            "cost": f"refuses {rows(seen.nul_bytes)}",
        }
    return found


def _unseen(ask: Ask) -> tuple[str, ...]:
    """Steps with which PostgreSQL takes every text that the column may hold."""
    refusals = TextColumn().read(ask.column).expr.refusals
    invalid = any(refusal.code == "bad_charset" for refusal in refusals)
    return (("steps.replace_invalid()",) if invalid else ()) + ("steps.replace_nul()",)


def _kept(ask: Ask) -> Answer:
    """The text as PHP wrote it, of a column of texts or of bytes."""
    plain = _plain(ask)
    if ask.column.charset is None:
        return plain.but(steps=('steps.decode_utf8(invalid="latin1")',), default=None)
    return plain.but(steps=tuple(_allowed(ask)))


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
        ask.told(
            _kept(ask),
            topic="type",
            chosen="Django's form of the old hashes, so that users log in with their old password",
            evidence=f"{hashes:,} of {seen.sampled:,} values looked at are hashes{other}",
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
        ask.told(
            _kept(ask),
            topic="type",
            chosen=f"a JSONField, from {what}; other texts are kept as JSON strings",
            evidence=f"{count:,} of {seen.sampled:,} values looked at are {what}",
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
        ask.told(
            _kept(ask),
            topic="type",
            chosen="a DateTimeField, from 14 digits, in UTC",
            evidence=f"{seen.sampled:,} values, all of 14 digits",
            cost="nothing; the digits stay as PHP had them",
            routine=True,
        )
    )


def _mixed(ask: Ask) -> bool:
    """A column of values of any kind, some of them serialised: settings and metadata."""
    return ask.named(r"value|data|meta|option|setting|param|config|content_attr|extra|cache") and (
        ask.share("serialized") > 0
    )


def _repairs(ask: Ask, answer: Answer) -> dict[str, dict[str, str]]:
    """Steps that put right what was written wrong, and what to say of each."""
    seen, found = ask.seen, {}
    if seen is None:
        return {}
    if wrong := seen.looks.get("mojibake", 0):
        found["steps.repair_charset"] = {
            "topic": "charset",
            "chosen": "UTF-8 that was read as latin1 is repaired, value by value",
            "evidence": f"{wrong:,} of {seen.sampled:,} values looked at",
            "cost": "keeps the wrong letters",
        }
    escaped = seen.looks.get("html", 0)
    if escaped and not _tagged(ask) and answer.cls == "models.CharField":
        found[_UNESCAPE] = {
            "topic": "type",
            "chosen": "HTML entities become the characters that they stand for",
            "evidence": f"{escaped:,} of {seen.sampled:,} values looked at have entities",
            "cost": "keeps the entities, which Django's templates would escape again",
        }
    return found


def _tagged(ask: Ask) -> bool:
    return ask.seen is not None and any(_TAG.search(example) for example in ask.seen.examples)


def _escaped(ask: Ask, answer: Answer) -> Told:
    """What is said of entities that are left as they are."""
    tagged, seen = _tagged(ask), ask.seen
    why = ", with tags among them" if tagged else ""
    if ask.fixed:
        why = ", and the column is a key or unique: two values might become one"
    return ask.told(
        None if ask.fixed else answer.but(steps=(*answer.steps, _UNESCAPE)),
        topic="type",
        chosen="HTML entities are left as they are",
        evidence=f"{seen.looks.get('html', 0):,} of {seen.sampled:,} values looked at have entities"
        + why
        if seen
        else "",
        cost="" if ask.fixed else "wrong where the text is HTML: `&lt;` would become a tag",
        # In what is HTML they belong.
        routine=tagged,
    )


_SAID: dict[Look, tuple[str, Answer]] = {
    "comma_list": (
        "a list in one text, kept as it is",
        Answer(
            cls="ArrayField",
            arguments=("models.CharField(max_length=255)",),
            imports=("django.contrib.postgres.fields.ArrayField",),
            steps=("steps.split()",),
            blank=True,
        ),
    ),
    "uuid": ("text, though the values look like UUIDs", Answer(cls="models.UUIDField")),
    "digits14": (
        "text, though it looks like a moment in 14 digits",
        Answer(cls="models.DateTimeField", steps=("steps.parse_timestamp()",), null=True),
    ),
}


def _said(ask: Ask, answer: Answer) -> Answer:
    """What a person may want to make of a text that stays one."""
    seen = ask.seen
    for look, (chosen, other) in _SAID.items():
        if seen is not None and seen.sampled >= 3 and ask.share(look) >= 0.9:
            count = seen.looks.get(look, 0)
            cost = "refuses values of another form"
            if look == "comma_list":
                cost = "refuses parts of more than 255 characters; one value is a list of one"
            return answer.because(
                ask.told(
                    other,
                    topic="type",
                    chosen=chosen,
                    evidence=f"{count:,} of {seen.sampled:,} values looked at",
                    cost=cost,
                )
            )
    return answer


def json(ask: Ask) -> Answer:
    """The native type."""
    nul = ask.seen is None or ask.seen.nul_bytes > 0
    return Answer(cls="models.JSONField", steps=("steps.replace_nul()",) if nul else ())
