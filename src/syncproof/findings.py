"""What a check has found, as text: each failure with its clause, and a summary."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from syncproof import spec as specs
from syncproof.results import COLUMNS, NOTHING_FOUND, Report, Result
from syncproof.sandbox.pair import Options

#: Longer traces and stacks are cut in the middle.
MOST_LINES = 40
#: And longer schedules, which are short already.
MOST_STEPS = 70

#: So many lines of an actor that goes straight on are shown.
STRAIGHT = 4

#: How far the columns of two actors in a schedule are apart.
COLUMN = 12

#: Frames that say nothing about a hang or a crash.
MACHINERY = ("/_pytest/", "/pluggy/", "\\_pytest\\", "\\pluggy\\", 'File "<string>"', "/worker.py")

WORDS = {
    "fail": "broken",
    "hang": "hangs",
    "crash": "crashes",
    "error": "error",
    "stale-deviation": "stale deviation",
    "not-offered": "not offered",
}


class Writer:
    """Writes findings for people; ``colour`` where the reader is a terminal."""

    def __init__(self, colour: bool = False, options: Options | None = None) -> None:
        self.colour = colour
        self.options = options or Options()

    def failures(self, report: Report) -> Iterator[str]:
        """Everything that makes it nonconformant: one block for each test, lacks in short."""
        bad = [r for r in report.results if r.bad]
        for group in _grouped([r for r in bad if r.outcome != "not-offered"]):
            yield from self._block(report, group)
        for group in _lacking([r for r in bad if r.outcome == "not-offered"]):
            yield from self._lack(report, group)

    def _block(self, report: Report, group: Sequence[Result]) -> Iterator[str]:
        first = group[0]
        clauses = list(dict.fromkeys(r.clause for r in group))
        head = f"{WORDS[first.outcome]}: {report.implementation} {first.primitive}"
        yield self._paint("31", head)
        for clause in clauses:
            yield from _clause(report.family, clause)
        cases = list(dict.fromkeys(r.test for r in group if r.test))
        if cases:
            yield f"  test      {cases[0]}"
        if cases[1:]:
            others = [case.partition("[")[2].rstrip("]") for case in cases[1:]]
            yield f"            and {_number(len(others), 'other case')} of it: {_some(others, 3)}"
        happened = first.message.splitlines() or [WORDS[first.outcome]]
        yield f"  happened  {happened[0]}"
        for line in _cut(list(_own_frames(happened[1:]))):
            yield f"            {line}"
        steps = [t for t in first.trace if t[1:] and t[1] != happened[0]]
        if steps and first.replay:
            yield "  schedule  " + "\n            ".join(_cut(list(_columns(steps)), MOST_STEPS))
        elif steps:
            width = max(len(actor) for actor, _ in steps)
            lines = [f"{n:>3}  {a:<{width}}  {text}" for n, (a, text) in enumerate(steps, 1)]
            yield "  steps     " + "\n            ".join(_cut(lines))
        if first.outcome != "hang" and not first.replay:  # stacks and schedules tell it
            yield from _stands(first.stands)
        yield f"  repeat    {self.command(report, first.primitive, clauses, first.replay)}"
        yield ""

    def _lack(self, report: Report, group: Sequence[Result]) -> Iterator[str]:
        first = group[0]
        clauses = list(dict.fromkeys(r.clause for r in group))
        yield self._paint("33", f"not offered: {report.implementation} {first.message}")
        yield f"  so {_number(len(clauses), 'clause')} cannot be kept: {_some(clauses)}"
        yield "  if that is on purpose, its adapter says so (lacks)"
        yield ""

    def command(
        self, report: Report, primitive: str, clauses: Sequence[str], replay: str = ""
    ) -> str:
        """The command that checks just that again, or replays just that schedule."""
        words = ["syncproof", "check", report.target or report.implementation]
        kind = str(report.selection.get("as") or "")
        if kind:
            words += ["--as", kind]
        model = str(report.selection.get("model") or "")
        if model:
            words += ["--model", model]
        if replay:
            return shlex.join([*words, "--replay", replay])
        words += ["--primitive", primitive]
        for clause in clauses:
            if not clause.startswith("process."):
                words += ["--clause", clause]
        if self.options.depth != "default":
            words += ["--depth", self.options.depth]
        if self.options.as_of:
            words += ["--as-of", self.options.as_of]
        if not self.options.kernel_view:
            words.append("--no-kernel-view")
        return shlex.join(words)

    def notes(self, report: Report) -> Iterator[str]:
        """What counts for nothing and yet wants to be known."""
        for result in report.results:
            if result.level != "property":
                continue
            if result.clause.startswith("process."):
                yield f"note: {report.implementation} {result.primitive}: {result.message}"
            elif self.options.clauses and result.message != NOTHING_FOUND:  # they were asked for
                subject = " ".join((report.implementation, result.primitive, result.variant))
                yield f"{result.clause} ({subject.strip()}): {result.message}"
        untried = [r for r in report.results if r.message.startswith("not tried")]
        for primitive in dict.fromkeys(r.primitive for r in untried):
            of_it = [r for r in untried if r.primitive == primitive]
            tests = len({r.test for r in of_it})
            yield (
                f"note: {report.implementation} {primitive}:"
                f" {_number(tests, 'test')} {of_it[0].message}"
            )

    def table(self, reports: Sequence[Report]) -> Iterator[str]:
        """One line for each implementation and primitive."""
        head = ("implementation", "primitive", *COLUMNS)
        rows: list[tuple[str, ...]] = [head]
        for report in reports:
            for primitive in report.primitives():
                tally = report.tally(primitive)
                rows.append((report.implementation, primitive, *map(str, tally.columns())))
        widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
        for row in rows:
            names = [f"{cell:<{w}}" for cell, w in zip(row[:2], widths)]
            numbers = [f"{cell:>{w}}" for cell, w in zip(row[2:], widths[2:])]
            yield "  ".join(names + numbers)

    def verdict(self, report: Report) -> str:
        """The last word on an implementation."""
        tally = report.tally()
        parts = [f"{_number(tally.kept, 'clause')} kept"]
        if tally.broken:
            parts.append(f"{tally.broken} broken")
        if tally.not_offered:
            parts.append(f"{tally.not_offered} not offered")
        if tally.declared:
            parts.append(f"{tally.declared} declared not offered")
        if tally.deviates:
            parts.append(_number(tally.deviates, "declared deviation"))
        if not report.results and report.complete:
            word, colour = "nothing was checked", "33"
        elif report.conformant:
            word, colour = "conformant", "32"
        elif any(r.bad for r in report.results):
            word, colour = "not conformant", "31"
        else:
            word, colour = "interrupted", "33"
        if not report.complete and word != "interrupted":
            parts.append("interrupted")
        return f"{report.implementation}: {self._paint(colour, word)} ({', '.join(parts)})"

    def _paint(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour else text


def _columns(steps: Sequence[Sequence[str]]) -> Iterator[str]:
    """A schedule with one column for each actor: read downwards, it is what happened."""
    actors = sorted({actor for actor, *_ in steps})
    indent = dict(zip(actors, range(0, COLUMN * len(actors), COLUMN)))
    yield "".join(f"{actor:<{COLUMN}}" for actor in actors).rstrip()
    for actor, text in _abridged(steps):
        bars = "".join(f"{'|':<{COLUMN}}" for _ in range(indent[actor] // COLUMN))
        yield f"{bars}{text}"


def _abridged(steps: Sequence[Sequence[str]]) -> Iterator[Sequence[str]]:
    """The steps, where one actor goes straight on only the ends of its way: they say where to."""
    ways: list[list[Sequence[str]]] = []
    for step in steps:
        goes_on = ways and ways[-1][-1][0] == step[0] and _is_line(step) and _is_line(ways[-1][-1])
        if goes_on:
            ways[-1].append(step)
        else:
            ways.append([step])
    for way in ways:
        if len(way) <= STRAIGHT:
            yield from way
            continue
        yield way[0]
        yield [way[0][0], "..."]
        yield from way[2 - STRAIGHT :]


def _is_line(step: Sequence[str]) -> bool:
    """A line of code, after which its actor goes on."""
    return ":" in step[1].partition(" ")[0] and not step[1].endswith("(switch)")


def _stands(stands: Sequence[Sequence[Any]]) -> Iterator[str]:
    """Where each actor stands in the author's code."""
    head = "stands"
    for actor, file, line, function, text in stands:
        where = f"in {function}" if function else ""
        yield f"  {head:<8}  {actor}  {shown_path(file)}:{line} {where}".rstrip()
        if text:
            yield f"                {text}"
        head = ""


