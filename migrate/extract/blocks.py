"""Blocks: the COPY lines of a key range, built by MySQL, many megabytes in one value.

A block is only taken when it is provably whole: each line ends in its own newline, so a block
cut short has another last byte or fewer newlines than `COUNT(*)`; a line that MySQL could not
build is NULL, is left out of the aggregate, and is missed by the same count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from mappings.keys import KeyRange
from mappings.plan import TablePlan
from mappings.proof import DIGEST, ProofForm
from mappings.sqltext import any_of, my_bytes, my_name
from migrate.errors import SourceError
from migrate.extract.rowwise import RefusedRow, RowLine, read_rows
from migrate.source import Source

__all__ = ["BlockReader", "Piece"]

_RARE = b"\x07"
"""A byte that texts hardly have: most blocks are searched for it alone, which is much quicker than
to search for a line. It is ASCII, so that no server takes it for text in a wrong character set."""
_SUSPECT = b"\\?" + _RARE + b"\n"
"""The line of a row that must go by Python. No COPY line can be this: a backslash in a value is
doubled, and no escape of ours is followed by a question mark."""

_STREAM_PIECE = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Piece:
    """Some rows of a chunk, ready for COPY unless the table has columns in the Python tier."""

    block: bytes
    extracted: int
    """Source rows read, refused ones included."""
    refused: tuple[RefusedRow, ...] = ()
    finished: bool = False
    """The lines are final: the Python tier has nothing left to do on them."""
    digests: bytes = b""
    """With a proof: the hashes of the rows whose lines are final, side by side."""

    @property
    def lines(self) -> int:
        return self.extracted - len(self.refused)


class BlockReader:
    """Reads one table's ranges as pieces of at most about one block."""

    def __init__(
        self,
        table: TablePlan,
        source: Source,
        *,
        before_stream: Callable[[], None] | None = None,
        form: ProofForm | None = None,
    ) -> None:
        """`before_stream` is called before the connection is held for longer than one answer.

        With a `form`, rows come with their hashes, made in the statement that makes their lines.
        """
        self.table = table
        self.source = source
        self._before_stream = before_stream
        self.form = form
        self._from = f"FROM {table.source.relation}"
        self._line = _line_sql(table, form)
        self._digest = form.source_digest() if form and not form.by_python else None
        """The hash of a row as a value beside its line; None where the line has it, or none."""

    def pieces(self, rows: KeyRange, *, careful: bool = False) -> Iterator[Piece]:
        """Yield the rows of a range. `careful` also asks what PostgreSQL would refuse loudly.

        A range whose block does not fit is cut in two, down to single rows, which are then read
        raw. Raises `SourceError` when the source fails.
        """
        if not self.table.key:
            yield from self._streamed()
            return
        suspect = _suspect(self.table, self.form, careful=careful)
        block, count, digests = self._block(rows, suspect)
        if block is None:
            halves = self._halves(rows, count)
            if halves is None:
                yield from self._all(count, self.rowwise(rows))
            else:
                for half in halves:
                    yield from self.pieces(half, careful=careful)
            return
        if suspect is None or not _has_suspects(block):
            yield Piece(block=block, extracted=count, digests=digests)
            return
        lines = block.splitlines(keepends=True)
        good = [line for line in lines if line != _SUSPECT]
        if good:
            yield Piece(block=b"".join(good), extracted=len(good), digests=digests)
        if len(good) < count:
            predicate = f"({rows.sql(self.table.key)}) AND ({suspect})"
            yield from self._all(count - len(good), self._by_python(predicate))

    def rowwise(self, rows: KeyRange) -> Iterator[Piece]:
        """Yield the rows of a range converted by Python alone."""
        yield from self._by_python(rows.sql(self.table.key))

    def row_lines(self, rows: KeyRange) -> Iterator[RowLine]:
        """Yield the rows of a range one by one, each with what is needed to refuse it.

        In the order of their key: of rows with one unique value the lowest key comes first.
        """
        predicate = rows.sql(self.table.key)
        return read_rows(self.table, self.source, predicate, ordered=True, form=self.form)

    def skipped(self, rows: KeyRange) -> int:
        """How many rows of the range the mapping's `where` leaves out."""
        if self.table.where is None:
            return 0
        predicate = f"({rows.sql(self.table.key)}) AND NOT COALESCE({self.table.where}, FALSE)"
        return int(self.source.value(f"SELECT COUNT(*) {self._from} WHERE {predicate}") or 0)

    def _block(self, rows: KeyRange, suspect: str | None) -> tuple[bytes | None, int, bytes]:
        """The range's block, row count and hashes; None for a block that is not whole."""
        line, digest = self._line, self._digest and f"UNHEX({self._digest})"
        if suspect is not None:
            line = f"IF({suspect}, 0x{_SUSPECT.hex()}, {line})"
            digest = digest and f"IF({suspect}, {my_bytes(b'')}, {digest})"
        values = ", ".join(f"GROUP_CONCAT({v} SEPARATOR '')" for v in (line, digest) if v)
        where = _and(rows.sql(self.table.key), self.table.where)
        count, block, *more = self.source.rows(
            f"SELECT COUNT(*), {values} {self._from} WHERE {where}"
        )[0]
        expected = int(count or 0)
        if expected == 0:
            return b"", 0, b""
        whole = block is not None and block[-1:] == b"\n" and block.count(b"\n") == expected
        digests = (more[0] if more else None) or b""
        if block is not None and digest:
            made = expected if suspect is None else expected - _suspects(block)
            whole = whole and len(digests) == DIGEST * made
        return (block if whole else None), expected, digests

    def _halves(self, rows: KeyRange, count: int) -> tuple[KeyRange, KeyRange] | None:
        """The range cut in two at its middle row, or None for one that cannot be cut."""
        if count < 2:
            return None
        key = self.table.key
        names = ", ".join(f"s.{my_name(column.name)}" for column in key)
        selects = ", ".join(column.select() for column in key)
        where = _and(rows.sql(key), self.table.where)
        middle = self.source.rows(
            f"SELECT {selects} {self._from} WHERE {where}"
            f" ORDER BY {names} LIMIT 1 OFFSET {count // 2 - 1}"
        )[0]
        bound = tuple(k.value(v or b"") for k, v in zip(key, middle, strict=True))
        if bound == rows.until:
            return None
        first = KeyRange(after=rows.after, until=bound)
        return first, KeyRange(after=bound, until=rows.until)

    def _by_python(self, predicate: str) -> Iterator[Piece]:
        self._about_to_stream()
        yield from gather(read_rows(self.table, self.source, predicate, form=self.form))

    def _all(self, expected: int, pieces: Iterator[Piece]) -> Iterator[Piece]:
        """The pieces of rows that another query has counted. Raises `SourceError` if some lack."""
        found = 0
        for piece in pieces:
            found += piece.extracted
            yield piece
        # Without a snapshot, rows come and go between two queries.
        if found != expected and self.table.source.transactional:
            raise SourceError(
                f"source table {self.table.source.name}: rows are missing, got {found}"
                f" (expected {expected})",
                hint="run again; should it happen again, report it with the mapping",
            )

    def _about_to_stream(self) -> None:
        if self._before_stream is not None:
            self._before_stream()

    def _streamed(self) -> Iterator[Piece]:
        """A table without a key: every line as a row of its own, in one pass."""
        suspect = any_of(filter(None, [_suspect(self.table, self.form, careful=True)]))
        where = f" WHERE {self.table.where}" if self.table.where else ""
        beside = self._line
        if self._digest:
            # Said to be binary: MariaDB gives the bytes of UNHEX the character set of their
            # neighbour, and would send them converted.
            beside = f"CONCAT(CAST(UNHEX({self._digest}) AS BINARY), {beside})"
        query = f"SELECT IF({suspect}, NULL, {beside}) {self._from}{where}"
        head = DIGEST if self._digest else 0
        lines: list[bytes] = []
        digests: list[bytes] = []
        size = suspects = 0
        self._about_to_stream()
        for row in self.source.stream(query):
            line = row[0]
            if line is None:
                suspects += 1
                continue
            lines.append(line[head:])
            digests.append(line[:head])
            size += len(line)
            if size >= _STREAM_PIECE:
                yield _streamed_piece(lines, digests)
                lines, digests, size = [], [], 0
        if lines:
            yield _streamed_piece(lines, digests)
        if suspects:
            # NULL also stands for a line that MySQL could not build: exactly these are read raw.
            poisoned = f"IF({suspect}, NULL, {beside}) IS NULL"
            yield from self._all(suspects, self._by_python(poisoned))


