"""What a call, a loop and a switch cost by themselves, on every worker, beside every figure."""

import gc
from functools import partial

from syncproof.timing.floor import python_call
from syncproof.timing.scenarios import EVERY, GREEN, TASKS, scenario, unrolled


@scenario(
    "floor.call",
    primitives=(),
    models=EVERY,
    operation="one call of a C function without arguments",
    reading="the unit of speed of this interpreter on this machine, at this moment",
    inner=10,
)
def call(setting):
    return unrolled("call()", call=gc.isenabled)


@scenario(
    "floor.python-call",
    primitives=(),
    models=EVERY,
    operation="one call of a Python function that does nothing",
    reading="what a method written in Python costs before it does anything",
    inner=10,
)
def python(setting):
    return unrolled("call()", call=python_call)


@scenario(
    "floor.loop",
    primitives=(),
    models=EVERY,
    operation="one iteration of the timing loop, a tenth of which is in every figure of a call",
    reading="what is left of the loop in the figures; it should be a few per cent of a lock's pair",
    inner=1,
)
def loop(setting):
    return unrolled("pass", times=1)


async def nothing():
    """The least that can be awaited."""


@scenario(
    "floor.await",
    primitives=(),
    models=TASKS,
    operation="await an empty coroutine",
    reading="what a method that is awaited costs before it does anything",
    inner=10,
)
def empty_await(setting):
    return unrolled("await nothing()", nothing=nothing)


@scenario(
    "floor.task-switch",
    primitives=(),
    models=TASKS,
    kind="blocking",
    operation="one bare switch, with two tasks that take turns",
    reading="what the loop costs whenever a task lets another run",
)
def task_switch(setting):
    async def turns(loops):
        async def body():
            for _ in range(loops):
                await setting.crew.switch()

        return (await setting.crew.together(body, body)).wall / 2

    return turns


@scenario(
    "floor.green-switch",
    primitives=(),
    models=GREEN,
    kind="blocking",
    operation="one bare switch, with two greenlets that take turns",
    reading="what the hub costs whenever a greenlet lets another run",
)
def green_switch(setting):
    def turns(loops):
        def body():
            for _ in range(loops):
                setting.crew.switch()

        return setting.crew.together(body, body).wall / 2

    return turns


@scenario(
    "floor.pipe",
    primitives=(),
    models=("process",),
    kind="blocking",
    operation="one byte through a pipe to another process, and one back",
    reading="what two processes need to take turns without any lock",
)
def pipe(setting):
    def round_trips(loops):
        here, there = setting.crew.context.Pipe()
        ends = setting.crew.together(
            partial(ask, here, loops), partial(answer, there, loops)
        )
        return ends.wall

    return round_trips


def ask(pipe, loops):
    for _ in range(loops):
        pipe.send_bytes(b".")
        pipe.recv_bytes()


def answer(pipe, loops):
    for _ in range(loops):
        pipe.recv_bytes()
        pipe.send_bytes(b".")