def shown_path(file: str) -> str:
    """A file as it is named from here."""
    with suppress(ValueError):
        return Path(file).relative_to(Path.cwd()).as_posix()
    return file


def _clause(family: str, clause_id: str) -> Iterator[str]:
    spec = specs.load(family)
    if clause_id not in spec:
        yield f"  {clause_id}"
        return
    clause = spec[clause_id]
    yield f"  {clause_id} ({clause.level})"
    yield f"      {clause.text}"
    if clause.source:
        yield f"      {specs.source_url(clause)}"


def _grouped(bad: Sequence[Result]) -> list[list[Result]]:
    """What one test has found, in all its cases, is one group; the first is told."""
    groups: dict[tuple[str, ...], list[Result]] = {}
    for result in bad:
        test = result.test.partition("[")[0] or result.clause
        key = (result.primitive, test, result.outcome)
        groups.setdefault(key, []).append(result)
    return list(groups.values())


def _lacking(bad: Sequence[Result]) -> list[list[Result]]:
    groups: dict[tuple[str, str], list[Result]] = {}
    for result in bad:
        groups.setdefault((result.primitive, result.message), []).append(result)
    return list(groups.values())


def _own_frames(lines: Sequence[str]) -> Iterator[str]:
    """A dump of stacks without what is the same in each: pytest, the driver, idle actors."""
    thread: list[str] = []
    for line in [*lines, ""]:
        if line.strip():
            thread.append(line)
            continue
        yield from _thread_of_dump(thread)
        thread = []


def _thread_of_dump(thread: Sequence[str]) -> Iterator[str]:
    heads = [line for line in thread if line.startswith(("Thread ", "Current thread "))]
    if not heads:
        yield from (line for line in thread if not any(place in line for place in MACHINERY))
        return
    is_actor = any(line.endswith(" in _work") for line in thread)
    frames = [f for f in thread if not any(p in f for p in MACHINERY) and f not in heads]
    if is_actor:
        frames = [f for f in frames if not f.endswith((" in perform", " in _work"))]
        if not frames:
            return  # idle
    before = thread[: thread.index(heads[0])]
    yield from (line for line in before if line in frames)
    yield f"{'an actor' if is_actor else 'the scenario or another thread'}, innermost call first:"
    yield from (f for f in frames if f not in before)


def _cut(lines: Sequence[str], most: int = MOST_LINES) -> list[str]:
    if len(lines) <= most:
        return list(lines)
    half = most // 2
    left_out = f"... ({len(lines) - 2 * half} lines left out; --json has them all)"
    return [*lines[:half], left_out, *lines[-half:]]


def _some(things: Sequence[str], limit: int = 6) -> str:
    more = len(things) - limit
    return ", ".join(things[:limit]) + (f" and {more} more" if more > 0 else "")


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
