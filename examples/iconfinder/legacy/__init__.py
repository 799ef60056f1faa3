"""The legacy MySQL database of the marketplace: seeded, streaming, with ills in known numbers."""

from __future__ import annotations

from examples.iconfinder.legacy.facts import Facts, facts
from examples.iconfinder.legacy.server import generate, holds

__all__ = ["Facts", "facts", "generate", "holds"]
