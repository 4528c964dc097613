"""What fits into a budget: how many rounds, and whose turn is how long.

Slices are short, so that every implementation can have many; what is scarce in a short budget are
processes, each of which costs its start, and the slices of what contends, each of which is long.
Where there is no time for all of these, scenarios are left out: the same ones for everybody, since
a figure that only one implementation has compares with nothing.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from syncproof.timing.scenarios import GREEN, TASKS, Case

#: Processes for each implementation: seven on each side are what a comparison of forty cases needs
#: to be able to find anything (see ``statistics.smallest_p``). One of its own is the least.
ROUNDS = (1, 8)

#: What a process costs before its first slice, and what a turn of each kind does, in seconds: that
#: is slices of the implementation, of threading and of the floor, the mean of a first turn, in
#: which loops are calibrated, and of a later one.
START = 0.5
COST = {"hot": 0.006, "blocking": 0.030, "latency": 0.035, "window": 0.220, "memory": 0.060}
#: Tasks and greenlets are at work from the first moment of a window, with no threads beside.
COST_OF_TASKS = {"window": 0.060}
#: Where each slice starts processes: copies of this one, or interpreters of their own.
COST_OF_FORKS = {"blocking": 0.110, "latency": 0.160, "window": 0.280}
COST_OF_INTERPRETERS = {"blocking": 0.850, "latency": 0.430, "window": 0.640}
COST_OF = {
    **dict.fromkeys((*TASKS, *GREEN), COST_OF_TASKS),
    **dict.fromkeys(("process", "fork"), COST_OF_FORKS),
    **dict.fromkeys(("spawn", "forkserver"), COST_OF_INTERPRETERS),
}

#: How many turns a case of each kind is to have in a round, where there is time enough; where there
#: is not, all have fewer in proportion.
WANTED = {"hot": 20, "blocking": 4, "latency": 4, "window": 2, "memory": 1}

#: Turns of a hot case below which a round is not worth the start of its process, and the part of
#: the budget that may go into that.
LEAST = 4
PART = 0.25

#: So many slices a case needs at least, over all rounds, for anything to be said of it.
SLICES = 2

#: What part of the time for what contends is given away: slices take longer than planned here and
#: there, and who is left without has a gap in its row.
FILLED = 0.7

#: Kinds that are the same whenever one looks need no more than that.
ONCE = ("memory",)

#: A round of less than so many seconds beyond its start is left out: it would not get warm.
SHORTEST = 0.3


@dataclass(frozen=True)
class Plan:
    """How a run is laid out."""

    rounds: int
    #: For each implementation the part of a round that is its own.
    parts: Sequence[float]
    #: How many cells are to be timed, and the cases that there is no time for, by id.
    cells: int
    left_out: frozenset[str]
    #: Seconds of the budget; and what it takes for each cell to be timed at least twice.
    budget: float
    needed: float

    @property
    def short(self) -> bool:
        """Whether some cells are left out, or will have fewer slices than they need."""
        return self.needed > self.budget

    def told(self) -> str:
        """In one line."""
        said = (
            f"{self.cells} cells of {_many(len(self.parts), 'implementation')}"
            f" in {_many(self.rounds, 'round')}"
        )
        if not self.short:
            return said
        seconds = math.ceil(self.needed)
        needed = f"{seconds} s" if seconds < 100 else f"{math.ceil(seconds / 60)} min"
        return (
            f"{said}: the budget is short, {_many(len(self.left_out), 'case')} left out"
            f" ({needed} would do for all)"
        )


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def plan(
    targets: Sequence[tuple[str, Sequence[Case]]], budget: float, load: float = 1.0,
    kept: float = 0.0,
) -> Plan:
    """For implementations, each with its actors and its cases; the budget is in seconds.

    Actors are those of an execution model, or processes, by the method that starts them.
    ``load`` is how many times as long a start takes here and now, ``kept`` the part of the budget
    that is kept for something else.
    """
    whole, budget = budget, budget * (1 - kept)
    fixed = [load * START + LEAST * _cost(actors, cases, hot=True) for actors, cases in targets]
    others = [_cost(actors, cases, hot=False) for actors, cases in targets]
    fewest, most = ROUNDS
    rounds = max(fewest, min(most, int(PART * budget / sum(fixed))))
    needed = fewest * sum(fixed) + SLICES * sum(others)
    left_out: frozenset[str] = frozenset()
    if needed > budget:
        left_out = _left_out(targets, FILLED * (budget - rounds * sum(fixed)))
        targets = [(a, [c for c in cases if c.id not in left_out]) for a, cases in targets]
        others = [_cost(actors, cases, hot=False) for actors, cases in targets]
    costs = [f + o * SLICES / rounds for f, o in zip(fixed, others)]
    return Plan(
        rounds,
        [cost / sum(costs) for cost in costs],
        sum(len(cases) for _, cases in targets),
        left_out,
        whole,
        needed / (1 - kept),
    )


def _left_out(targets: Sequence[tuple[str, Sequence[Case]]], seconds: float) -> frozenset[str]:
    """The cases that so many seconds are not enough for: a scenario is timed of all, or of none.

    The core comes first. Of a scenario the last parameters come first: most actors tell most.
    """
    alike: dict[tuple[str, str], list[tuple[str, Case]]] = defaultdict(list)
    for actors, cases in targets:
        for case in cases:
            if case.scenario.kind != "hot":
                alike[case.scenario.name, str(dict(case.parameters))].append((actors, case))
    sets: Counter[str] = Counter()
    ranked = []
    for (name, _), group in reversed(alike.items()):
        ranked.append((not group[0][1].scenario.core, sets[name], group))
        sets[name] += 1
    ranked.reverse()
    left_out: set[str] = set()
    for *_, group in sorted(ranked, key=lambda r: r[:2]):
        cost = SLICES * sum(_cost(actors, [case], hot=False) for actors, case in group)
        if cost <= seconds:
            seconds -= cost
        else:
            left_out.update(case.id for _, case in group)
    return frozenset(left_out)


def _cost(actors: str, cases: Sequence[Case], hot: bool) -> float:
    """Seconds for one turn of each hot case, or of each other one."""
    kinds = [c.scenario.kind for c in cases if (c.scenario.kind == "hot") == hot]
    costs = {**COST, **COST_OF.get(actors, {})}
    return sum(costs[kind] for kind in kinds)
