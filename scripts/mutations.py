"""The interpreter's pure-Python primitives as one file, and every mutant of that file.

``pure_copy`` takes what the source of ``threading`` has of RLock, Condition, Semaphore,
BoundedSemaphore, Event and Barrier, with what they need, and leaves the rest. ``mutants`` changes
one thing of it at a time. The operators are those that mutation tools have in common: comparisons
(negated, and moved by one at the boundary), arithmetic, boolean operators, constants, conditions
that are always true or never, returned values, arguments and defaults that are left out or changed,
handlers that catch nothing, decorators, and statements that are taken away, `with` and `try` around
their bodies among them.

The order is that of the source, so a mutant has the same number on every run. Its name says where
it is and what is changed, and no line number: it holds on as long as that code does.
"""

from __future__ import annotations

import ast
import builtins
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

#: The classes that are mutated, and which primitives show it: the class's own first.
CLASSES = {
    "_RLock": ("rlock", "condition"),
    "Condition": ("condition", "event", "semaphore", "bounded_semaphore", "barrier"),
    "Semaphore": ("semaphore", "bounded_semaphore"),
    "BoundedSemaphore": ("bounded_semaphore",),
    "Event": ("event",),
    "Barrier": ("barrier",),
}
#: What no clause speaks of, and what no other method here needs.
LEFT_OUT = ("__repr__", "_at_fork_reinit", "_recursion_count")

#: What makes the copy a target. The lock is the C one: there is none in Python.
DECLARATION = """
from syncproof.implementations.threading_ import CONDITION
from syncproof.vocabulary import Implementation

def load():
    return {
        'rlock': RLock,
        'semaphore': Semaphore,
        'bounded_semaphore': BoundedSemaphore,
        'event': Event,
        'condition': Condition,
        'barrier': Barrier,
        'BrokenBarrierError': BrokenBarrierError,
    }

implementation = Implementation(
    name='python-primitives',
    primitives=('rlock', 'semaphore', 'bounded_semaphore', 'event', 'condition', 'barrier'),
    load=load,
    deviations=CONDITION,
)
"""

COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq, ast.LtE, ast.GtE),
    ast.NotEq: (ast.Eq, ast.Lt, ast.Gt),
    ast.Lt: (ast.GtE, ast.LtE, ast.NotEq),
    ast.LtE: (ast.Gt, ast.Lt, ast.Eq),
    ast.Gt: (ast.LtE, ast.GtE, ast.NotEq),
    ast.GtE: (ast.Lt, ast.Gt, ast.Eq),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
ARITHMETIC: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add, ast.Mult),
    ast.Mult: (ast.FloorDiv, ast.Add),
}
#: Statements that can be taken away and leave something that compiles.
SIMPLE = (ast.Expr, ast.Assign, ast.AugAssign, ast.Raise, ast.Return, ast.Break, ast.Continue,
          ast.Assert, ast.Delete)  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """The copy with one change. ``str()`` of it is its name, the same on every run."""

    number: int
    class_name: str
    method: str
    line: int
    operator: str
    before: str
    after: str
    occurrence: int
    source: str

    def __str__(self) -> str:
        again = f" #{self.occurrence}" if self.occurrence > 1 else ""
        return f"{self.class_name}.{self.method}: {self.before} -> {self.after}{again}"

    @property
    def primitives(self) -> tuple[str, ...]:
        """Where it can show, the most likely first."""
        return CLASSES[self.class_name]


# -- the copy -----------------------------------------------------------------------------


def pure_copy(source: str) -> str:
    """The primitives in ``source``, that of ``threading``, as a module that can be checked."""
    module = ast.parse(source)
    needed = {*CLASSES, "BrokenBarrierError", "Lock"}
    kept: set[int] = set()
    while True:  # what is kept needs other names, which need others
        more = [
            number
            for number, statement in enumerate(module.body)
            if number not in kept and needed & _bound(statement) and _name(statement) != "RLock"
        ]
        if not more:
            break
        for number in more:
            kept.add(number)
            _strip(module.body[number])
            needed |= _used(module.body[number])
    body: list[ast.stmt] = []
    for number in sorted(kept):
        body.append(module.body[number])
        if _name(module.body[number]) == "_RLock":
            body += ast.parse("RLock = _RLock").body
    body += ast.parse(DECLARATION).body
    return ast.unparse(ast.fix_missing_locations(ast.Module(body, [])))


def _strip(statement: ast.stmt) -> None:
    """Take out of a class what is not mutated: docstrings, and methods that are left out."""
    if not isinstance(statement, ast.ClassDef):
        return
    for node in ast.walk(statement):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            if ast.get_docstring(node, clean=False) is not None:
                node.body[:1] = [] if node.body[1:] else [ast.Pass()]
            node.body = [s for s in node.body if _name(s) not in LEFT_OUT]
        if isinstance(node, ast.Return) and _whole_number(node.value) == 1:
            node.value = ast.Constant(True)  # RLock.acquire() returns 1 where True is promised


