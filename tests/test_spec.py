"""The spec and the suite hold each other: no clause without a test, no test without a clause.

And no clause without a seeded violation that breaks it: a test that cannot fail proves nothing.
"""

from __future__ import annotations

import ast
from importlib import resources
from pathlib import Path

import pytest
from variants import broken

from syncproof import spec
from syncproof.subject import PROBES
from syncproof.suite.index import marked
from syncproof.vocabulary import PRIMITIVES, Clause

CONFORMANCE = Path(str(resources.files("syncproof.conformance")))


def the_suite() -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """Each test function: its name, the clauses that it names, the primitives that it is about."""
    found = []
    for path in sorted(CONFORMANCE.glob("test_*.py")):
        module = ast.parse(path.read_text(encoding="utf-8"))
        about: tuple[str, ...] = ()
        for node in module.body:
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "pytestmark":
                marks = node.value.elts if isinstance(node.value, ast.List) else [node.value]
                about = _arguments(marks, "primitives")
        clauses: dict[str, list[str]] = {}
        for test, clause in marked(module):
            clauses.setdefault(test, []).append(clause)
        for node in module.body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                own = _arguments(node.decorator_list, "primitives") or about
                found.append((f"{path.name}::{node.name}", tuple(clauses[node.name]), own))
    return found


def _arguments(nodes: list[ast.expr], name: str) -> tuple[str, ...]:
    return tuple(
        argument.value
        for node in nodes
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == name
        for argument in node.args
        if isinstance(argument, ast.Constant)
    )


TESTS = the_suite()
CLAUSES = list(spec.load())
#: Clauses about the process as a whole are decided by the sandbox, not by a test of the suite.
TESTABLE = [c for c in CLAUSES if c.scope == "implementation" and not c.id.startswith("process.")]
BINDING = [c for c in TESTABLE if c.binding]


def ids(clauses: list[Clause]) -> list[str]:
    return [c.id for c in clauses]


def test_every_test_names_clauses_of_the_spec():
    for name, clauses, primitives in TESTS:
        assert clauses, f"{name} names no clause"
        assert primitives, f"{name} says of no primitive that it is about it"
        for clause in clauses:
            assert clause in spec.load(), f"{name} names {clause}, which is not in the spec"


def test_no_test_checks_what_no_implementation_can_break():
    for name, clauses, _ in TESTS:
        for clause in clauses:
            assert spec.load()[clause].scope == "implementation", f"{name}: {clause}"


@pytest.mark.parametrize("clause", TESTABLE, ids=ids(TESTABLE))
def test_every_clause_is_checked_on_each_of_its_primitives(clause):
    checked = {p for _, clauses, about in TESTS if clause.id in clauses for p in about}
    missing = set(clause.primitives) - checked
    assert not missing, f"{clause.id} is not checked on {', '.join(sorted(missing))}"


@pytest.mark.parametrize("clause", BINDING, ids=ids(BINDING))
def test_every_binding_clause_is_broken_by_a_seeded_implementation(clause):
    if clause.platform == "windows":
        pytest.skip("this platform cannot show it")
    assert any(clause.id in variant.clauses for variant in broken())


def test_seeded_implementations_name_clauses_of_their_primitive():
    for variant in broken():
        for clause in variant.clauses:
            assert clause in spec.load(), f"{variant.file} names {clause}"
            assert spec.load()[clause].binding, f"{variant.file}: {clause} binds nobody"
            assert variant.primitive in spec.load()[clause].primitives, variant.file


@pytest.mark.parametrize("clause", CLAUSES, ids=ids(CLAUSES))
def test_clauses_are_well_formed(clause):
    assert clause.text.endswith(".")
    assert clause.source or clause.id.startswith("process."), f"{clause.id} has no source"
    if clause.scope == "implementation" and not clause.id.startswith("process."):
        assert clause.primitives, f"{clause.id} is about no primitive"
    for capability in clause.needs:
        for primitive in clause.primitives:
            assert capability in PROBES[primitive], f"{clause.id}: no probe for {capability}"


def test_every_primitive_has_clauses():
    for primitive in PRIMITIVES:
        assert sum(primitive in c.primitives for c in BINDING) >= 20
