"""Actors that are tasks: what each event loop's driver can do, and what a scenario sees of it."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import signal
import subprocess
import sys
import time
from contextlib import suppress

import pytest

from syncproof.actors import ScenarioError, Scene, Stuck, Violation, all_of, models, one_of
from syncproof.actors.carriers import breathe
from syncproof.actors.delays import Delays
from syncproof.registry import TargetError, registered, resolve, unavailable
from syncproof.subject import Subject

LOOPS = ("asyncio", "trio", "anyio")


@pytest.fixture(params=LOOPS)
def model(request):
    if importlib.util.find_spec(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    return request.param


@pytest.fixture
def scene(model):
    delays = Delays()
    one = Scene(models.driver(model, delays), delays)
    yield one
    one.close()


@pytest.fixture
def factories(scene, model):
    return scene.driver.offers(Subject(registered()[model])).factories


# -- what a driver must be able to do -------------------------------------------------------


def test_an_actor_starts_and_returns(scene):
    (actor,) = scene.actors(1)
    assert actor.does(lambda: 6 * 7) == 42


def test_an_operation_is_done_by_the_actors_own_task(scene, factories):
    one, other = scene.actors(2)
    lock = factories["lock"]()
    one.does(lock.acquire)
    other.begins(lock.acquire).blocks()
    one.does(lock.release)
    other.completes()


def test_what_is_blocked_is_known_at_once(scene, factories):
    (waiter,) = scene.actors(1)
    event = factories["event"]()
    began = time.monotonic()
    for _ in range(50):
        waiter.begins(event.wait).blocks()
        waiter.is_cancelled().ends_cancelled()
    assert time.monotonic() - began < 10  # no settle window, which alone would take twice that


def test_a_plain_function_may_do_several_operations(scene, factories):
    one, other = scene.actors(2)
    lock = factories["lock"]()

    def twice():
        for _ in range(2):
            with lock:
                breathe()
        return "done"

    one.begins(twice)
    other.begins(twice)
    assert [a.completes() for a in (one, other)] == ["done", "done"]


def test_what_an_operation_raises_reaches_the_function(scene, factories):
    (actor,) = scene.actors(1)
    lock = factories["lock"]()

    def release_twice():
        try:
            lock.release()
        except RuntimeError:
            return "refused"
        return "accepted"

    assert actor.does(release_twice) == "refused"
    actor.begins(lock.release).raises(RuntimeError)


def test_a_wait_that_nothing_can_end_is_stuck_at_once(scene, factories):
    (waiter,) = scene.actors(1)
    event = factories["event"]()
    began = time.monotonic()
    with pytest.raises(Stuck, match=r"a did not finish Event.wait\(\)") as told:
        waiter.does(event.wait)
    assert "wait" in str(told.value).split("\n", 1)[1]
    assert time.monotonic() - began < scene.delays.deadline


def test_time_passes_only_when_the_scenario_lets_it(scene, model):
    sleeper, other = scene.actors(2)
    sleep = {"asyncio": asyncio.sleep}.get(model)
    if sleep is None:
        module = __import__(model)
        sleep = module.sleep
    operation = scene.driver.operation(sleep, "sleep")
    sleeper.begins(operation, 3600.0).blocks()
    scene.passes(1800.0)
    sleeper.remains_blocked()
    began = time.monotonic()
    scene.passes(1801.0)
    sleeper.completes()
    sleeper.took_at_least(3600.0)
    assert time.monotonic() - began < 60
    other.does(operation, 0.001)


def test_a_cancelled_operation_ends_and_the_actor_goes_on(scene, factories):
    (waiter,) = scene.actors(1)
    event = factories["event"]()
    for _ in range(3):
        waiter.begins(event.wait).blocks()
        waiter.is_cancelled().ends_cancelled()
    waiter.does(event.set)
    waiter.does(event.wait)


def test_a_cancellation_reaches_a_plain_function_where_it_waits(scene, factories):
    (waiter,) = scene.actors(1)
    event = factories["event"]()
    left = []

    def wait_and_tell():
        try:
            event.wait()
        finally:
            left.append(True)

    waiter.begins(wait_and_tell).blocks()
    waiter.is_cancelled().ends_cancelled()
    assert left == [True]


def test_a_predicate_is_called_by_the_implementation(scene, factories, model):
    waiter, notifier = scene.actors(2)
    condition = factories["condition"]()
    if model == "trio":
        pytest.skip("it has no wait_for")
    good = []

    def wait():
        with condition:
            return condition.wait_for(lambda: list(good))

    waiter.begins(wait).blocks()

    def change():
        with condition:
            good.append(1)
            condition.notify_all()

    notifier.does(change)
    assert waiter.completes() == [1]


def test_a_predicate_cannot_wait(scene, factories, model):
    if model == "trio":
        pytest.skip("it has no wait_for")
    (waiter,) = scene.actors(1)
    condition, lock = factories["condition"](), factories["lock"]()

    def wait():
        with condition:
            condition.wait_for(lock.acquire)

    waiter.begins(wait).raises(TypeError)


def test_what_spins_keeps_nobody_waiting_for_ever(scene, model):
    spinner, other = scene.actors(2)
    module = __import__(model)

    async def spin():
        while True:
            await module.sleep(0)

    spinner.begins(scene.driver.operation(spin, "spin")).blocks()
    assert other.does(lambda: "still here") == "still here"


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="nothing interrupts it here")
def test_one_that_spins_without_a_pause_is_interrupted(model):
    delays = Delays(hangs=10)  # little patience
    scene = Scene(models.driver(model, delays), delays)
    spinner, other = scene.actors(2)

    async def spin():
        while True:
            pass

    with pytest.raises(Stuck, match="let no other task run"):
        spinner.does(scene.driver.operation(spin, "spin"))
    assert other.does(lambda: "still here") == "still here"
    scene.close()
    assert signal.getsignal(signal.SIGVTALRM) is signal.SIG_DFL


def test_a_task_that_does_not_end_is_left_behind_and_the_next_scene_is_not_disturbed(model):
    module = __import__(model)

    async def stay():
        while True:
            with suppress(scene.driver.cancelled):
                await module.sleep(3600)

    for _ in range(2):
        scene = Scene(models.driver(model, Delays()), Delays())
        stubborn, other = scene.actors(2)
        stubborn.begins(scene.driver.operation(stay, "stay")).blocks()
        assert other.does(lambda: "fresh") == "fresh"
        scene.close()


@pytest.fixture
def usual_handler():
    """That of a terminal: a job in the background has interrupts ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_the_handler_of_interrupts_is_left_alone(usual_handler, scene):
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_group_of_tasks_reads_like_one_of_threads(scene, factories):
    holder, *waiters = scene.actors(4)
    semaphore = factories["semaphore"](1)
    holder.does(semaphore.acquire)
    all_of(waiters).begin(semaphore.acquire).block()
    holder.does(semaphore.release)
    one_of(waiters).completes()
    with pytest.raises(Violation):
        all_of([w for w in waiters if not w.busy]).block()


