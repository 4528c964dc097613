"""The registered implementations: what their adapters declare is well formed, and is so."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement

from syncproof import registry, spec
from syncproof.subject import PROBES, lacks
from syncproof.vocabulary import PRIMITIVES

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

OURS = [i for i in registry.registered().values() if i.origin.startswith("implementations/")]
THIRD_PARTIES = [i for i in OURS if i.distribution]
#: gevent-monkey changes the whole process that loads it: only `syncproof check` does.
AVAILABLE = [i for i in OURS if not registry.unavailable(i) and i.name != "gevent-monkey"]
VARIANTS = ("", "default", "over-lock", "over-rlock")


def each(implementations):
    return pytest.mark.parametrize("implementation", implementations, ids=lambda i: i.name)


def test_what_issue_and_documentation_promise_is_registered():
    names = {i.name for i in OURS}
    standard = {"threading", "threading-python", "_thread", "multiprocessing", "asyncio"}
    others = {"aiologic", "fastrlock", "filelock", "readerwriterlock", "ft_utils", "trio", "anyio"}
    assert standard | others <= names


@each(OURS)
def test_the_primitives_are_known_and_in_order(implementation):
    assert implementation.primitives
    assert implementation.primitives == tuple(
        p for p in PRIMITIVES if p in implementation.primitives
    )
    assert implementation.about


@each(OURS)
def test_deviations_name_clauses_that_it_could_break(implementation):
    clauses = spec.load(implementation.family)
    for deviation in implementation.deviations:
        assert deviation.clause in clauses, deviation.clause
        clause = clauses[deviation.clause]
        assert clause.binding, f"{clause.id} fails nobody"
        of_it = set(clause.primitives) & set(implementation.primitives)
        assert of_it, f"{clause.id} is about none of its primitives"
        assert set(deviation.primitives) <= of_it, clause.id
        assert deviation.variant in VARIANTS, clause.id
        assert not deviation.variant or "condition" in of_it, clause.id


@each(OURS)
def test_deviations_say_what_why_and_where(implementation):
    for deviation in implementation.deviations:
        assert deviation.does, deviation.clause
        assert deviation.why, deviation.clause
        assert deviation.link.startswith("https://"), deviation.clause
        if deviation.when:
            Marker(deviation.when)


@each(OURS)
def test_no_deviation_is_declared_twice(implementation):
    keys = Counter((d.clause, d.primitives, d.variant, d.when) for d in implementation.deviations)
    assert not [key for key, times in keys.items() if times > 1]


@each(OURS)
def test_what_it_lacks_is_a_capability_that_the_suite_knows(implementation):
    for key, reason in implementation.lacks.items():
        primitive, _, capability = key.partition(".")
        assert primitive in implementation.primitives, key
        assert capability in PROBES[primitive], key
        assert reason, key


@each(AVAILABLE)
def test_what_it_lacks_is_not_there(implementation):
    factories = implementation.load()
    for key in implementation.lacks:
        primitive, _, capability = key.partition(".")
        assert lacks(primitive, capability, factories[primitive]), f"{key} is offered"


@each(AVAILABLE)
def test_it_loads_and_makes_every_primitive(implementation):
    factories = implementation.load()
    assert set(implementation.primitives) <= set(factories)
    for primitive in implementation.primitives:
        arguments = {"barrier": [2], "semaphore": [1], "bounded_semaphore": [1]}
        made = factories[primitive](*arguments.get(primitive, []))
        assert made is not None


@each(AVAILABLE)
def test_it_has_a_version(implementation):
    assert registry.version(implementation)


@each(THIRD_PARTIES)
def test_one_that_is_not_installed_says_so_with_the_line_that_installs_it(implementation):
    reason = registry.unavailable(implementation)
    if not reason:
        absent = dataclasses.replace(implementation, requires=("no_such_module",))
        reason = registry.unavailable(absent)
    assert "is not installed" in reason
    assert reason.endswith(f"pip install {implementation.distribution}")


@each(THIRD_PARTIES)
def test_its_extra_installs_its_distribution(implementation):
    project = Path(__file__).parents[1] / "pyproject.toml"
    extras = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    requirements = [Requirement(line) for line in extras[implementation.extra]]
    assert normal(implementation.distribution) in {normal(r.name) for r in requirements}


def normal(name):
    """A distribution's name as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_no_provider_is_imported_before_it_is_loaded():
    modules = sorted({name for i in THIRD_PARTIES for name in i.requires})
    assert modules
    program = (
        "import sys\n"
        "from syncproof import registry\n"
        "for implementation in registry.registered().values():\n"
        "    registry.unavailable(implementation), registry.version(implementation)\n"
        f"print(*[name for name in {modules} if name in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == ""


@each([i for i in OURS if i.twin_of])
def test_a_twin_is_one_of_another_that_is_no_twin(implementation):
    assert not registry.registered()[implementation.twin_of].twin_of
