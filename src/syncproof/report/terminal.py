"""The report on a terminal: tables with rich there, plain lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

from syncproof.report.frames import by_implementation
from syncproof.report.model import STATES, Figure, Model
from syncproof.report.words import MARKS, mark, number, ratio, state, verdict
from syncproof.timing.table import aligned

STYLES = {"kept": "green", "deviates": "yellow", "not offered": "yellow", "broken": "bold red"}

SIGNS = ", ".join(
    f"{sign} {word}"
    for sign, word in {
        MARKS[name]: STATES[name] for name in ("kept", "deviates", "not-offered", "broken")
    }.items()
)

Row = Sequence[str]


def show(model: Model) -> None:
    """Write the tables to stdout."""
    if sys.stdout.isatty():
        _rich(model)
        return
    for title, rows in _tables(model):
        print(f"\n{title}")
        print("\n".join(aligned(rows)))
    for line in closing(model):
        print(line)


def closing(model: Model) -> Iterator[str]:
    """What each is worth, in a line."""
    yield ""
    several = len(model.interpreters) > 1
    for subject in model.checked():
        on = f" on {subject.interpreter.title}" if several else ""
        broken = sum(
            c.tally.broken for k, c in model.matrix.items() if k[:2] == subject.key
        )
        why = f" ({broken} broken)" if broken else ""
        yield f"{subject.implementation}{on}: {subject.verdict}{why}"


def _tables(model: Model) -> Iterator[tuple[str, list[Row]]]:
    several = len(model.interpreters) > 1
    if model.matrix:
        primitives = [p for p in model.primitives() if any(k[2] == p for k in model.matrix)]
        rows: list[Row] = [["implementation", *primitives]]
        for subject in model.checked():
            name = subject.implementation
            if several:
                name += f" on {subject.interpreter.title}"
            cells = [model.matrix.get((*subject.key, p)) for p in primitives]
            rows.append([
                name, *(f"{mark(c)} {c.counts[0]}/{c.tried}" if c else mark(None) for c in cells)
            ])
        yield f"clauses kept, of those that could be tried ({SIGNS})", rows
    for interpreter in model.interpreters:
        for primitive in model.primitives():
            figures = model.timed(primitive, interpreter.key)
            if not figures:
                continue
            table = by_implementation(figures, model.implementations, _cell)
            rows = [["ns an operation (x threading)", *map(str, table.columns)]]
            rows += [[str(v) for v in row] for row in table.itertuples(name=None)]
            on = f" on {interpreter.title}" if several else ""
            yield f"{primitive}{on}", rows


def _cell(figure: Figure | None) -> str:
    if figure is None:
        return "not timed"
    if not figure.timed:
        return figure.verdict
    text = number(figure.median)
    if figure.to_threading:
        text += f" ({ratio(figure.to_threading, bounds=False)}x)"
    if figure.breaks:
        text += f" {MARKS['broken']}"
    return f"{text} {figure.verdict}" if verdict(figure) else text


def _rich(model: Model) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    styles = {
        mark(cell): STYLES.get(state(cell), "") for cell in model.matrix.values()
    }
    for title, rows in _tables(model):
        table = Table(title=Text(title, style="bold"), title_justify="left", box=None,
                      header_style="dim", pad_edge=False)
        for place, name in enumerate(rows[0]):
            first = place == 0
            table.add_column(
                Text(name), justify="left" if first else "right", no_wrap=first, overflow="fold"
            )
        for row in rows[1:]:
            table.add_row(*(
                Text(t, style=styles.get(t[:1], "dim" if t.endswith(("noisy", "invalid")) else ""))
                for t in row
            ))
        console.print()
        console.print(table)
    for line in closing(model):
        console.print(Text(line))
