"""Python expressions as text, laid out as `ruff format` would with lines of 100 characters.

A formatter is a tool of developers and nothing that a drafted project can wait for, so what is
written here is already formatted: strings in double quotes, what does not fit a line broken at its
outermost bracket, one element per line with a comma behind the last.
"""

from __future__ import annotations

import ast

from migrate.draft.writing.widths import WIDTH, width, wrapped

__all__ = ["assignment", "docstring", "expression", "quoted", "statements"]

_INDENT = 4

_OPERATORS: dict[type[ast.operator], tuple[str, int]] = {
    ast.BitOr: ("|", 1),
    ast.BitXor: ("^", 2),
    ast.BitAnd: ("&", 3),
    ast.Add: ("+", 4),
    ast.Sub: ("-", 4),
    ast.Mult: ("*", 5),
    ast.Div: ("/", 5),
    ast.FloorDiv: ("//", 5),
    ast.Mod: ("%", 5),
    ast.Pow: ("**", 6),
}
_LOGIC: dict[type[ast.boolop], str] = {ast.Or: "or", ast.And: "and"}
_UNARY: dict[type[ast.unaryop], str] = {
    ast.Invert: "~",
    ast.USub: "-",
    ast.UAdd: "+",
    ast.Not: "not ",
}


def assignment(name: str, source: str, indent: int = 0) -> list[str]:
    """Lines of `name = source`, where source is an expression."""
    return _lines(ast.parse(source.strip(), mode="eval").body, indent, f"{name} = ", "")


def expression(source: str) -> str:
    """The expression on one line."""
    return _flat(ast.parse(source.strip(), mode="eval").body)


def statements(source: str) -> list[str] | None:
    """Lines of imports, assignments and expressions, or None for what is no such Python."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError):
        # Python before 3.11.4 has a ValueError for a NUL.
        return None
    lines: list[str] = []
    for number, node in enumerate(body):
        if number and _is_import(body[number - 1]) and not _is_import(node):
            lines.append("")
        match node:
            case ast.Import() | ast.ImportFrom():
                lines.append(ast.unparse(node))
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                lines += _lines(value, 0, f"{name} = ", "")
            case ast.Expr(value=value):
                lines += _lines(value, 0, "", "")
            case _:
                return None
    return lines


def _is_import(node: ast.stmt) -> bool:
    return isinstance(node, (ast.Import, ast.ImportFrom))


def docstring(text: str, indent: int) -> list[str]:
    """Lines of a docstring of one line, or of as many as it takes."""
    text = "".join(c if c.isprintable() else " " for c in text).strip()
    # Three quotes would end it, and so would the last one together with the closing ones.
    body = text.rstrip('"')
    ending = '\\"' * (len(text) - len(body))
    text = body.replace("\\", "\\\\").replace('"""', '\\"\\"\\"') + ending
    gap = " " if text.startswith('"') else ""
    margin = " " * indent
    first, *rest = wrapped(text, WIDTH - indent - 3 - len(gap))
    if not rest or width(gap + text) + indent + 6 <= WIDTH:
        return [f'{margin}"""{gap}{text}"""']
    return [f'{margin}"""{gap}{first}', *(margin + line for line in rest), f'{margin}"""']


def quoted(text: str) -> str:
    """A string literal; single quotes only where they save a backslash."""
    return _requoted(repr(text), text.count("'"), text.count('"'))


def _requoted(plain: str, singles: int, doubles: int) -> str:
    """A literal by repr(), in double quotes unless single ones need fewer backslashes."""
    body = plain[1:-1]
    # repr() chose double quotes only for a text with single ones and no double ones.
    if plain[0] == "'":
        body = body.replace("\\'", "'")
    if doubles > singles:
        return "'" + body.replace("'", "\\'") + "'"
    return '"' + body.replace('"', '\\"') + '"'


def _lines(node: ast.expr, indent: int, head: str, tail: str) -> list[str]:
    """The lines of `head` + node + `tail`, the first one indented, too."""
    margin = " " * indent
    line = f"{margin}{head}{_flat(node)}{tail}"
    if width(line) <= WIDTH:
        return [line]
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Call() as inner, attr=attr)):
            arguments = ", ".join(_arguments(node))
            return _lines(inner, indent, head, f".{attr}({arguments}){tail}")
        case ast.Call(args=args, keywords=keywords) if args or keywords:
            items = [(a, "") for a in args]
            items += [(k.value, f"{k.arg}=" if k.arg else "**") for k in keywords]
            return _call(_flat(node.func), items, indent, head, tail)
        case ast.List(elts=elements) if elements:
            return _bracketed("[", _plain(elements), "]", indent, head, tail)
        case ast.Tuple(elts=elements) if elements:
            return _bracketed("(", _plain(elements), ")", indent, head, tail, always_comma=True)
        case ast.Set(elts=elements):
            return _bracketed("{", _plain(elements), "}", indent, head, tail)
        case ast.Dict(keys=keys, values=values) if keys:
            pairs = [
                (value, f"{_flat(key)}: " if key else "**")
                for key, value in zip(keys, values, strict=True)
            ]
            return _bracketed("{", pairs, "}", indent, head, tail)
        case ast.UnaryOp(op=op, operand=operand):
            return _lines(operand, indent, head + _UNARY[type(op)], tail)
        case ast.BinOp() if indent and not head.endswith(" = "):
            return _operands(node, indent, head, tail)
        case ast.BoolOp(values=[first, *others]) if indent and not head.endswith(" = "):
            sign = _LOGIC[type(node.op)]
            lines = _lines(first, indent, head, "")
            for value in others[:-1]:
                lines += _lines(value, indent, f"{sign} ", "")
            return lines + _lines(others[-1], indent, f"{sign} ", tail)
    short = f"{margin}{' ' * _INDENT}{_flat(node)}"
    if head.endswith(" = ") and width(short) <= WIDTH:
        return [f"{margin}{head}(", short, f"{margin}){tail}"]
    return [line]


