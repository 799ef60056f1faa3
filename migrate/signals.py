"""Signals for the application, in the process that refreshes rows."""

from __future__ import annotations

from django.dispatch import Signal

__all__ = ["rows_changed"]

rows_changed = Signal()
"""Rows of a model were changed by a resync, a follower or a repair, and are committed.

Receivers are called as `receiver(sender=Model, inserted=[…], updated=[…], deleted=[…],
using="default", **kwargs)` with primary keys, also those of rows of which only counters changed.
Sent after the commit, never before, in the process of `delamp`, once for each model of a batch. A
process killed between commit and signal sends it again when it is next started: a receiver may be
told twice, never not at all. What a receiver raises is logged and ends nothing. A full load
(`delamp run`) sends none.
"""
