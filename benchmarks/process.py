"""Run a command as a person would, and take its time, its output and its memory."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["ROOT", "Failed", "Ran", "run_command"]

ROOT = Path(__file__).resolve().parent.parent
_POLL_SECONDS = 0.05


class Failed(Exception):
    """A command ended with another exit code than is expected."""


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What a command took."""

    seconds: float
    output: str
    peaks_mb: tuple[float, ...]
    """The most resident memory of each process, the command's own first."""


def run_command(
    command: Sequence[str], environment: Mapping[str, str], *, fine: Collection[int] = (0,)
) -> Ran:
    """Run to the end. Raises `Failed` with the end of what it said on stderr.

    `fine` are the exit codes that are expected.
    """
    started = time.monotonic()
    process = subprocess.Popen(
        command,
        env=dict(environment),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    peaks: dict[int, float] = {}
    ended = threading.Event()
    watcher = threading.Thread(target=_watch, args=(process.pid, peaks, ended))
    watcher.start()
    try:
        output, errors = process.communicate()
        seconds = time.monotonic() - started
    except BaseException:
        process.kill()
        raise
    finally:
        ended.set()
        watcher.join()
    if process.returncode not in fine:
        said = " / ".join(errors.strip().splitlines()[-6:])
        raise Failed(f"{' '.join(command[-4:])}: exit code {process.returncode}, got {said}")
    sys.stderr.write(errors if "Traceback" in errors else "")
    return Ran(seconds=seconds, output=output, peaks_mb=tuple(peaks.values()))


def _watch(pid: int, peaks: dict[int, float], ended: threading.Event) -> None:
    """Note the high-water mark of every process of the tree until it is gone.

    The system keeps the mark (VmHWM of proc(5)), so seldom looking misses no peak but the last.
    """
    while not ended.wait(_POLL_SECONDS):
        for member in _tree(pid):
            peak = _high_water_mb(member)
            if peak:
                peaks[member] = peak


def _tree(pid: int) -> list[int]:
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = task.read_text().split()
        except OSError:
            continue
        for child in children:
            found += _tree(int(child))
    return found


def _high_water_mb(pid: int) -> float:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0
