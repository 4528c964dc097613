"""The six programs by which these primitives are taught, as whole programs.

Each does what the textbooks do, and comes out right only if the primitive does its part.
"""

from __future__ import annotations

import time
from collections import deque

from syncproof.actors import all_of
from syncproof.suite import clause, needs, primitives
from syncproof.suite.contention import contend


@primitives("lock")
@clause("lock.exclusion")
@needs("with")
def test_two_threads_count_together(lock, actors, delays):
    total = 0

    def increment():
        nonlocal total
        with lock:
            seen = total
            time.sleep(0)  # the other thread may run here: only the lock keeps it out
            total = seen + 1

    counters = contend(actors(2), delays, increment)
    assert total == sum(counter.call.value for counter in counters)


@primitives("rlock")
@clause("rlock.acquire.reentrant", "rlock.release.zero-frees")
@needs("with")
def test_a_recursive_function_locks_at_every_level(rlock, actors):
    first, second = actors(2)

    def factorial(n):
        with rlock:
            return 1 if n == 0 else n * factorial(n - 1)

    first.begins(factorial, 10).returns(3628800)
    second.begins(factorial, 5).returns(120)


@primitives("semaphore")
@clause("sem.acquire.zero-blocks", "sem.release.increments")
def test_producer_and_consumer_share_a_shelf(new, actors):
    producer, consumer = actors(2)
    shelf, stock, taken = deque(), [], []
    items, room = new(0), new(3)

    def produce():
        for item in range(12):
            room.acquire()
            shelf.append(item)
            stock.append(len(shelf))
            items.release()

    def consume():
        for _ in range(12):
            items.acquire()
            taken.append(shelf.popleft())
            room.release()

    consumer.begins(consume).blocks()  # there is nothing on the shelf
    producer.does(produce)
    consumer.completes()
    assert taken == list(range(12))
    assert max(stock) <= 3


@primitives("event")
@clause("event.wait.blocks-while-false", "event.set.wakes-all")
def test_runners_wait_for_the_starting_shot(event, actors):
    starter, *runners = actors(4)
    running = []

    def run(runner):
        event.wait()
        running.append(runner)

    for runner in runners:
        runner.begins(run, runner.name)
    all_of(runners).block()
    assert not running
    starter.does(event.set)
    all_of(runners).complete()
    assert sorted(running) == [runner.name for runner in runners]


@primitives("condition")
@clause("cond.wait.releases", "cond.wait.reacquires-on-notify", "cond.notify.default-one")
@needs("with")
def test_producer_and_consumer_share_a_basket(condition, actors):
    producer, consumer = actors(2)
    basket, taken = [], []

    def produce():
        for item in range(10):
            with condition:
                basket.append(item)
                condition.notify()

    def consume():
        for _ in range(10):
            with condition:
                while not basket:
                    condition.wait()
                taken.append(basket.pop(0))

    consumer.begins(consume).blocks()  # there is nothing in the basket
    producer.does(produce)
    consumer.completes()
    assert taken == list(range(10))


@primitives("barrier")
@clause("barrier.wait.blocks-until-parties", "barrier.wait.releases-all", "barrier.reuse")
def test_server_and_client_meet(new, actors):
    server, client = actors(2)
    meeting = new(2)
    desk = {}

    def serve():
        desk["open"] = "come in"
        meeting.wait()  # the server is ready
        meeting.wait()  # the request has been made
        return desk["request"]

    def ask():
        meeting.wait()
        desk["request"] = f"{desk['open']}: hello"
        meeting.wait()

    client.begins(ask).blocks()  # the server is not there yet
    server.begins(serve).returns("come in: hello")
    client.completes()
