"""The states of a cutover, in their order."""

from __future__ import annotations

from migrate.models import Cutover

__all__ = ["ORDER", "State"]

State = Cutover.State

ORDER: tuple[State, ...] = (
    State.CHECKING,
    State.VERIFYING,
    State.CATCHING_UP,
    State.FREEZING,
    State.FROZEN,
    State.PROVING,
    State.CLOSING,
    State.REPORTING,
    State.DONE,
)
