"""The page of real bugs of primitives for tasks and greenlets, and what catches each.

    python scripts/cancellation_bugs.py

It is made from tests/cancellation_bugs.toml and the manifests of tests/broken: a bug is rebuilt by
the seeded violations that its row names, or else by those of its clause.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[1]
BROKEN = ROOT / "tests" / "broken"
PAGE = ROOT / "docs" / "cancellation-bugs.md"
#: So many seeded violations of a clause are named where a bug names none itself.
NAMED = 2
HEAD = """\
# Real bugs of tasks and greenlets, and what catches them

A task can be cancelled at any of its steps, and most of what has ever been wrong with primitives
for event loops came of that. This is every such bug that was collected for the suite, with the
clause that shows it. *Rebuilt as* names seeded violations in `tests/broken`, which the tests of
the suite hold it to; *found in* where the suite shows it in what is installed, without being told
a version. Where neither is there, the last column says why. Bugs of CPython by interpreter are in
[old interpreters](old-bugs.md).

The page is made from `tests/cancellation_bugs.toml`:

```console
$ python scripts/cancellation_bugs.py
```

| library | primitive | report | bug | clause | rebuilt as | found in, or why not |
|---|---|---|---|---|---|---|
"""


def known() -> list[dict[str, Any]]:
    """The bugs, in the order of the data."""
    rows: list[dict[str, Any]] = tomllib.loads(
        (ROOT / "tests" / "cancellation_bugs.toml").read_text(encoding="utf-8")
    )["bug"]
    return rows


def seeded() -> dict[str, list[str]]:
    """The clauses that each file of the manifests breaks."""
    found: dict[str, list[str]] = {}
    for manifest in sorted(BROKEN.glob("*.toml")):
        for row in tomllib.loads(manifest.read_text(encoding="utf-8"))["variant"]:
            found[row["file"]] = row["clauses"]
    return found


def rebuilt(bug: dict[str, Any], files: dict[str, list[str]]) -> list[str]:
    """The seeded violations that stand for a bug."""
    own: list[str] = bug.get("files", [])
    return own or [f for f, clauses in files.items() if bug.get("clause") in clauses][:NAMED]


def link(report: str) -> str:
    """A report of GitHub's as a link; anything else as it is."""
    found = re.match(r"([\w.-]+/[\w.-]+)#(\d+)", report)
    if found is None:
        return report
    return f"[{report}](https://github.com/{found[1]}/issues/{found[2]})"


def page() -> str:
    """The whole page."""
    files = seeded()
    lines = []
    for bug in known():
        variants = ", ".join(f"`{f}`" for f in rebuilt(bug, files))
        clause = f"`{bug['clause']}`" if "clause" in bug else ""
        end = bug.get("found") or bug.get("why", "")
        cells = [bug["library"], bug["primitive"], link(bug["report"]), bug["what"], clause]
        lines.append(f"| {' | '.join([*cells, variants, end])} |")
    return HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
