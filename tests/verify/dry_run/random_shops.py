"""Random models, mappings and hostile rows: what a dry run foretells, and what a run then does.

A program, run in a shop's folder: each line of stdin is a seed, each line of stdout what came of
it as JSON. One process for many shops: Django starts once.
"""

from __future__ import annotations

import json
import random
import sys
import threading
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import django

ROWS = 60
ZONE = "Europe/Copenhagen"
ODD = "ABab12 éßÆ'\"\\\t\n&<;€你😀\0"
TEXTS = (
    "", " ", "a", "A", "a ", "ab", "AB", "aB", "é", "É", "e", "straße", "STRASSE", "cafÃ©", "café",
    "x" * 9, "\0", "a\0b", "Tom &amp; Jerry", "&lt;b&gt;", "O\\'Brien", "\\N", "\\", "\t", "\n",
    "1", "01", "NULL", "a:1:{i:0;s:1:\"x\";}", "i:1;", "i:1", "{\"a\": 1}", "[1, 2]", "{",
    "00000000-0000-0000-0000-000000000001", "{00000000000000000000000000000001}", "127.0.0.1",
    "::1", "🙂", "ﬁ", "İ", "\ufffd",
)  # fmt: skip
DATES = (
    "2020-01-01", "0000-00-00", "2009-00-00", "2009-02-00", "9999-12-31", "1000-01-01",
    "2020-02-29", "1582-10-10",
)  # fmt: skip
TIMES = ("00:00:00", "02:30:00", "23:59:59", "12:00:00")
SWITCHES = ("2020-03-29 02:30:00", "2020-10-25 02:30:00", "1970-01-01 00:00:00")
MODES = "SET sql_mode = 'ALLOW_INVALID_DATES'"


@dataclass
class Made:
    """One column of a random table."""

    ddl: str
    field: Any
    declared: Any
    values: Callable[[random.Random], str]


@dataclass
class Table:
    """One random table with its model and mapping."""

    name: str
    key: str
    columns: dict[str, Made] = field(default_factory=dict)
    model: Any = None
    mapping: Any = None
    target_key: Any = None
    """(source type, literals of its key) where children may refer to it."""


def quote(text: str) -> str:
    return f"CONVERT(0x{text.encode().hex()} USING utf8mb4)" if text else "''"


def some_text(chance: random.Random) -> str:
    if chance.random() < 0.75:
        return quote(chance.choice(TEXTS))
    return quote("".join(chance.choices(ODD, k=chance.randrange(9))))


def some_date(chance: random.Random) -> str:
    return f"'{chance.choice(DATES)}'"


def some_datetime(chance: random.Random) -> str:
    if chance.random() < 0.3:
        return f"'{chance.choice(SWITCHES)}'"
    return f"'{chance.choice(DATES)} {chance.choice(TIMES)}'"


def numbers(*values: object) -> Callable[[random.Random], str]:
    return lambda chance: str(chance.choice(values))


INTEGERS = (*range(6), *range(6), -1, 100, 32767, 32768, 70000, 2147483647, -2147483648)
SECONDS = (0, 1, -1, 86400, 1585445400, 2147483647, -2147483648)
DECIMALS = (0, 1.5, 1.55, -0.05, 12.3, 9999.99, 99999.99, "1.50")
DOUBLES = (0, 1.5, "1e16", "1e300", -2.25, "0.1", "1e-7", "123456.789")