def _name(statement: ast.stmt) -> str:
    return getattr(statement, "name", "")


def _bound(statement: ast.stmt) -> set[str]:
    """The names that a statement of a module gives a meaning to."""
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        return {statement.name}
    found = set()
    for node in ast.walk(statement):
        if isinstance(node, ast.alias):
            found.add((node.asname or node.name).partition(".")[0])
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return found


def _used(statement: ast.stmt) -> set[str]:
    return {
        node.id
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }


# -- the mutants ---------------------------------------------------------------------------


def mutants(copy: str) -> Iterator[Mutant]:
    """Every mutant of a copy, in the order of its lines; none twice."""
    seen = {copy}
    names: Counter[tuple[str, ...]] = Counter()
    for class_, change in _changes(ast.parse(copy)):
        before = ast.unparse(class_)
        with change.made():
            source = copy.replace(before, ast.unparse(class_))
        if source in seen:
            continue
        seen.add(source)
        name = (change.class_name, change.method, change.before, change.after)
        names[name] += 1
        yield Mutant(
            number=len(seen) - 1,
            class_name=change.class_name,
            method=change.method,
            line=change.line,
            operator=change.operator,
            before=change.before,
            after=change.after,
            occurrence=names[name],
            source=source,
        )


@dataclass
class Change:
    """One edit of the tree: a child of ``owner`` has another in its place."""

    owner: ast.AST
    field: str
    #: Where in a list of children, and by which others it is replaced; or None, and by which.
    index: int | None
    new: Any
    operator: str
    class_name: str = ""
    method: str = ""
    line: int = 0
    before: str = ""
    after: str = ""

    @contextmanager
    def made(self) -> Iterator[None]:
        """The tree is changed inside of the ``with``."""
        old = getattr(self.owner, self.field)
        if self.index is None:
            new = self.new
        else:
            new = [*old[: self.index], *self.new, *old[self.index + 1 :]]
        setattr(self.owner, self.field, new)
        try:
            yield
        finally:
            setattr(self.owner, self.field, old)


def _changes(module: ast.Module) -> Iterator[tuple[ast.ClassDef, Change]]:
    for statement in module.body:
        if isinstance(statement, ast.ClassDef) and statement.name in CLASSES:
            for change in _in_body(statement, "body", statement.name, "(class)"):
                yield statement, change


def _in_body(owner: ast.AST, field: str, class_name: str, method: str) -> Iterator[Change]:
    """The changes to the statements of one body, and to all that is in them."""
    for index, statement in enumerate(getattr(owner, field)):
        if _is_left_alone(statement):
            continue
        inside = statement.name if isinstance(statement, ast.FunctionDef) else method
        for change in _of_statement(owner, field, index, statement):
            yield _told(change, statement, class_name, inside)
        for change in _of_expressions(statement):
            yield _told(change, statement, class_name, inside)
        for inner in ("body", "orelse", "handlers", "finalbody"):
            if not isinstance(getattr(statement, inner, None), list):
                continue
            if inner != "handlers":
                yield from _in_body(statement, inner, class_name, inside)
                continue
            for handler in statement.handlers:
                change = Change(handler, "type", None, _named("ZeroDivisionError"), "handler")
                yield _told(change, handler, class_name, inside)
                yield from _in_body(handler, "body", class_name, inside)


def _told(change: Change, statement: Any, class_name: str, method: str) -> Change:
    """The change with its description: the first line of the statement, before and after."""
    change.class_name, change.method, change.line = class_name, method, statement.lineno
    change.before = _header(statement)
    if not change.after:
        with change.made():
            change.after = _header(statement)
    return change


def _is_left_alone(statement: ast.stmt) -> bool:
    """Imports, and the warnings that a name is deprecated."""
    text = ast.unparse(statement)
    return isinstance(statement, (ast.Import, ast.ImportFrom, ast.Pass)) or text.startswith(
        "warnings.warn("
    )


