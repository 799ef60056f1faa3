"""Progress: bars, lines, JSON, and the figures behind them."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from migrate.cli.progress import JsonLines, PlainLines, Silent
from migrate.cli.progress_state import RunProgress
from migrate.cli.summary import run_summary
from migrate.cli.words import bytes_text, counted, duration, rate, short
from migrate.events import (
    ChunkLoaded,
    Event,
    Note,
    Phase,
    RunFinished,
    RunStarted,
    TableFinished,
    TableTotals,
)

ROOT = Path(__file__).resolve().parents[2]


def totals(name: str, rows: int, **more: int) -> TableTotals:
    given = {"extracted": rows, "loaded": rows, "bytes": rows * 100} | more
    return TableTotals(name=name, source=f"s_{name}", target=f"t_{name}", seconds=2.0, **given)


def started(*tables: TableTotals) -> RunStarted:
    return RunStarted(run_id=7, resumed=False, snapshot="binlog-status", tables=tables)


def chunk(table: str, rows: int) -> ChunkLoaded:
    return ChunkLoaded(
        table=table, extracted=rows, loaded=rows, rejected=0, skipped=0, bytes=rows * 100
    )


FINISHED = RunFinished(
    run_id=7,
    state="finished",
    nothing_to_do=False,
    tables=(totals("Icon", 1_234_567, rejected=3), totals("Maker", 40)),
    rejects=(("Icon", "rejected", "too_long", 3),),
    counters=2,
    seconds=61.4,
    phases=(("load", 50.0), ("indexes", 11.4)),
)


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (999, "999"), (999.6, "1.00k"), (1234, "1.23k"), (12_345, "12.3k"),
     (123_456, "123k"), (999_500, "1.00M"), (1_234_567, "1.23M"), (9.996e9, "10.0G")],
)  # fmt: skip
def test_short_numbers_have_three_digits(number: float, text: str) -> None:
    assert short(number) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.004, "0.00 s"), (9.99, "9.99 s"), (9.996, "10.0 s"), (59.94, "59.9 s"), (59.96, "1:00"),
     (245, "4:05"), (3599.6, "1:00:00"), (3753, "1:02:33")],
)  # fmt: skip
def test_durations_read_naturally(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_words_for_counts_bytes_and_rates() -> None:
    assert counted(1, "row") == "1 row"
    assert counted(2000, "row") == "2,000 rows"
    assert bytes_text(1_234_567) == "1.23 MB"
    assert bytes_text(12) == "12 B"
    assert rate(1000, 2.0) == "500"
    assert rate(0, 2.0) == rate(10, 0.0) == "–"


def test_share_grows_by_bytes_and_is_whole_only_when_all_tables_are() -> None:
    progress = RunProgress(clock=lambda: 10.0)
    # The first table is three times as heavy as the second, however many rows each has.
    progress.start(started(totals("a", 100, bytes=3_000_000), totals("b", 9000, bytes=1_000_000)))
    progress.add(chunk("a", 50))
    assert progress.done == pytest.approx(0.375)
    progress.add(chunk("a", 950))
    assert 0.7 < progress.done < 0.75, "an estimate that was too low must not show as finished"
    progress.finish(TableFinished(totals=totals("a", 1000)))
    assert progress.done == pytest.approx(0.75)
    progress.finish(TableFinished(totals=totals("b", 0)))
    assert progress.done == 1.0
    assert (progress.rows, progress.bytes) == (1000, 100_000)


def test_time_left_follows_from_the_share() -> None:
    now = [0.0]
    progress = RunProgress(clock=lambda: now[0])
    progress.start(started(totals("a", 100)))
    assert progress.seconds_left is None
    now[0] = 30.0
    progress.add(chunk("a", 25))
    assert progress.seconds_left == pytest.approx(90.0)


def test_speed_counts_only_the_time_of_loading() -> None:
    now = [0.0]
    progress = RunProgress(clock=lambda: now[0])
    progress.start(started(totals("a", 100)))
    now[0] = 10.0
    progress.add(chunk("a", 100))
    assert progress.loading_seconds == 10.0
    progress.finish(TableFinished(totals=totals("a", 100)))
    now[0] = 60.0
    assert (progress.seconds, progress.loading_seconds) == (60.0, 10.0)


def test_chunk_of_a_table_that_was_not_announced_is_counted() -> None:
    progress = RunProgress()
    progress.start(started())
    progress.add(chunk("late", 5))
    assert progress.rows == 5


def test_plain_lines_are_rate_limited(capsys: pytest.CaptureFixture[str]) -> None:
    listener = PlainLines(seconds=3600)
    listener(started(totals("a", 1000)))
    for _ in range(50):
        listener(chunk("a", 20))
    listener(TableFinished(totals=totals("a", 1000, rejected=2)))
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "run 7 starts: 1 table, snapshot by binlog-status",
        "a: 1,000 rows in 2.00 s, 2 rejected",
    ]


def test_plain_lines_tell_how_far_the_run_is(capsys: pytest.CaptureFixture[str]) -> None:
    listener = PlainLines(seconds=0)
    listener(started(totals("a", 1000)))
    listener(chunk("a", 250))
    assert re.search(r"25%  250 rows, 25\.0 kB, .* rows/s, .* left", capsys.readouterr().err)


def test_phases_are_told_when_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    PlainLines()(Phase(name="indexes"))
    assert capsys.readouterr().err == ""
    PlainLines(verbose=True)(Phase(name="indexes", table="Icon"))
    assert capsys.readouterr().err == "indexes · Icon\n"


def test_silence_lets_warnings_through(capsys: pytest.CaptureFixture[str]) -> None:
    listener = Silent()
    for event in (started(), chunk("a", 1), Note(text="fine"), Note(text="mind", warning=True)):
        listener(event)
    assert capsys.readouterr() == ("", "warning: mind\n")


@pytest.mark.parametrize(
    ("event", "name"),
    [
        (started(totals("a", 1)), "run_started"),
        (chunk("a", 1), "chunk_loaded"),
        (Phase(name="load"), "phase"),
        (TableFinished(totals=totals("a", 1)), "table_finished"),
        (Note(text="zażółć"), "note"),
        (FINISHED, "run_finished"),
    ],
)
def test_json_has_one_object_per_event_and_line(event: Event, name: str) -> None:
    stream = io.StringIO()
    JsonLines(stream)(event)
    assert stream.getvalue().count("\n") == 1
    found = json.loads(stream.getvalue())
    assert found.pop("event") == name
    assert set(found) == set(event.__dataclass_fields__)


def test_json_lines_of_several_threads_do_not_mix() -> None:
    stream = io.StringIO()
    listener = JsonLines(stream)

    def tell() -> None:
        for _ in range(200):
            listener(chunk("a", 1))

    threads = [threading.Thread(target=tell) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([json.loads(line) for line in stream.getvalue().splitlines()]) == 800


def test_summary_says_what_a_person_wants_to_know() -> None:
    text = "\n".join(run_summary(FINISHED))
    for part in (
        "run 7 finished: 1,234,607 rows in 1:01 (20,108 rows/s)",
        "1,234,567",
        "617,284",
        "123 MB",
        "too_long",
        "not loaded",
        "2 columns filled",
        "load 50.0 s · indexes 11.4 s",
        "delamp rejects list",
        "delamp verify",
    ):
        assert part in re.sub(r"\x1b\[\d+m", "", text)


def test_summary_of_nothing_to_do_names_the_way_to_load_anew() -> None:
    nothing = RunFinished(
        run_id=7, state="finished", nothing_to_do=True, tables=FINISHED.tables, rejects=(),
        counters=0, seconds=0.1, phases=(),
    )  # fmt: skip
    text = "\n".join(run_summary(nothing))
    assert "Nothing to do: 2 tables with 1,234,607 rows" in text
    assert "--restart" in text


def test_columns_of_the_summary_line_up() -> None:
    lines = [re.sub(r"\x1b\[\d+m", "", line) for line in run_summary(FINISHED)]
    head = next(n for n, line in enumerate(lines) if line.startswith("table"))
    ends = {lines[n].index("rows") + 4 for n in (head,)}
    for line in lines[head + 2 : head + 4]:
        cell = re.search(r"[\d,]+(?=  +[\d,–]+  +[\d.]+ k?M?B)", line)
        assert cell is not None
        ends.add(cell.end())
    assert len(ends) == 1


def test_bars_are_drawn_on_a_terminal_and_leave_nothing_behind() -> None:
    code = """
        import time
        from migrate.cli.progress import watcher
        from migrate.events import *

        totals = dict(source="s", target="t", extracted=1000, bytes=10**6)
        listener = watcher(json_lines=False, quiet=False, verbose=False)
        listener(RunStarted(run_id=7, resumed=True, snapshot="read-lock", tables=(
            TableTotals(name="Icon", **totals), TableTotals(name="Maker", **totals))))
        for n in range(8):
            for name in ("Icon", "Maker"):
                listener(ChunkLoaded(table=name, extracted=100, loaded=100, rejected=0, skipped=0,
                                     bytes=10**5))
            time.sleep(0.12)
        listener(Note(text="mind this", warning=True))
        listener(TableFinished(totals=TableTotals(name="Icon", **totals)))
        listener(Phase(name="indexes"))
        listener.close()
        import threading
        assert threading.active_count() == 1, "a fork after this would be unsafe"
    """
    output = on_a_terminal(textwrap.dedent(code))
    assert "run 7 goes on: 2 tables, snapshot by read-lock" in output
    assert re.search(r"all tables +\d+% .*rows.*MB.*rows/s.* left", output)
    assert re.search(r"Icon +\d+% ", output)
    assert re.search(r"Maker +\d+% ", output)
    assert "mind this" in output
    assert re.search(r"indexes +\d+% ", output)
    last = output.rstrip("\r\n").rsplit("\r", 1)[-1]
    assert "%" not in last, "a bar was left on the screen"


def on_a_terminal(code: str) -> str:
    """Run Python code with stderr on a terminal of 100 columns and return what it showed."""
    ours, theirs = pty.openpty()
    import fcntl
    import struct
    import termios

    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    shown = bytearray()
    while True:
        try:
            piece = os.read(ours, 4096)
        except OSError:
            # Linux says EIO when the last process has left the terminal.
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    assert process.wait(timeout=30) == 0, shown.decode()
    return shown.decode()
