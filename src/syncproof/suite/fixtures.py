"""The fixtures of the conformance tests: the stage, the actors, and what is under test."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from syncproof.actors import Actor, ScenarioError, Scene, models
from syncproof.actors.delays import Delays
from syncproof.subject import Subject
from syncproof.suite.cases import Case
from syncproof.suite.freeing import free
from syncproof.suite.judging import NOT_OFFERED
from syncproof.suite.observation import FAILED, FINDINGS, MADE, SCENE
from syncproof.suite.session import Suite

if TYPE_CHECKING:
    from syncproof.suite.schedules import Schedules


@pytest.fixture
def delays(request: pytest.FixtureRequest) -> Delays:
    """The suite's named delays, in seconds."""
    return Suite.of(request.config).delays


@pytest.fixture
def scene(request: pytest.FixtureRequest, case: Case, delays: Delays) -> Iterator[Scene]:
    """The stage of this scenario; every actor that it leaves blocked is freed at its end."""
    delays.poll_interval = case.implementation.poll_interval
    delays.contest_share = models.contest_share(case.implementation.model)
    if all(case.declared(c) for c in case.clauses):  # it may be declared to hang: soon believed
        delays = dataclasses.replace(delays, hangs=max(delays.hangs, 2))
    use_kernel = not request.config.getoption("--syncproof-no-kernel-view")
    driver = models.driver(case.implementation.model, delays, use_kernel)
    scene = request.node.stash[SCENE] = Scene(driver, delays)
    missing = Suite.of(request.config).capabilities.missing(case, scene)
    if missing:
        scene.close()
        pytest.skip(f"{NOT_OFFERED}{missing}")
    yield scene
    left = scene.busy
    if left:
        free(scene, case.primitive, request.node.stash.get(MADE, []))
    scene.close()
    if left and not request.node.stash.get(FAILED, False):
        names = ", ".join(f"{a.name} in {a.call}" for a in left)
        raise ScenarioError(f"the scenario left {names}: it must free its waiters")


@pytest.fixture
def actors(scene: Scene) -> Callable[[int], list[Actor]]:
    """``actors(4)``: that many new actors."""
    return scene.actors


@pytest.fixture
def subject(request: pytest.FixtureRequest, case: Case, scene: Scene) -> Subject:
    """The implementation under test, loaded, for this scenario's actors."""
    return scene.driver.offers(Suite.of(request.config).selection.subject(case.implementation))


@pytest.fixture
def new(request: pytest.FixtureRequest, scene: Scene, subject: Subject, case: Case) -> Any:
    """``new(...)``: one more of the primitive under test, made by an actor of its own.

    ``new.ahead``: how many are to be made at once where one is needed after the other.
    """
    stagehand = scene.actors(1)[0]
    stagehand.name = "stagehand"
    scene.cast.clear()
    made: list[Any] = []
    request.node.stash[MADE] = made

    def make(*args: Any, **kwargs: Any) -> Any:
        if case.primitive == "condition" and case.kind != "default" and not args and not kwargs:
            args = (stagehand.does(subject.lock_factory(case.kind)),)
            scene.names.thing(args[0])
        thing = stagehand.does(subject.factories[case.primitive], *args, **kwargs)
        made.append(thing)
        scene.names.thing(thing)
        return thing

    make.ahead = getattr(scene.driver, "ahead", 1)  # type: ignore[attr-defined]
    return make


@pytest.fixture
def new_lock(scene: Scene, subject: Subject, case: Case) -> Any:
    """``new_lock()``: a lock to put under a condition, of the kind that this case is about."""
    stagehand = scene.actors(1)[0]
    scene.cast.remove(stagehand)
    kind = "rlock" if case.kind == "default" else case.kind

    def make() -> Any:
        lock = stagehand.does(subject.lock_factory(kind))
        scene.names.thing(lock)
        return lock

    return make


def _only(primitive: str) -> Any:
    @pytest.fixture(name=primitive)
    def one(new: Callable[[], Any]) -> Any:
        return new()

    return one


lock = _only("lock")
rlock = _only("rlock")
semaphore = _only("semaphore")
event = _only("event")
condition = _only("condition")


@pytest.fixture
def schedules(request: pytest.FixtureRequest, case: Case, scene: Scene) -> Schedules:
    """The implementation's own code under a scheduler; skipped where that cannot be."""
    from syncproof.suite.schedules import Schedules

    return Schedules.of(request, case, scene)


@pytest.fixture
def finds(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """``finds(text)``: what a test of a property has found."""
    findings: list[str] = request.node.stash.setdefault(FINDINGS, [])
    return findings.append
