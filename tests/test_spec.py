"""The spec and the suite hold each other: no clause without a test, no test without a clause.

And no clause without a seeded violation that breaks it: a test that cannot fail proves nothing.
"""

from __future__ import annotations

import ast
from importlib import resources
from pathlib import Path

import pytest
from variants import broken, broken_greenlets, broken_mixed, broken_processes, broken_tasks

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
FAMILIES = spec.families()


def first_of_each() -> dict[str, tuple[str, Clause]]:
    """Each clause by its id, with the first family that has it: the others share it."""
    found: dict[str, tuple[str, Clause]] = {}
    for family in FAMILIES:
        for clause in spec.load(family):
            if clause.id not in found or family in builds_on(found[clause.id][0]):
                found[clause.id] = (family, clause)
    return found


def builds_on(family: str) -> list[str]:
    return list(spec.load(family).family.get("builds_on", ()))


OWNERS = first_of_each()
CLAUSES = [clause for _, clause in OWNERS.values()]
#: Clauses about the process as a whole are decided by the sandbox, not by a test of the suite.
TESTABLE = [c for c in CLAUSES if c.scope == "implementation" and not c.id.startswith("process.")]
BINDING = [c for c in TESTABLE if c.binding]
EVERY_BROKEN = [
    *broken(),
    *broken_tasks(),
    *broken_greenlets(),
    *broken_processes(),
    *broken_mixed(),
]


def ids(clauses: list[Clause]) -> list[str]:
    return [c.id for c in clauses]


def test_every_test_names_clauses_of_some_spec():
    for name, clauses, primitives in TESTS:
        assert clauses, f"{name} names no clause"
        assert primitives, f"{name} says of no primitive that it is about it"
        for clause in clauses:
            assert clause in OWNERS, f"{name} names {clause}, which is in no spec"


def test_no_test_checks_what_no_implementation_can_break():
    for name, clauses, _ in TESTS:
        for clause in clauses:
            assert OWNERS[clause][1].scope == "implementation", f"{name}: {clause}"


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_says_whose_documentation_it_is(family):
    about = spec.load(family).family
    assert about["name"] == family
    assert about["documentation"].startswith("https://")
    assert set(builds_on(family)) < set(FAMILIES)


@pytest.mark.parametrize("family", [f for f in FAMILIES if f != "threading"])
def test_a_shared_clause_cites_the_familys_own_documentation(family):
    site = spec.load(family).family["documentation"].rpartition("/")[0]
    for clause in spec.load(family):
        if not clause.id.startswith("process."):
            assert spec.source_url(clause).startswith(site), clause.id
            assert "thread" not in clause.text.split(), clause.id


def test_a_family_that_shares_what_is_not_there_is_refused(monkeypatch):
    monkeypatch.setattr(spec, "load", lambda family: spec.Spec({}, {}))
    rows = {"shared": [{"ids": ["lock.no-such"], "source": "x"}]}
    with pytest.raises(spec.SpecError, match="builds on nothing that has"):
        list(spec._shared("mine", {"builds_on": ["threading"]}, rows))


def test_a_family_shares_by_patterns_and_leaves_some_out():
    rows = {"shared": [{"ids": ["lock.release.*"], "unless": ["*.returns-none"], "source": "x"}]}
    shared = [clause.id for clause in spec._shared("mine", {"builds_on": ["threading"]}, rows)]
    assert "lock.release.unlocks" in shared
    assert "lock.release.returns-none" not in shared
    assert all(clause_id.startswith("lock.release.") for clause_id in shared)


@pytest.mark.parametrize("clause", TESTABLE, ids=ids(TESTABLE))
def test_every_clause_is_checked_on_each_of_its_primitives(clause):
    checked = {p for _, clauses, about in TESTS if clause.id in clauses for p in about}
    missing = set(clause.primitives) - checked
    assert not missing, f"{clause.id} is not checked on {', '.join(sorted(missing))}"


@pytest.mark.parametrize("clause", BINDING, ids=ids(BINDING))
def test_every_binding_clause_is_broken_by_a_seeded_implementation(clause):
    if clause.platform == "windows":
        pytest.skip("this platform cannot show it")
    assert any(clause.id in variant.clauses for variant in EVERY_BROKEN)


def test_seeded_implementations_name_clauses_of_their_primitive():
    for variant in EVERY_BROKEN:
        for clause_id in variant.clauses:
            assert clause_id in OWNERS, f"{variant.file} names {clause_id}"
            clause = OWNERS[clause_id][1]
            assert clause.binding, f"{variant.file}: {clause_id} binds nobody"
            assert variant.primitive in clause.primitives, variant.file


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