def test_the_story_names_the_primitive_and_not_what_stands_for_it(scene, factories):
    (actor,) = scene.actors(1)
    lock = factories["lock"]()
    actor.does(lock.acquire)
    assert ("a", "begins Lock.acquire()") in scene.trace
    assert "carriers" not in repr(lock)


def test_tasks_have_no_main_thread(scene):
    with pytest.raises(ScenarioError):
        scene.driver.hire_main()


def test_threads_cannot_be_cancelled():
    scene = Scene(models.driver("thread", Delays()), Delays())
    (actor,) = scene.actors(1)
    with pytest.raises(ScenarioError, match="cancel"):
        actor.is_cancelled()
    scene.close()


def test_an_unknown_model_has_no_driver():
    with pytest.raises(ScenarioError, match="no driver for the fibre model"):
        models.driver("fibre", Delays())


# -- which model a target is of --------------------------------------------------------------

LOCK = """
import {module}

class Lock:
    def __init__(self):
        self._lock = {module}.Lock()

    async def acquire(self):
        return await self._lock.acquire()

    def release(self):
        self._lock.release()

    def locked(self):
        return self._lock.locked()

    async def __aenter__(self):
        await self.acquire()

    async def __aexit__(self, *exc):
        self.release()
"""


@pytest.mark.parametrize("module", LOOPS)
def test_the_model_of_coroutine_methods_is_that_of_what_is_imported(module, tmp_path):
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"{module} is not installed")
    path = tmp_path / f"on_{module}.py"
    path.write_text(LOCK.format(module=module))
    found = resolve(str(path))
    assert (found.model, found.family) == (module, module)
    assert resolve(str(path), model="asyncio").model == "asyncio"


def test_plain_methods_are_those_of_threads():
    assert resolve("threading").model == "thread"
    assert resolve("threading:Lock", "lock").model == "thread"


def test_the_model_of_what_is_registered_is_known():
    with pytest.raises(TargetError, match="of the asyncio model: leave --model trio out"):
        resolve("asyncio", model="trio")


