"""From facts to a design: which models, fields, keys, relations and mappings, and why.

A pure function. Its rule: no row may be refused. Where a stricter choice would refuse one, the
looser is taken and a `Decision` says what the stricter one would cost.
"""

from __future__ import annotations

from migrate.draft.designing.project import design_project

__all__ = ["design_project"]
