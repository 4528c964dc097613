"""Which tests check which clause, read from the source of the suite without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from importlib import resources

from syncproof.history.models.blamed import BLAMED

Names = Mapping[str, ast.expr]
Function = (ast.FunctionDef, ast.AsyncFunctionDef)


def tests_by_clause() -> dict[str, list[str]]:
    """For each clause the tests that are marked with it, as ``test_lock.py::test_name``."""
    found: dict[str, list[str]] = {}
    folder = resources.files("syncproof.conformance")
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        if not (file.name.startswith("test_") and file.name.endswith(".py")):
            continue
        for test, clause in marked(ast.parse(file.read_text(encoding="utf-8"))):
            found.setdefault(clause, []).append(f"{file.name}::{test}")
    return found


def marked(module: ast.Module) -> Iterator[tuple[str, str]]:
    """Each test of a module with each of the clauses that it is marked with."""
    names = {
        target.id: node.value
        for node in module.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    yield from _in(module.body, "", [], names)


def _in(
    body: list[ast.stmt], prefix: str, inherited: list[str], names: Names
) -> Iterator[tuple[str, str]]:
    for node in body:
        if isinstance(node, ast.ClassDef):
            own = inherited + list(_clauses(node, names))
            yield from _in(node.body, f"{prefix}{node.name}::", own, names)
        elif isinstance(node, Function) and node.name.startswith("test"):
            for clause in [*inherited, *_clauses(node, names)]:
                yield f"{prefix}{node.name}", clause


def _clauses(
    node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef, names: Names
) -> Iterator[str]:
    for mark in node.decorator_list:
        if isinstance(mark, ast.Call) and _called(mark.func) == "clause":
            for argument in mark.args:
                yield from _texts(argument, names)
        elif _called(mark) == "searches":
            yield from dict.fromkeys(clause for of_one in BLAMED.values() for clause in of_one)


def _called(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _texts(node: ast.expr, names: Names) -> Iterator[str]:
    """The strings that an argument stands for, through names and tuples of the module."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.Starred):
        yield from _texts(node.value, names)
    elif isinstance(node, (ast.Tuple, ast.List)):
        for element in node.elts:
            yield from _texts(element, names)
    elif isinstance(node, ast.Name) and node.id in names:
        yield from _texts(names[node.id], {n: v for n, v in names.items() if n != node.id})
