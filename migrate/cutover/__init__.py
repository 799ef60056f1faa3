"""`delamp cutover`: from PHP to Django, with a write pause of seconds, or not at all.

    checking → verifying → catching up → freezing → frozen → proving → closing → reporting → done

Everything that grows with the database comes before the freeze. Each state is in the ledger before
it is begun, and how to undo the freeze before the freeze: whatever fails, is interrupted or is
killed, the source is given back as it was, by this process or by another one.
"""

from __future__ import annotations

from migrate.cutover.machine import cutover
from migrate.cutover.options import Options
from migrate.cutover.outcome import Outcome
from migrate.cutover.undoing import undo

__all__ = ["Options", "Outcome", "cutover", "undo"]
