"""Histories: what happens on real threads, to whatever implementation, also in C.

Many short programs run, with threads that are made to change places between the operations. What
was called and what it returned is held against a model of what the documentation allows. Then
threads compete as fast as they can, and only what must be there in the end is counted.

A fault that is found here is a fault. That none is found says less than for code that can be
scheduled: a build with a GIL changes threads at few places in C code.
"""

from __future__ import annotations

import pytest

from syncproof.suite import clause, deep, models, needs, primitives, searches
from syncproof.suite.contention import Section
from syncproof.suite.histories import Histories

pytestmark = [deep, models("thread")]

#: How many compete, and how many turns each takes before all begin anew.
ACTORS = 3
TURNS = 50


@pytest.fixture
def histories(request, case, scene, subject, delays):
    """Free threads for the primitive under test."""
    return Histories.of(request, case, scene, subject, delays)


@primitives("lock", "rlock", "semaphore", "bounded_semaphore", "event", "condition", "barrier")
@searches
def test_random_programs_on_free_threads_are_allowed(histories):
    histories.search()


# -- as fast as they can -------------------------------------------------------------------


class Counter:
    """A counter that forgets a count when two count at once."""

    def __init__(self):
        self.value = 0

    def read(self):
        return self.value

    def write(self, value):
        self.value = value

    def count(self):
        self.write(self.read() + 1)


@primitives("lock")
@clause("lock.exclusion")
def test_free_threads_under_a_lock_lose_no_count(histories, new):
    count_under(histories, new)


@primitives("rlock")
@clause("rlock.exclusion")
def test_free_threads_under_an_rlock_lose_no_count(histories, new):
    count_under(histories, new)


def count_under(histories, new):
    for _ in histories.beginnings():
        lock, counter = new(), Counter()

        def count(lock=lock, counter=counter):
            for _ in range(TURNS):
                lock.acquire()
                counter.count()
                lock.release()

        histories.together(*[count] * ACTORS)
        assert counter.value == ACTORS * TURNS


@primitives("semaphore", "bounded_semaphore")
@clause("sem.counter.never-negative", "sem.counter.formula")
@needs("acquire.blocking")
@pytest.mark.parametrize("permits", [1, 2])
def test_free_threads_keep_the_number_of_permits(histories, new, permits):
    for _ in histories.beginnings():
        semaphore, section = new(permits), Section()

        def visit(semaphore=semaphore, section=section):
            for _ in range(TURNS):
                semaphore.acquire()
                section.log.append(1)
                section.log.append(-1)
                semaphore.release()

        histories.together(*[visit] * ACTORS)
        assert section.most_inside <= permits
        (left,) = histories.together(
            lambda s=semaphore: [s.acquire(False) for _ in range(permits + 1)]
        )
        assert left == [True] * permits + [False]


@primitives("event")
@clause("event.set.wakes-all")
@needs("clear")
def test_free_threads_that_wake_each_other_miss_no_set(histories, new):
    for _ in histories.beginnings():
        ping, pong = new(), new()

        def serve(ping=ping, pong=pong):
            for _ in range(TURNS):
                ping.set()
                pong.wait()
                pong.clear()

        def return_it(ping=ping, pong=pong):
            for _ in range(TURNS):
                ping.wait()
                ping.clear()
                pong.set()

        histories.together(serve, return_it)


@primitives("condition")
@clause("cond.wait.no-lost-wakeup")
@needs("acquire", "notify")
def test_free_threads_hand_over_all_goods(histories, new):
    for _ in histories.beginnings():
        condition, shelf = new(), []

        def bring(condition=condition, shelf=shelf):
            for number in range(2 * TURNS):
                condition.acquire()
                shelf.append(number)
                condition.notify()
                condition.release()

        def fetch(condition=condition, shelf=shelf):
            fetched = []
            for _ in range(TURNS):
                condition.acquire()
                while not shelf:
                    condition.wait()
                fetched.append(shelf.pop())
                condition.release()
            return fetched

        _, one, other = histories.together(bring, fetch, fetch)
        assert sorted(one + other) == list(range(2 * TURNS))


@primitives("barrier")
@clause("barrier.wait.index-unique", "barrier.wait.releases-all")
def test_free_threads_pass_round_after_round(histories, new):
    for _ in histories.beginnings():
        barrier, arrived = new(ACTORS), []

        def pass_through(barrier=barrier, arrived=arrived):
            indices, ahead = [], []
            for number in range(TURNS):
                arrived.append(number)
                indices.append(barrier.wait())
                ahead.append(arrived.count(number))
            return indices, ahead

        rounds = histories.together(*[pass_through] * ACTORS)
        for indices in zip(*[indices for indices, _ in rounds]):
            assert sorted(indices) == list(range(ACTORS))
        assert all(here == ACTORS for _, ahead in rounds for here in ahead)
