"""Tasks that take turns: what it costs to wake another one and be woken, in one event loop."""

from syncproof.bench.handoff import Turns
from syncproof.bench.tasks import made

from syncproof.timing.scenarios import TASKS, IncorrectError, scenario

READING = "two hand-offs, by the loop; set it against floor.task-switch, of which it takes two"


async def two_gates(setting):
    """Two that nobody can pass until they are released, which the first one has been."""
    gates = [made(setting), made(setting)]
    for gate in gates:
        await gate.acquire()
    gates[0].release()
    return gates


async def _take_turns(setting, loops, await_mine, give):
    turns = Turns()

    async def body(mine):
        wait, take, hand_over = await_mine[mine], turns.take, give[1 - mine]
        for _ in range(loops):
            await wait()
            take(mine)
            hand_over()

    return (await setting.crew.together(lambda: body(0), lambda: body(1))).wall


@scenario(
    "task.pingpong",
    core=True,
    primitives=("lock", "semaphore", "bounded_semaphore"),
    models=TASKS,
    kind="blocking",
    needs=("acquire",),
    relies_on=("lock.release.any-thread",),
    operation="one round trip between two tasks over two of them, each released by the other",
    reading=READING,
    floor=False,
)
def pingpong(setting):
    async def round_trips(loops):
        gates = await two_gates(setting)
        return await _take_turns(
            setting, loops, [g.acquire for g in gates], [g.release for g in gates]
        )

    return round_trips


@scenario(
    "task.pingpong",
    core=True,
    primitives=("event",),
    models=TASKS,
    kind="blocking",
    operation="one round trip between two tasks over two events, each used once",
    reading=f"{READING}; making them is in it, since some events cannot be cleared",
    floor=False,
)
def pingpong_event(setting):
    async def round_trips(loops):
        events = [setting.make(), setting.make()]

        async def wait(mine):
            await events[mine].wait()
            events[mine] = setting.make()

        def give(other):
            if events[other].is_set():
                raise IncorrectError("a new event is set")
            events[other].set()

        events[0].set()
        return await _take_turns(
            setting,
            loops,
            [lambda: wait(0), lambda: wait(1)],
            [lambda: give(0), lambda: give(1)],
        )

    return round_trips


@scenario(
    "task.pingpong",
    core=True,
    primitives=("condition",),
    models=TASKS,
    kind="blocking",
    needs=("with", "notify"),
    operation="one round trip between two tasks that wait for their turn on one condition",
    reading=READING,
    floor=False,
)
def pingpong_condition(setting):
    async def round_trips(loops):
        condition, turns = setting.make(), Turns()

        async def body(mine):
            for _ in range(loops):
                async with condition:
                    while turns.turn != mine:
                        await condition.wait()
                    turns.take(mine)
                    condition.notify()

        return (await setting.crew.together(lambda: body(0), lambda: body(1))).wall

    return round_trips


@scenario(
    "task.phase",
    core=True,
    primitives=("barrier",),
    models=TASKS,
    kind="blocking",
    operation="one phase: every party calls wait() and has returned",
    reading="what a step costs in a program whose tasks proceed in step",
    floor=False,
    parties=(2, 4),
)
def phase(setting):
    async def phases(loops):
        parties = setting["parties"]
        barrier, phase_of = setting.make(parties), [0] * parties

        async def body(mine):
            for number in range(loops):
                phase_of[mine] = number
                await barrier.wait()
                if min(phase_of) < number:
                    raise IncorrectError("a party passed before all had come")

        bodies = [lambda mine=mine: body(mine) for mine in range(parties)]
        return (await setting.crew.together(*bodies)).wall

    return phases
