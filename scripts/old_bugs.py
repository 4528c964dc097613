"""Which interpreter has which of the bugs that CPython's primitives really had, as a table.

    python scripts/old_bugs.py results/latest/check > docs/old-bugs-table.md
    python scripts/old_bugs.py --run python3.9 python3.13 > docs/old-bugs-table.md

The bugs are in tests/old_bugs.toml: for each the clause that it breaks. What is asked are results
of ``syncproof check --detail``, which is never told a version: those in a folder, or those that
--run makes now, by interpreters that syncproof is installed for. A cell says ``has it``, ``no``, or
``-`` where nothing was checked; a bug that is nowhere says why.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from syncproof.interpreters import interpreter_name
from syncproof.results import BAD, NOTHING_FOUND, Report, Result, read

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[1]
BUGS = ROOT / "tests" / "old_bugs.toml"
#: A bug is a bug also where a later Python was the first to promise otherwise.
AS_OF = "3.13"
ISSUES = "https://github.com/python/cpython/issues"


def known() -> list[dict[str, Any]]:
    with BUGS.open("rb") as file:
        rows: list[dict[str, Any]] = tomllib.load(file)["bug"]
    return rows


def shows(bug: dict[str, Any], result: Result) -> bool:
    """Whether a result on the clause of a bug shows it."""
    if result.outcome == "property":
        wanted = bug.get("shows")
        return wanted in result.message if wanted else result.message != NOTHING_FOUND
    return result.outcome in BAD or result.outcome == "deviation"


def cell(bug: dict[str, Any], reports: Iterable[Report]) -> str:
    if "clause" not in bug:  # nothing can show it
        return "-"
    about = [
        result
        for report in reports
        if report.implementation == bug["implementation"]
        for result in report.results
        if (result.primitive, result.clause) == (bug["primitive"], bug["clause"])
        and result.outcome not in ("skipped", "not-offered")
    ]
    if not about:
        return "-"
    return "has it" if any(shows(bug, result) for result in about) else "no"


def version(report: Report) -> str:
    """3.13.5, 3.13.5t, pypy-3.9.16-7.3.11."""
    return interpreter_name(report.interpreter).removeprefix("cpython-")


def checked(pythons: Sequence[str]) -> list[Report]:
    """The reports of checks that these interpreters make now."""
    clauses: dict[str, list[str]] = {}
    for bug in known():
        if "clause" in bug:
            clauses.setdefault(bug["implementation"], []).append(bug["clause"])
    reports = []
    for python in pythons:
        for name, of_it in clauses.items():
            with tempfile.TemporaryDirectory() as folder:
                answer = Path(folder) / "answer.json"
                command = [python, "-m", "syncproof", "check", name, "--detail", "--quiet"]
                command += ["--as-of", AS_OF]
                for clause in dict.fromkeys(of_it):
                    command += ["--clause", clause]
                command += ["--json", str(answer)]
                subprocess.run(command, cwd=folder, stdout=sys.stderr, check=False)
                reports += read(answer)
    return reports


def gathered(folder: Path) -> list[Report]:
    return [report for path in sorted(folder.rglob("*.json")) for report in read(path)]


def table(reports: Sequence[Report]) -> list[str]:
    columns: dict[str, list[Report]] = {}
    for report in reports:
        columns.setdefault(version(report), []).append(report)
    names = sorted(columns, key=_order)
    lines = [f"| bug | report | clause | {' | '.join(names)} | |"]
    lines.append("|---" * (4 + len(names)) + "|")
    for bug in known():
        report = bug["report"]
        link = f"[{report}]({ISSUES}/{report})" if report.isdecimal() else report
        clause = f"`{bug['clause']}`" if "clause" in bug else ""
        cells = [cell(bug, columns[name]) for name in names]
        why = "" if "has it" in cells else bug.get("unseen", "")
        lines.append(
            f"| {bug['what']} | {link} | {clause} | {' | '.join(cells)} | {why} |"
        )
    return lines


def _order(name: str) -> tuple[bool, list[int], str]:
    return not name[0].isdigit(), [int(part) for part in re.findall(r"\d+", name)], name


def main() -> int:
    about = (__doc__ or "").partition("\n")[0]
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("folder", nargs="?", type=Path, help="where results of checks are")
    parser.add_argument("--run", nargs="+", metavar="PYTHON", help="interpreters to check with")
    arguments = parser.parse_args()
    if (arguments.folder is None) == (arguments.run is None):
        parser.error("say a folder of results, or --run and some interpreters")
    reports = checked(arguments.run) if arguments.run else gathered(arguments.folder)
    if not reports:
        parser.error(f"there are no results in {arguments.folder}")
    print("\n".join(table(reports)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