def syncproof(*words, cwd):
    return subprocess.run(
        [sys.executable, "-m", "syncproof", *words],
        capture_output=True, text=True, timeout=600, cwd=cwd, check=False,
    )  # fmt: skip


@pytest.mark.twice
def test_a_lock_for_tasks_is_checked_like_any_other(tmp_path):
    (tmp_path / "mylocks.py").write_text(LOCK.format(module="asyncio"))
    done = syncproof("check", "mylocks.py", "--json", "out.json", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    document = json.loads((tmp_path / "out.json").read_text())
    assert (document["model"], document["family"]) == ("asyncio", "asyncio")
    clauses = {r["clause"] for r in document["results"]}
    assert {"cancel.lock.nothing-lost", "asyncio.lock.fifo", "lock.release.free-raises"} <= clauses
    assert not any("timeout" in c for c in clauses)


@pytest.mark.twice
def test_a_broken_one_is_told_with_its_story(tmp_path):
    text = LOCK.format(module="asyncio").replace("        self._lock.release()\n", "        pass\n")
    (tmp_path / "mylocks.py").write_text(text)
    done = syncproof("check", "mylocks.py", "--model", "asyncio", cwd=tmp_path)
    assert done.returncode == 1
    assert "lock.release.unlocks" in done.stdout
    assert "https://docs.python.org/3/library/asyncio-sync.html#asyncio.Lock.release" in done.stdout
    assert "--model asyncio --primitive lock --clause" in done.stdout


@pytest.mark.twice
def test_a_model_that_does_not_exist_is_refused(tmp_path):
    done = syncproof("check", "threading", "--model", "fibre", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "fibre" in done.stderr


#: What is broken in which versions of Python, and of what is installed there.
ASYNCIO = {
    # a waiter that is cancelled leaves its index to another: gh-155233
    "asyncio.cancel.barrier.index-unique": sys.version_info >= (3, 11),
    # a notify is lost with the waiter that is cancelled: gh-112202
    "cancel.cond.nothing-lost": sys.version_info < (3, 12, 4),
    # the condition raises another error than the one that hit it: gh-111693
    "cancel.cond.same-error": sys.version_info < (3, 12, 4),
    # permits are lost when woken waiters are cancelled: gh-90155
    "cancel.sem.nothing-lost": sys.version_info < (3, 10, 8),
}
#: The last anyio for Python 3.9 does not believe that the lock under a condition is held, unless
#: it was acquired by way of the condition.
ANYIO = dict.fromkeys(
    (
        "cond.init.uses-given-lock",
        "cond.init.shared-lock",
        "cond.notify.unowned-raises",
        "cond.notify_all.unowned-raises",
    ),
    sys.version_info < (3, 10),
)
KNOWN = {"asyncio": ASYNCIO, "trio": {}, "anyio": ANYIO, "anyio-trio": ANYIO}


#: asyncio is another one on every interpreter; the others are the same.
CHECKED = ["asyncio", *(pytest.param(n, marks=pytest.mark.twice) for n in KNOWN if n != "asyncio")]


@pytest.mark.parametrize("name", CHECKED)
def test_nothing_is_said_of_a_registered_one_but_what_is_known(name, tmp_path):
    """The bugs that these versions have are found without being told the version."""
    if unavailable(registered()[name]):
        pytest.skip(f"{name} is not installed")
    done = syncproof("check", name, "--json", "out.json", "--depth", "quick", cwd=tmp_path)
    document = json.loads((tmp_path / "out.json").read_text())
    bad = {r["clause"] for r in document["results"] if r["outcome"] not in GOOD}
    expected = {clause for clause, there in KNOWN[name].items() if there}
    assert bad <= expected, done.stdout
    assert done.returncode == int(bool(bad))


#: What makes nothing nonconformant.
GOOD = ("pass", "property", "skipped", "deviation")


@pytest.mark.twice
def test_what_is_about_threads_only_says_so_of_tasks(tmp_path):
    done = syncproof("explore", "asyncio", "--primitive", "lock", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "threads" in done.stderr


@pytest.mark.twice
def test_a_try_that_raises_what_its_library_raises_is_right(tmp_path):
    pytest.importorskip("trio")
    text = LOCK.format(module="trio").replace("        return await self._lock.acquire()\n",
                                              "        await self._lock.acquire()\n")
    text += "\n    def acquire_nowait(self):\n        self._lock.acquire_nowait()\n"
    (tmp_path / "mylocks.py").write_text(text)
    done = syncproof("check", "mylocks.py", "--clause", "tasks.lock.nowait", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert "1 clause kept" in done.stdout
