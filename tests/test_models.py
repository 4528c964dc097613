"""The models, against threading itself: one operation after the other, and what they may do.

Each actor is a thread of its own, which does one operation when it is told to; so the outcome of
each is decided, and the model must allow it. An operation that the model says is blocked for good
is left out.
"""

from __future__ import annotations

import random
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncproof import history, spec
from syncproof.history import programs
from syncproof.history.models import model_of
from syncproof.history.models.blamed import BLAMED
from syncproof.history.models.model import FINISHED, State
from syncproof.history.oracle import judge
from syncproof.history.program import OPERATIONS, Op, Program, call_of, raised
from syncproof.history.record import Event, History

pytestmark = pytest.mark.twice

CASES = [
    Program("lock", ()),
    Program("rlock", ()),
    Program("semaphore", (), 0),
    Program("semaphore", (), 2),
    Program("bounded_semaphore", (), 0),
    Program("bounded_semaphore", (), 2),
    Program("event", ()),
    Program("condition", (), None, "default"),
    Program("condition", (), None, "lock"),
    Program("condition", (), None, "rlock"),
    Program("barrier", (), 1),
    Program("barrier", (), 2),
]
TIMEOUT = 0.0005


def made(program):
    makers = {
        "lock": threading.Lock,
        "rlock": threading.RLock,
        "semaphore": lambda: threading.Semaphore(program.setup),
        "bounded_semaphore": lambda: threading.BoundedSemaphore(program.setup),
        "event": threading.Event,
        "condition": lambda: threading.Condition(
            {"default": lambda: None, "lock": threading.Lock, "rlock": threading.RLock}[
                program.variant or "default"
            ]()
        ),
        "barrier": lambda: threading.Barrier(program.setup),
    }
    return makers[program.primitive]()


def operations(primitive):
    """The operations of a program; some take a number."""
    plain = [Op(name) for name in OPERATIONS[primitive]]
    if "semaphore" in primitive:
        plain += [Op("release", 2), Op("release", 3)]
    if primitive == "condition":
        plain += [Op("notify", 2)]
    return plain


@pytest.fixture(scope="module")
def threads():
    pools = [ThreadPoolExecutor(1) for _ in range(2)]
    yield pools
    for pool in pools:
        pool.shutdown()


@pytest.mark.parametrize("program", CASES, ids=str)
def test_what_threading_does_is_allowed(program, threads):
    ops = operations(program.primitive)

    @settings(max_examples=60, deadline=None, database=None)
    @given(st.lists(st.tuples(st.integers(0, 1), st.sampled_from(ops)), max_size=14))
    def sequence(steps):
        done = History(program)
        thing = made(program)
        for actor, op in steps:
            done.events.append(Event(actor, op))
            done.ended = "deadlock"
            if judge(done) is None:  # it may block for good
                done.events.pop()
                continue
            done.ended = ""
            call = call_of(op, TIMEOUT)
            try:
                value = threads[actor].submit(call, thing).result(10)
            except Exception as error:
                value = raised(error, threading.BrokenBarrierError)
            done.events.append(Event(actor, op, True, value))
            fault = judge(done)
            assert fault is None, [str(fault), *map(str, done.events)]

    sequence()


def reachable(program, most=20_000):
    """All states in which the model may be while a program runs."""
    model = model_of(program)
    start = (State(model.start(program), (None,) * len(program.actors)), (0,) * len(program.actors))
    found, todo = {start}, [start]
    while todo and len(found) < most:
        state, done = todo.pop()
        for actor, ops in enumerate(program.actors):
            call = state.calls[actor]
            if call is not None and call.at == FINISHED:
                after = [(model.returned(state, actor), done)]
            elif call is not None:
                after = [(s, done) for s in model.moves(state, actor)]
            elif done[actor] < len(ops):
                counted = (*done[:actor], done[actor] + 1, *done[actor + 1 :])
                after = [(model.call(state, actor, ops[done[actor]]), counted)]
            else:
                after = []
            for node in after:
                if node not in found:
                    found.add(node)
                    todo.append(node)
    return model, [state for state, _ in found]


@pytest.mark.parametrize("program", CASES, ids=str)
def test_every_state_makes_sense(program):
    """No state is stuck by an exception, and the thing is always something that it can be."""
    rng = random.Random(5)
    for _ in range(20):
        actors = tuple(
            tuple(rng.choice(operations(program.primitive)) for _ in range(2)) for _ in range(3)
        )
        _, states = reachable(Program(program.primitive, actors, program.setup, program.variant))
        for state in states:
            thing = state.thing
            if "semaphore" in program.primitive:
                assert thing >= 0
                if program.primitive == "bounded_semaphore":
                    assert thing <= program.setup
            elif program.primitive in ("event", "barrier"):
                assert thing in (True, False)
            elif thing is not None:
                assert thing.depth >= 1
            for call in state.calls:
                assert call is None or (call.at == FINISHED) == bool(call.outcomes)


def test_a_round_gives_each_index_once():
    program = programs.parse("barrier(3): wait | wait | wait")
    _, states = reachable(program)
    over = [s for s in states if all(c is not None and c.outcomes for c in s.calls)]
    assert {tuple(c.outcomes[0] for c in s.calls) for s in over} == {
        ("0", "1", "2"), ("0", "2", "1"), ("1", "0", "2"),
        ("1", "2", "0"), ("2", "0", "1"), ("2", "1", "0"),
    }  # fmt: skip


def test_waiting_sets_have_no_order():
    """Either waiter may be woken by a notify, or both."""
    program = programs.parse(
        "condition: acquire wait leave | acquire wait leave | acquire notify leave"
    )
    model, states = reachable(program)
    places = {tuple(c.at if c else "" for c in s.calls) for s in states if model is not None}
    for woken in (("woken", "waiting"), ("waiting", "woken"), ("woken", "woken")):
        assert any(p[:2] == woken for p in places)


CLAUSE_ID = re.compile(r'"((?:mod|lock|rlock|sem|bsem|event|cond|barrier|property)\.[\w.-]+)"')


@pytest.mark.parametrize(
    ("file", "primitives"),
    [
        ("lock", {"lock"}),
        ("rlock", {"rlock"}),
        ("semaphore", {"semaphore", "bounded_semaphore"}),
        ("event", {"event"}),
        ("condition", {"condition"}),
        ("barrier", {"barrier"}),
        ("model", set()),
    ],
)
def test_what_is_blamed_is_a_clause_of_that_primitive(file, primitives):
    text = Path(history.__file__).with_name("models").joinpath(f"{file}.py").read_text()
    ids = set(CLAUSE_ID.findall(text))
    assert ids
    clauses = spec.load()
    for clause_id in ids:
        asked = {"bounded_semaphore"} if clause_id.startswith("bsem.") else primitives
        assert asked <= set(clauses[clause_id].primitives), clause_id
        if clauses[clause_id].level != "property":
            assert all(clause_id in BLAMED[p] for p in asked), clause_id
        assert clauses[clause_id].binding or clauses[clause_id].level == "property", clause_id
