"""Ctrl-C, or a terminal that is closed: the first asks for a clean end, the second ends at once."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

__all__ = ["stop_on_interrupt"]


@contextlib.contextmanager
def stop_on_interrupt(stop: threading.Event, say: Callable[[], None]) -> Iterator[None]:
    """Within the block, SIGINT, SIGTERM and SIGHUP set `stop` and call `say`; a second one aborts.

    The second raises KeyboardInterrupt in the main thread. After the block, a process that was
    asked to stop takes no more of these signals: all that is left to it is to say so. Outside the
    main thread, where Python allows no handlers, nothing is changed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def handle(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        # The terminal may be what is gone.
        with contextlib.suppress(OSError):
            say()

    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:
        # Else it is ignored, as under nohup.
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, handle) for number in numbers}
    aborted = False
    try:
        yield
    except KeyboardInterrupt:
        aborted = True
        raise
    finally:
        for number, handler in before.items():
            # The process is on its way out with exit code 7; one more Ctrl-C must not take that
            # code, and the word of how to resume, away from it.
            leaving = stop.is_set() and not aborted
            signal.signal(number, signal.SIG_IGN if leaving else handler)
