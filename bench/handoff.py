"""Actors that take turns, threads or greenlets: what it costs to wake another and be woken."""

from syncproof.bench.phases import passed

from syncproof.timing.scenarios import GREEN, IncorrectError, scenario

#: Code that blocks is the same for threads and for greenlets.
MODELS = ("thread", *GREEN)
READING = "two hand-offs: half of it is the time from a release to the other one's return"


class Turns:
    """Whose turn it is; an actor that comes out of turn makes the result incorrect."""

    def __init__(self):
        self.turn = 0

    def take(self, mine):
        if self.turn != mine:
            raise IncorrectError(f"actor {mine} was let in when it was the other one's turn")
        self.turn = 1 - mine


def two_gates(setting):
    """Two that nobody can pass until they are released, which the first one has been."""
    gates = [setting.make(), setting.make()]
    for gate in gates:
        gate.acquire()
    gates[0].release()
    return gates


def _take_turns(setting, loops, await_mine, give):
    turns = Turns()

    def body(mine):
        wait, take, hand_over = await_mine[mine], turns.take, give[1 - mine]
        for _ in range(loops):
            wait()
            take(mine)
            hand_over()

    return setting.crew.together(lambda: body(0), lambda: body(1)).wall


@scenario(
    "pingpong",
    core=True,
    primitives=("lock", "semaphore", "bounded_semaphore"),
    models=MODELS,
    kind="blocking",
    needs=("acquire",),
    relies_on=("lock.release.any-thread",),
    operation="one round trip between two actors over two of them, each released by the other",
    reading=READING,
    floor=False,
)
def pingpong(setting):
    def round_trips(loops):
        gates = two_gates(setting)
        return _take_turns(setting, loops, [g.acquire for g in gates], [g.release for g in gates])

    return round_trips


@scenario(
    "pingpong",
    core=True,
    primitives=("event",),
    models=MODELS,
    kind="blocking",
    needs=("clear",),
    operation="one round trip between two actors over two events, each cleared by its waiter",
    reading=READING,
    floor=False,
)
def pingpong_event(setting):
    def round_trips(loops):
        events = [setting.make(), setting.make()]

        def await_and_clear(event):
            if event.wait() is False:
                raise IncorrectError("wait() without a timeout returned False")
            event.clear()

        events[0].set()
        return _take_turns(
            setting,
            loops,
            [lambda: await_and_clear(events[0]), lambda: await_and_clear(events[1])],
            [e.set for e in events],
        )

    return round_trips


@scenario(
    "pingpong",
    core=True,
    primitives=("condition",),
    models=MODELS,
    kind="blocking",
    needs=("with", "notify"),
    operation="one round trip between two actors that wait for their turn on one condition",
    reading=READING,
    floor=False,
)
def pingpong_condition(setting):
    def round_trips(loops):
        condition = setting.make()
        turns = Turns()

        def body(mine):
            for _ in range(loops):
                with condition:
                    while turns.turn != mine:
                        condition.wait()
                    turns.take(mine)
                    condition.notify()

        return setting.crew.together(lambda: body(0), lambda: body(1)).wall

    return round_trips


@scenario(
    "pingpong",
    core=True,
    primitives=("barrier",),
    models=MODELS,
    kind="blocking",
    operation="two phases of a barrier of two: each has waited for the other twice",
    reading=READING,
    floor=False,
)
def pingpong_barrier(setting):
    def round_trips(loops):
        return passed(setting, setting.make(2), 2, 2 * loops)

    return round_trips