class Maker:
    """Makes the columns of one shop."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance

    def text_steps(self) -> list[Any]:
        from mappings import steps

        known = [
            steps.strip, steps.lower, steps.upper, steps.null_if_empty, steps.html_unescape,
            steps.truncate(4), steps.repair_charset, steps.strip_slashes, steps.replace_nul(),
            steps.replace_nul("?"), steps.default("none"), steps.null_if("a", " "),
            steps.in_python(steps.lower), steps.in_python(steps.strip), steps.replace_invalid,
            steps.replace("a", "bb"), str.title,
        ]  # fmt: skip
        return self.chance.sample(known, self.chance.choice([0, 0, 1, 1, 2, 3]))

    def column(self, name: str) -> Made:
        from django.db import models

        from mappings import Column, steps

        chance, null = self.chance, self.chance.random() < 0.6
        nullable = "" if self.chance.random() < 0.6 else " NOT NULL"
        charset = chance.choice(
            ["CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"] * 2
            + ["CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci"] * 2
            + ["CHARACTER SET latin1", "CHARACTER SET utf8mb3"]
        )

        def made(ddl: str, kind: Any, chosen: list[Any], values: Any) -> Made:
            return Made(f"{ddl}{nullable}", kind, Column(name, *chosen), values)

        def varchar() -> Made:
            size = chance.choice([2, 4, 9, 40])
            choices = {"choices": [("a", "A"), ("b", "B")]} if chance.random() < 0.2 else {}
            kind = models.CharField(max_length=size, null=null, **choices)
            return made(f"VARCHAR(40) {charset}", kind, self.text_steps(), some_text)

        def text() -> Made:
            return made(
                f"TEXT {charset}", models.TextField(null=null), self.text_steps(), some_text
            )

        def integer() -> Made:
            kind = chance.choice([
                models.IntegerField, models.SmallIntegerField, models.BigIntegerField,
                models.PositiveSmallIntegerField, models.PositiveIntegerField,
            ])  # fmt: skip
            chosen = chance.choice([[], [], [steps.null_if(0)], [steps.default(3)]])
            return made("INT", kind(null=null), chosen, numbers(*INTEGERS))

        def boolean() -> Made:
            values = numbers(0, 1, 0, 1, 0, 1, 0, 1, 2, -1)
            return made("TINYINT", models.BooleanField(null=null), [], values)

        def decimal() -> Made:
            kind = models.DecimalField(
                max_digits=chance.choice([4, 5, 9]), decimal_places=chance.choice([1, 2]), null=null
            )
            return made("DECIMAL(9,2)", kind, [], numbers(*DECIMALS))

        def double() -> Made:
            return made("DOUBLE", models.FloatField(null=null), [], numbers(*DOUBLES))

        def date() -> Made:
            chosen = chance.choice([[], [steps.zero_dates], [steps.zero_dates(partial="null")]])
            return made("DATE", models.DateField(null=null), chosen, some_date)

        def moment() -> Made:
            chosen = chance.choice([[], [steps.zero_dates], [steps.zero_dates(partial="null")]])
            return made("DATETIME", models.DateTimeField(null=null), chosen, some_datetime)

        def epoch() -> Made:
            kind = models.DateTimeField(null=null)
            return made("INT", kind, [steps.from_unixtime], numbers(*SECONDS))

        def php() -> Made:
            step = chance.choice([steps.php_unserialize, steps.parse_json])
            kind = models.JSONField(null=null)
            values = [quote(t) for t in TEXTS if t[:1] in ("a", "i", "{", "[")]
            return made("TEXT CHARACTER SET utf8mb4", kind, [step], numbers(*values))

        def uuid() -> Made:
            values = [quote(t) for t in TEXTS if "0000" in t or t in ("", "a")]
            kind = models.UUIDField(null=null)
            return made("VARCHAR(40) CHARACTER SET latin1", kind, [], numbers(*values))

        def address() -> Made:
            values = [quote(t) for t in TEXTS if t in ("127.0.0.1", "::1", "", "a")]
            kind = models.GenericIPAddressField(null=null)
            return made("VARCHAR(40) CHARACTER SET utf8mb4", kind, [], numbers(*values))

        def enum() -> Made:
            kind = models.CharField(max_length=2, null=null)
            values = numbers("'a'", "'abc'", "'é'", "''", "'a'")
            return made("ENUM('a', 'abc', 'é') CHARACTER SET utf8mb4", kind, [], values)

        def binary() -> Made:
            values = numbers("0x00", "0x61", "0xff", "''", "0x6162")
            kind = chance.choice([models.BinaryField(null=null), models.TextField(null=null)])
            return made("VARBINARY(9)", kind, [], values)

        def password() -> Made:
            step = steps.php_password(chance.choice(["unusable", "reject"]))
            kind = models.CharField(max_length=128, null=null)
            return made("VARCHAR(60) CHARACTER SET utf8mb4", kind, [step], some_text)

        makers = [varchar, varchar, varchar, text, integer, integer, boolean, decimal, double, date,
                  moment, epoch, php, uuid, address, enum, binary, password]  # fmt: skip
        return chance.choice(makers)()


def constraints(chance: random.Random, table: Table, prefix: str) -> dict[str, Any]:
    """What `class Meta` of the model says."""
    from django.db import models
    from django.db.models.functions import Lower

    names = list(table.columns)
    plain = [n for n in names if not isinstance(table.columns[n].field, models.JSONField)]
    texts = [
        n for n in plain if type(table.columns[n].field) in (models.CharField, models.TextField)
    ]
    numbers = [n for n in plain if isinstance(table.columns[n].field, models.IntegerField)]
    found: list[Any] = []
    meta: dict[str, Any] = {}
    for name in plain:
        # AddField of a unique text would make two indexes: a constraint does as well.
        if chance.random() < 0.2 and not isinstance(table.columns[name].field, models.ForeignKey):
            table.columns[name].field._unique = True
    if len(plain) > 1 and chance.random() < 0.4:
        meta["unique_together"] = [tuple(chance.sample(plain, 2))]
    if numbers and plain and chance.random() < 0.3:
        number = chance.choice(numbers)
        found.append(
            models.UniqueConstraint(
                fields=[chance.choice(plain)],
                condition=models.Q(**{f"{number}__gt": 2}),
                name=f"{prefix}_conditional",
            )
        )
    if texts and chance.random() < 0.3:
        found.append(models.UniqueConstraint(Lower(chance.choice(texts)), name=f"{prefix}_lower"))
    if plain and chance.random() < 0.2:
        pair = chance.sample(plain, min(2, len(plain)))
        found.append(
            models.UniqueConstraint(fields=pair, nulls_distinct=False, name=f"{prefix}_nulls")
        )
    if numbers and chance.random() < 0.3:
        number = chance.choice(numbers)
        condition = ~models.Q(**{number: 3}) | models.Q(**{f"{number}__gte": 100})
        found.append(models.CheckConstraint(condition=condition, name=f"{prefix}_number"))
    if texts and chance.random() < 0.2:
        condition = ~models.Q(**{chance.choice(texts): "ab"})
        found.append(models.CheckConstraint(condition=condition, name=f"{prefix}_text"))
    return meta | ({"constraints": found} if found else {})


def of_references(chance: random.Random, table: Table, referring: dict[str, Made]) -> list[Any]:
    """Constraints that see a reference, which a row may lose."""
    from django.db import models

    plain = [n for n, c in table.columns.items() if not isinstance(c.field, models.JSONField)]
    found: list[Any] = []
    for name in referring:
        if not plain or chance.random() < 0.5:
            continue
        other = chance.choice(plain)
        called = f"{table.name}_{name}"
        kind = chance.choice(["pair", "nulls", "nulls", "without", "with", "check", "expression"])
        if kind in ("pair", "nulls"):
            distinct = {"nulls_distinct": False} if kind == "nulls" else {}
            fields = [name, other] if chance.random() < 0.7 else [name]
            found.append(models.UniqueConstraint(fields=fields, name=f"{called}_u", **distinct))
        elif kind in ("without", "with"):
            condition = models.Q(**{f"{name}__isnull": kind == "without"})
            found.append(
                models.UniqueConstraint(fields=[other], condition=condition, name=f"{called}_c")
            )
        elif kind == "check":
            condition = models.Q(**{f"{name}__isnull": False}) | models.Q(
                **{f"{other}__isnull": True}
            )
            found.append(models.CheckConstraint(condition=condition, name=f"{called}_k"))
        elif isinstance(table.columns[other].field, (models.CharField, models.TextField)):
            lower = models.functions.Lower(other)
            found.append(models.UniqueConstraint(models.F(name), lower, name=f"{called}_e"))
    return found


def make_table(chance: random.Random, name: str, before: list[Table]) -> Table:
    """A table, with its model and its mapping, that may refer to those before it and to itself."""
    from django.db import models

    from mappings import Column, ModelMapping, Reference

    key = chance.choice(["int", "int", "int", "text", "pair", "none"])
    table = Table(name, key)
    if key == "int":
        table.columns["id"] = Made(
            "INT NOT NULL", models.IntegerField(primary_key=True), Column("id"), numbers()
        )
        table.target_key = "INT"
    elif key == "text":
        collation = chance.choice(["utf8mb4_bin", "utf8mb4_general_ci"])
        kind = f"VARCHAR(9) CHARACTER SET utf8mb4 COLLATE {collation}"
        size = chance.choice([3, 9])
        table.columns["id"] = Made(
            f"{kind} NOT NULL",
            models.CharField(max_length=size, primary_key=True),
            Column("id"),
            numbers(),
        )
        table.target_key = kind
    maker = Maker(chance)
    own = {f"c{n}": maker.column(f"c{n}") for n in range(chance.randrange(1, 5))}
    table.columns |= own
    parents: list[Table | None] = [t for t in before if t.target_key]
    parents += [None] if table.target_key else []
    for n in range(chance.choice([0, 1, 1, 2]) if parents else 0):
        parent = chance.choice(parents)
        null = chance.random() < 0.6
        orphans = chance.choice(["quarantine", "skip"] + ["null"] * null)
        label = "self" if parent is None else f"shop.{parent.model.__name__}"
        source = parent or table
        literals = keys(source, ROWS + 8)
        table.columns[f"r{n}"] = Made(
            f"{source.target_key} NULL",
            models.ForeignKey(label, models.CASCADE, null=null, related_name="+"),
            Reference(f"r{n}", orphans=orphans),
            numbers(*literals, *literals, "NULL"),
        )
    rest = {n: c for n, c in table.columns.items() if n != "id" and not n.startswith("r")}
    referring = {n: c for n, c in table.columns.items() if n.startswith("r")}
    narrowed = Table(name, key, rest)
    meta = {"app_label": "shop", "db_table": name} | constraints(chance, narrowed, name)
    meta["constraints"] = [
        *meta.get("constraints", ()),
        *of_references(chance, narrowed, referring),
    ]
    body: dict[str, Any] = {n: c.field for n, c in table.columns.items()}
    table.model = type(
        name.capitalize(),
        (models.Model,),
        {"__module__": "shop.models", "Meta": type("Meta", (), meta)} | body,
    )
    options: dict[str, Any] = {
        "source": name, "model": f"shop.{table.model.__name__}", "time_zone": ZONE
    }  # fmt: skip
    if key == "int" and chance.random() < 0.2:
        options["where"] = "s.id % 7 <> 3"
    if chance.random() < 0.3:
        options["full_clean"] = True
    table.mapping = type(
        f"{name.capitalize()}Mapping",
        (ModelMapping,),
        {n: c.declared for n, c in table.columns.items()}
        | {"__module__": "shop.mappings", "Meta": type("Meta", (), options)},
    )
    return table


def keys(table: Table, count: int) -> list[str]:
    """SQL literals of the first so many keys; some are not in the table, some fold into others."""
    if table.key == "int":
        return [str(n) for n in range(1, count)]
    letters = ["a", "A", "b", "é", "É", "e", "ab", "Ab", "long", "LONG", "a b", "ß", "ss", "z"]
    return [quote(text) for text in letters[:count]]


def fill(chance: random.Random, table: Table) -> list[str]:
    """Statements that make the source table and its rows."""
    ddl = [f"`{n}` {c.ddl}" for n, c in table.columns.items()]
    if table.key == "pair":
        ddl += ["`k1` INT NOT NULL", "`k2` VARCHAR(3) NOT NULL", "PRIMARY KEY (`k1`, `k2`)"]
    elif table.key != "none":
        ddl.append("PRIMARY KEY (`id`)")
    engine = chance.choice(["InnoDB", "InnoDB", "MyISAM"])
    statements = [f"CREATE TABLE `{table.name}` ({', '.join(ddl)}) ENGINE={engine}"]
    known = keys(table, ROWS) if table.key in ("int", "text") else []
    chance.shuffle(known)
    for place in range(ROWS):
        if known and place >= len(known):
            break
        values = []
        for name, column in table.columns.items():
            if name == "id":
                values.append(known[place])
            elif "NOT NULL" not in column.ddl and chance.random() < 0.12:
                values.append("NULL")
            else:
                values.append(column.values(chance))
        if table.key == "pair":
            values += [str(place % 7), f"'{place}'"]
        statements.append(f"INSERT IGNORE INTO `{table.name}` VALUES ({', '.join(values)})")
    return statements


Lost = Counter[tuple[str, str, str, str]]
TOGETHER = ("not_unique", "no_parent")


def told(table: str, key: str, code: str, outcome: str, detail: str) -> tuple[str, str, str, str]:
    """A fate as it is compared: an orphan that shares a unique value may be told as either.

    So may one that breaks a check without its reference.
    """
    if (code in TOGETHER or "_k" in detail) and outcome != "nulled":
        return table, key, " or ".join(TOGETHER), "away"
    return table, key, code, outcome


def foretold(report: Any, plan: Any) -> Lost:
    """(table, key, code, outcome) of rows; of rows without a key only how many.

    An orphan is found in the target: it has a key in quarantine only if the target has it.
    """
    found: Lost = Counter()
    for table in report.tables:
        named = bool(plan.table(table.name).identity)
        for rule in table.rules:
            if rule.outcome == "warned" or rule.code == "left_out":
                continue
            for row in rule.rows:
                together = rule.code in TOGETHER or "_k" in row.detail
                keyed = row.key is not None and (named or not together)
                name = json.dumps(row.key) if keyed else ""
                found[told(table.name, name, rule.code, rule.outcome, row.detail)] += 1
    return found


def quarantined(target: Any, plan: Any) -> Lost:
    nameless = {table.name for table in plan.tables if not table.identity}
    found: Lost = Counter()
    for mapping, key, code, outcome, detail in target.rows(
        "SELECT t.mapping, r.key, r.code, r.outcome, r.detail FROM delamp_reject r"
        " JOIN delamp_table t ON t.id = r.table_id"
    ):
        together = code in TOGETHER or "_k" in detail
        name = "" if key is None or together and mapping in nameless else json.dumps(key)
        found[told(mapping, name, code, outcome, detail)] += 1
    return found


def altered_by_python(plan: Any, source: Any) -> Counter[tuple[str, str, int]]:
    """By table, column and step: values altered, by the Python form of each step."""
    from mappings.errors import Reject

    found: Counter[tuple[str, str, int]] = Counter()
    for table in plan.tables:
        watched = [c for c in table.columns if c.watch and c.watch.steps]
        if not watched:
            continue
        where = f" WHERE {table.where}" if table.where else ""
        fields = ", ".join(c.raw for c in watched)
        for row in source.rows(f"SELECT {fields} FROM {table.source.relation}{where}"):
            for column, raw in zip(watched, row, strict=True):
                noticed: list[Any] = []
                try:
                    column.watch.trace(raw, noticed)
                except (Reject, Exception):
                    continue
                for n in noticed:
                    if isinstance(n, int) and n >= 0:
                        found[table.name, column.name, n] += 1
    return found


def told_altered(report: Any, plan: Any) -> Counter[tuple[str, str, int]]:
    found: Counter[tuple[str, str, int]] = Counter()
    for table in report.tables:
        for altered in table.altered:
            columns = {c.name: c for c in plan.table(table.name).columns}
            steps = [s.step for s in columns[altered.column].watch.steps]
            taken: Counter[str] = Counter()
            for each in altered.by_step:
                places = [n for n, s in enumerate(steps) if s == each.step]
                found[table.name, altered.column, places[taken[each.step]]] += each.count
                taken[each.step] += 1
                assert len(each.rows) == each.count
    return found


class Shops:
    """Tries shops one after the other on the same two databases."""

    def __init__(self) -> None:
        from dataclasses import replace

        from migrate.config import load_config
        from migrate.source import Source
        from migrate.target import Target

        config = load_config()
        self.config = replace(config, readers=1, processes=1, max_rejects=10**9, chunk_bytes=4096)
        self.source, self.target = Source(config.source), Target(config.database)

    def attempt(self, seed: int) -> dict[str, Any]:
        """Make, foretell, run, compare, take away."""
        from django.apps import apps
        from django.db import connection

        from mappings.base import forget

        chance = random.Random(seed)
        tables: list[Table] = []
        for n in range(chance.randrange(1, 4)):
            tables.append(make_table(chance, f"t{seed}x{n}", tables))
        try:
            with connection.schema_editor() as editor:
                for table in tables:
                    editor.create_model(table.model)
            self.source.rows(MODES)
            for table in tables:
                for statement in fill(chance, table):
                    self.source.rows(statement)
            self.source.rows("SET sql_mode = ''")
            return self._compare()
        finally:
            connection.close()
            for table in reversed(tables):
                forget(table.mapping)
                apps.all_models["shop"].pop(table.model._meta.model_name, None)
                self.source.rows(f"DROP TABLE IF EXISTS `{table.name}`")
                self.target.execute(f'DROP TABLE IF EXISTS "{table.name}" CASCADE')
            apps.clear_cache()
            self.target.execute("TRUNCATE delamp_run CASCADE")

    def _compare(self) -> dict[str, Any]:
        from migrate.dry_run import run_dry
        from migrate.planning import compile_for
        from migrate.run import RunOptions, run

        report = run_dry(self.config, tables=(), shown=None)
        done = run(self.config, RunOptions(), listener=lambda event: None, stop=threading.Event())
        plan, _ = compile_for(self.config, self.source)
        said, came = foretold(report, plan), quarantined(self.target, plan)
        counted, altered = told_altered(report, plan), altered_by_python(plan, self.source)
        loaded = {t.name: t.loaded for t in report.tables} | {}
        return {
            "foretold only": sorted((said - came).elements()),
            "quarantined only": sorted((came - said).elements()),
            "counts": {t.name: [t.loaded, loaded[t.name]] for t in done.tables
                       if t.loaded != loaded[t.name]},
            "altered": sorted(str(x) for x in
                              ((counted - altered) + (altered - counted)).items()),
            "codes": {r.code: r.count for t in report.tables for r in t.rules},
            "rows": sum(t.read for t in report.tables),
            "notes": list(report.notes),
        }  # fmt: skip


def main() -> None:
    sys.path.insert(0, ".")
    django.setup()
    shops = Shops()
    for line in sys.stdin:
        try:
            said = shops.attempt(int(line))
        except Exception:
            said = {"error": traceback.format_exc()}
        print(json.dumps({"seed": int(line)} | said), flush=True)


if __name__ == "__main__":
    main()
