"""The ways to find out which rows changed since the load, and which of them a table takes."""

from __future__ import annotations

from migrate.strategies.choice import Choice, Strategy, choose
from migrate.strategies.gone import gone_rows
from migrate.strategies.watermark import WatermarkPass

__all__ = ["Choice", "Strategy", "WatermarkPass", "choose", "gone_rows"]