def _plain(elements: list[ast.expr]) -> list[tuple[ast.expr, str]]:
    return [(element, "") for element in elements]


def _call(
    function: str, items: list[tuple[ast.expr, str]], indent: int, head: str, tail: str
) -> list[str]:
    """A call whose arguments stand on one line of their own, or each on its own."""
    margin = " " * indent
    together = f"{margin}{' ' * _INDENT}" + ", ".join(start + _flat(node) for node, start in items)
    if width(together) <= WIDTH:
        return [f"{margin}{head}{function}(", together, f"{margin}){tail}"]
    return _bracketed(f"{function}(", items, ")", indent, head, tail)


def _bracketed(
    opening: str,
    items: list[tuple[ast.expr, str]],
    closing: str,
    indent: int,
    head: str,
    tail: str,
    *,
    always_comma: bool = False,
) -> list[str]:
    margin = " " * indent
    comma = "," if always_comma or len(items) > 1 else ""
    lines = [f"{margin}{head}{opening}"]
    for node, start in items:
        lines += _lines(node, indent + _INDENT, start, comma)
    return [*lines, f"{margin}{closing}{tail}"]


def _operands(node: ast.BinOp, indent: int, head: str, tail: str) -> list[str]:
    """`a & b & c` with each operand on its own line, behind its operator."""
    sign, _ = _OPERATORS[type(node.op)]
    operands: list[ast.expr] = []
    left: ast.expr = node
    while isinstance(left, ast.BinOp) and type(left.op) is type(node.op):
        operands.insert(0, left.right)
        left = left.left
    lines = _lines(left, indent, head, "")
    for operand in operands[:-1]:
        lines += _lines(operand, indent, f"{sign} ", "")
    return lines + _lines(operands[-1], indent, f"{sign} ", tail)


def _flat(node: ast.expr, above: int = 0) -> str:
    """The expression on one line; `above` is how strongly what stands around it binds."""
    match node:
        case ast.Constant(value=str(text)):
            return quoted(text)
        case ast.Constant(value=bytes(data)):
            return "b" + _requoted(repr(data)[1:], data.count(b"'"), data.count(b'"'))
        case ast.Call(func=func):
            return f"{_flat(func)}({', '.join(_arguments(node))})"
        case ast.Attribute(value=value, attr=attr):
            return f"{_flat(value)}.{attr}"
        case ast.List(elts=elements):
            return "[" + ", ".join(map(_flat, elements)) + "]"
        case ast.Tuple(elts=elements):
            return "(" + ", ".join(map(_flat, elements)) + ("," * (len(elements) == 1)) + ")"
        case ast.Set(elts=elements):
            return "{" + ", ".join(map(_flat, elements)) + "}"
        case ast.Dict(keys=keys, values=values):
            pairs = [
                (f"{_flat(key)}: " if key else "**") + _flat(value)
                for key, value in zip(keys, values, strict=True)
            ]
            return "{" + ", ".join(pairs) + "}"
        case ast.Starred(value=value):
            return "*" + _flat(value)
        case ast.UnaryOp(op=op, operand=operand):
            return _UNARY[type(op)] + _flat(operand, 9)
        case ast.BinOp(left=left, op=op, right=right):
            sign, strength = _OPERATORS[type(op)]
            text = f"{_flat(left, strength)} {sign} {_flat(right, strength + 1)}"
            return f"({text})" if strength < above else text
        case ast.BoolOp(op=logic, values=values):
            return f" {_LOGIC[type(logic)]} ".join(map(_flat, values))
        case ast.Subscript(value=value, slice=index):
            return f"{_flat(value)}[{_flat(index)}]"
    return ast.unparse(node)


def _arguments(node: ast.Call) -> list[str]:
    named = [(f"{k.arg}=" if k.arg else "**") + _flat(k.value) for k in node.keywords]
    return [*map(_flat, node.args), *named]
