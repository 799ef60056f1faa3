"""The lines to write instead, as they stand in DRAFT.md: under the file that each belongs to."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from migrate.draft.writing.markdown import fenced
from migrate.draft.writing.python import expression, statements

__all__ = ["block", "brief"]

_MAPPED = frozenset({"Column", "Reference", "Count"})


def block(insteads: Iterable[str]) -> list[str]:
    """A fenced block with the lines of one decision or several, without the blanks of a list."""
    texts = list(dict.fromkeys(filter(None, insteads)))
    if any(statements(text) is None for text in texts):
        return fenced("text", [line for text in texts for line in text.splitlines()])
    nodes = list(dict.fromkeys(ast.unparse(n) for text in texts for n in ast.parse(text).body))
    nodes.sort(key=_rank)
    parts = {"models.py": [n for n in nodes if _rank(n) < 2]}
    parts["mappings.py"] = [n for n in nodes if _rank(n) == 2]
    lines: list[str] = []
    for name, part in parts.items():
        if part and all(parts.values()):
            lines.append(f"# {name}")
        lines += statements("\n".join(part)) or []
    return fenced("python", lines)


def brief(instead: str) -> list[str]:
    """Each statement on one line, for the cell of a table."""
    found = []
    for node in ast.parse(instead).body:
        text = ast.unparse(node)
        if isinstance(node, ast.Assign):
            text = f"{ast.unparse(node.targets[0])} = {expression(ast.unparse(node.value))}"
        found.append(text)
    return found


def _rank(statement: str) -> int:
    """0 for imports, 1 for what stands in models.py, 2 for a line of mappings.py."""
    match ast.parse(statement).body[0]:
        case ast.Import() | ast.ImportFrom():
            return 0
        case ast.Assign(value=ast.Call(func=ast.Name(id=name))) if name in _MAPPED:
            return 2
    return 1
