"""Actors that proceed in step, phase by phase, over one barrier."""

from time import perf_counter

from syncproof.interpreters import processors
from syncproof.timing.scenarios import GREEN, IncorrectError, scenario

MODELS = ("thread", *GREEN)


@scenario(
    "phase",
    core=True,
    primitives=("barrier",),
    models=MODELS,
    kind="blocking",
    operation="one phase: every party calls wait() and has returned",
    reading="what a step costs in a program whose actors proceed in step",
    floor=False,
    parties=(2, 4),
)
def phase(setting):
    def phases(loops):
        return passed(setting, setting.make(setting["parties"]), setting["parties"], loops)

    return phases


@scenario(
    "phase_action",
    primitives=("barrier",),
    models=MODELS,
    kind="blocking",
    needs=("action",),
    operation="one phase with an action, which one of the parties calls before they go on",
    reading="set it against phase.parties=4: what is more is the action's",
    floor=False,
    parties=(4,),
)
def phase_action(setting):
    def phases(loops):
        done = []
        barrier = setting.make(setting["parties"], lambda: done.append(True))
        wall = passed(setting, barrier, setting["parties"], loops)
        if len(done) != loops:
            raise IncorrectError(f"{len(done)} actions in {loops} phases")
        return wall

    return phases


@scenario(
    "crowded_phase",
    primitives=("barrier",),
    kind="blocking",
    operation="as phase, with so many parties for each processor",
    reading="time a phase: set it against phase.parties=4; parties do not all run at once",
    floor=False,
    parties_per_cpu=(4, 16),
)
def crowded_phase(setting):
    def phases(loops):
        parties = setting["parties_per_cpu"] * processors()
        return passed(setting, setting.make(parties), parties, loops)

    return phases


@scenario(
    "skew",
    primitives=("barrier",),
    kind="latency",
    operation="one phase, from the return of the first party to the return of the last",
    reading="how far apart they go on; read the percentiles",
    floor=False,
    parties=(2, 4, 8),
)
def skew(setting):
    def phases(loops):
        parties = setting["parties"]
        barrier = setting.make(parties)
        came, left = [[] for _ in range(parties)], [[] for _ in range(parties)]

        def body(mine):
            wait, clock = barrier.wait, perf_counter
            comes, leaves = came[mine].append, left[mine].append
            for _ in range(loops):
                comes(clock())
                wait()
                leaves(clock())

        setting.crew.together(*[lambda mine=mine: body(mine) for mine in range(parties)])
        for comings, leavings in zip(zip(*came), zip(*left)):
            if max(comings) > min(leavings):
                raise IncorrectError("a party passed before all had come")
        return [max(leavings) - min(leavings) for leavings in zip(*left)]

    return phases


def passed(setting, barrier, parties, loops):
    """Seconds for so many phases; each has one party of each index."""
    sums = [0] * parties

    def body(mine):
        wait = barrier.wait
        for _ in range(loops):
            sums[mine] += wait()

    wall = setting.crew.together(*[lambda mine=mine: body(mine) for mine in range(parties)]).wall
    expected = loops * parties * (parties - 1) // 2
    if sum(sums) != expected:
        raise IncorrectError(f"indices of {loops} phases add up to {sum(sums)}, not {expected}")
    return wall
