"""A badge for each implementation: how many clauses it keeps, wherever it was checked."""

from __future__ import annotations

from syncproof.badge import of_tallies
from syncproof.report.model import MatrixCell, Model
from syncproof.timing.store import file_name

#: The folder of them, in a report.
FOLDER = "badges"


def badges(model: Model) -> dict[str, str]:
    """SVG documents by the names of their files: ``badges/threading.svg``, over all interpreters,
    and ``badges/cpython-3.13.5/threading.svg``.
    """
    found: dict[str, str] = {}
    for name in model.implementations:
        cells = [c for c in model.matrix.values() if c.subject.implementation == name]
        if not cells:
            continue
        found.setdefault(address(name), _badge(name, cells))
        for interpreter in model.interpreters:
            own = [c for c in cells if c.subject.interpreter == interpreter]
            if own:
                found.setdefault(address(name, interpreter.key), _badge(name, own))
    return found


def address(implementation: str, interpreter: str = "") -> str:
    """Where the badge is, from the report: names may hold what no name of a file should."""
    parts = (FOLDER, file_name(interpreter) if interpreter else "", file_name(implementation))
    return f"{'/'.join(p for p in parts if p)}.svg"


def _badge(name: str, cells: list[MatrixCell]) -> str:
    """As that of ``check --badge``."""
    return of_tallies(
        name,
        [c.tally for c in cells],
        complete=all(c.subject.check_complete for c in cells),
        conformant=all(c.subject.conformant for c in cells),
    )
