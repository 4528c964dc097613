"""Which line of a method has answered: told from its source, where that leaves no choice.

A method that has returned stands nowhere any more. Of its ``return`` lines those are left that
could have given what it gave; where that is one, it is the line. It costs nothing while it runs.
"""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator
from types import CodeType
from typing import Any, Union

Function = Union[ast.FunctionDef, ast.AsyncFunctionDef]


def line_of(code: CodeType, value: Any) -> int:
    """The line that has returned the value, or after which the function ended; 0: not known."""
    function = _source(code)
    if function is None:
        return 0
    returns = [r for r in _returns(function.body) if _may_give(r.value, value)]
    falls = _last(function.body) if value is None else []
    lines = {r.lineno for r in returns}.union(s.lineno for s in falls if s is not None)
    return lines.pop() if len(lines) == 1 and None not in falls else 0


def _source(code: CodeType) -> Function | None:
    """The function as it is written."""
    text = "".join(linecache.getlines(code.co_filename))
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return None
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == code.co_name:
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            if first == code.co_firstlineno:
                return None if _yields(node.body) else node
    return None


def _inside(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """Everything in a body, but for what is in functions and classes of its own."""
    waiting: list[ast.AST] = [*body]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            waiting += ast.iter_child_nodes(node)


def _yields(body: list[ast.stmt]) -> bool:
    return any(isinstance(node, (ast.Yield, ast.YieldFrom)) for node in _inside(body))


def _returns(body: list[ast.stmt]) -> list[ast.Return]:
    return [node for node in _inside(body) if isinstance(node, ast.Return)]


def _may_give(expression: ast.expr | None, value: Any) -> bool:
    """Whether an expression could be what has given the value: only constants tell."""
    if expression is None:
        return value is None
    if not isinstance(expression, ast.Constant):
        return True
    return type(expression.value) is type(value) and expression.value == value


def _last(body: list[ast.stmt]) -> list[ast.stmt | None]:
    """The statements after which a body may end without a return; None where that is not told."""
    end = body[-1]
    if isinstance(end, (ast.Return, ast.Raise)):
        return []
    if isinstance(end, (ast.With, ast.AsyncWith)):
        return _last(end.body)
    if isinstance(end, ast.If):
        return _last(end.body) + (_last(end.orelse) if end.orelse else [None])
    is_compound = hasattr(end, "body") or hasattr(end, "cases")
    return [None if is_compound else end]