def gather(rows: Iterable[RowLine]) -> Iterator[Piece]:
    """Rows converted by Python, as pieces of about a megabyte."""
    good: list[RowLine] = []
    refused: list[RefusedRow] = []
    size = 0
    for row in rows:
        if row.refused is not None:
            refused.append(row.refused)
        else:
            good.append(row)
            size += len(row.line)
        if size >= _STREAM_PIECE or len(refused) >= 1000:
            yield _finished(good, refused)
            good, refused, size = [], [], 0
    if good or refused:
        yield _finished(good, refused)


def _finished(rows: list[RowLine], refused: list[RefusedRow]) -> Piece:
    return Piece(
        block=b"".join(row.line for row in rows),
        extracted=len(rows) + len(refused),
        refused=tuple(refused),
        finished=True,
        digests=b"".join(row.digest for row in rows),
    )


def _streamed_piece(lines: list[bytes], digests: list[bytes]) -> Piece:
    return Piece(block=b"".join(lines), extracted=len(lines), digests=b"".join(digests))


def _has_suspects(block: bytes) -> bool:
    return _RARE in block and _SUSPECT in block


def _suspects(block: bytes) -> int:
    # Not by counting alone: a line may end in the very bytes of a suspect's, less the backslash.
    return block.splitlines(keepends=True).count(_SUSPECT) if _has_suspects(block) else 0


def _line_sql(table: TablePlan, form: ProofForm | None) -> str:
    parts = [column.copy for column in table.columns]
    parts += form.further_fields() if form else ()
    return f"CONCAT({', 0x09, '.join(parts)}, 0x0A)"


def _suspect(table: TablePlan, form: ProofForm | None, *, careful: bool) -> str | None:
    """Predicate: the row must go by Python. None when no row of this table ever must."""
    predicates = [guard for column in table.columns for guard in column.guards]
    predicates += [
        refusal.sql
        for column in table.columns
        for refusal in column.refusals
        if careful or refusal.silent
    ]
    predicates += form.guards() if form else ()
    return any_of(predicates) if predicates else None


def _and(first: str, second: str | None) -> str:
    return f"({first}) AND ({second})" if second else first