def _of_statement(owner: ast.AST, field: str, index: int, statement: ast.stmt) -> Iterator[Change]:
    """The changes that put something else in the place of a whole statement."""

    def instead(new: list[ast.stmt], operator: str, after: str = "") -> Change:
        text = after or "; ".join(ast.unparse(s) for s in new)
        return Change(owner, field, index, new, operator, after=text)

    last = isinstance(owner, ast.FunctionDef) and statement is owner.body[-1]
    if isinstance(statement, SIMPLE) and not (isinstance(statement, ast.Return) and last):
        yield instead([ast.Pass()], "remove")
    if isinstance(statement, ast.Break):
        yield instead([ast.Continue()], "break")
    elif isinstance(statement, ast.Continue):
        yield instead([ast.Break()], "break")
    elif isinstance(statement, ast.With):
        yield instead(statement.body, "unwrap", "its body alone")
    elif isinstance(statement, ast.Try):
        body = [*statement.body, *statement.orelse, *statement.finalbody]
        yield instead(body, "unwrap", "its bodies one after the other")
    elif isinstance(statement, ast.Return) and not _is_none(statement.value):
        yield instead([ast.Return(ast.Constant(None))], "return")
        if not isinstance(statement.value, (ast.Constant, ast.Compare, ast.Tuple)):
            negated = ast.UnaryOp(ast.Not(), statement.value or ast.Constant(None))
            yield instead([ast.Return(negated)], "return")
    elif isinstance(statement, ast.FunctionDef):
        for number in range(len(statement.decorator_list)):
            yield Change(statement, "decorator_list", number, [], "decorator")
    elif isinstance(statement, ast.AugAssign):
        plain = ast.Assign([statement.target], statement.value)
        yield instead([ast.fix_missing_locations(plain)], "arithmetic")
        for kind in ARITHMETIC.get(type(statement.op), ()):
            yield Change(statement, "op", None, kind(), "arithmetic")


def _of_expressions(node: ast.AST) -> Iterator[Change]:
    """The changes to every expression under a node, up to the statements in it."""
    for field, value in ast.iter_fields(node):
        children = value if isinstance(value, list) else [value]
        for position, child in enumerate(children):
            if not isinstance(child, ast.AST) or isinstance(child, (ast.stmt, ast.excepthandler)):
                continue
            index = position if isinstance(value, list) else None
            for new, operator in _instead_of(child, node, field):
                yield Change(node, field, index, new if index is None else [new], operator)
            if _can_be_left_out(node, field):
                yield Change(node, field, index, [], "argument")
            yield from _of_expressions(child)


def _instead_of(node: ast.AST, owner: ast.AST, field: str) -> Iterator[tuple[ast.expr, str]]:
    """What an expression may be replaced by, each with the name of the operator."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        for kind in COMPARISONS[type(node.ops[0])]:
            yield ast.Compare(node.left, [kind()], node.comparators), "compare"
    elif isinstance(node, ast.BoolOp):
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield ast.BoolOp(other, node.values), "boolean"
        for number in range(len(node.values)):
            rest = [v for n, v in enumerate(node.values) if n != number]
            yield rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest), "boolean"
    elif isinstance(node, ast.BinOp):
        for operation in ARITHMETIC.get(type(node.op), ()):
            yield ast.BinOp(node.left, operation(), node.right), "arithmetic"
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node.operand, "boolean"
    elif isinstance(node, ast.expr):
        whole = _whole_number(node)
        if isinstance(node, ast.Constant) and isinstance(node.value, bool):
            yield ast.Constant(not node.value), "constant"
        elif whole is not None and not isinstance(owner, ast.UnaryOp):
            for value in (whole + 1, whole - 1):
                yield ast.Constant(value), "constant"
        elif _is_none(node) and not isinstance(owner, (ast.Compare, ast.Return)):
            yield ast.Constant(0), "constant"
    if field == "test" and isinstance(node, ast.expr) and not isinstance(owner, ast.Assert):
        yield ast.Constant(True), "branch"
        yield ast.Constant(False), "branch"
        if not isinstance(node, ast.Compare) and not isinstance(node, ast.UnaryOp):
            yield ast.UnaryOp(ast.Not(), node), "branch"


def _can_be_left_out(node: ast.AST, field: str) -> bool:
    """Whether the child is an argument of a call to something that may do without it."""
    if not isinstance(node, ast.Call) or field not in ("args", "keywords"):
        return False
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    return not hasattr(builtins, name) or not name  # hasattr(x) and the like are no programs


def _whole_number(node: ast.expr | None) -> int | None:
    negative = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)
    value = getattr(node.operand if isinstance(node, ast.UnaryOp) else node, "value", None)
    if type(value) is not int or not (negative or isinstance(node, ast.Constant)):
        return None
    return -value if negative else value


def _is_none(node: ast.AST | None) -> bool:
    return node is None or (isinstance(node, ast.Constant) and node.value is None)


def _named(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def _header(statement: Any) -> str:
    """A statement in one line: of one with bodies what stands before them."""
    fields = dict(ast.iter_fields(statement))
    bodies = [f for f in ("body", "orelse", "finalbody", "handlers") if f in fields]
    if not bodies:
        return ast.unparse(statement)
    if isinstance(statement, ast.Try):
        return "try:"
    for name in bodies:
        fields[name] = [ast.Pass()] if name == "body" else []
    shell = ast.copy_location(type(statement)(**fields), statement)
    return " ".join(ast.unparse(shell).split("\n")[:-1])
