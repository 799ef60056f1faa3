"""What a follower says of itself: signs of life in the ledger, words to whoever started it."""

from __future__ import annotations

import time
from collections.abc import Callable

from migrate.config import Config
from migrate.errors import DelampError
from migrate.follow import checkpoint
from migrate.follow.metrics import write_metrics
from migrate.follow.options import FollowOptions
from migrate.ledger import Ledger
from migrate.models import Checkpoint

__all__ = ["Signs", "State", "Tell"]

Tell = Callable[[str], None]
State = Checkpoint.State

_SECONDS = 1.0


class Signs:
    """Tells at once, and never twice in a row; signs at most once a second."""

    def __init__(self, config: Config, options: FollowOptions, tell: Tell) -> None:
        self.tell = tell
        self._config = config
        self._options = options
        self._signed = 0.0
        self._told = ""

    def tell_once(self, text: str) -> None:
        """Tell, unless it is what was told last."""
        if text != self._told:
            self._told = text
            self.tell(text)

    def sign(
        self, ledger: Ledger, state: str, detail: str, *, force: bool = False, **lag: float | None
    ) -> None:
        """Give a sign of life, in the ledger and in the file of figures. Commits at once."""
        now = time.monotonic()
        if not force and now - self._signed < _SECONDS:
            return
        self._signed = now
        checkpoint.note_state(ledger, state, detail, **lag)
        if self._options.metrics is not None:
            write_metrics(ledger, self._options.metrics)

    def last_word(self, error: DelampError) -> None:
        """Leave in the ledger why it ended, if there is still a way to."""
        try:
            checkpoint.leave_word(self._config, State.FAILED, error.message)
        except DelampError:
            self.tell("the ledger could not be told")
