"""The page of real bugs is what its data say, and the data name what is there."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from syncproof import spec

SCRIPT = Path(__file__).parents[1] / "scripts" / "cancellation_bugs.py"
_found = importlib.util.spec_from_file_location("cancellation_bugs", SCRIPT)
bugs = importlib.util.module_from_spec(_found)
_found.loader.exec_module(bugs)

SEEDED = bugs.seeded()
CLAUSES = {clause.id: clause for family in spec.families() for clause in spec.load(family)}


def name(bug):
    return f"{bug['report'] or bug['what']}-{bug['primitive']}"


@pytest.mark.parametrize("bug", bugs.known(), ids=name)
def test_each_bug_is_caught_or_says_why_not(bug):
    assert ("clause" in bug) != ("why" in bug)
    assert set(bug) <= {"library", "primitive", "report", "what", "clause", "files", "found", "why"}
    if "clause" not in bug:
        return
    assert bug["clause"] in CLAUSES
    for file in bug.get("files", []):
        assert bug["clause"] in SEEDED[file], file
    # what is no promise has no seeded violation: it is shown where it is there
    is_property = CLAUSES[bug["clause"]].level == "property"
    assert bugs.rebuilt(bug, SEEDED) or (is_property and bug.get("found"))


def test_the_page_is_made_of_the_data():
    assert bugs.PAGE.read_text(encoding="utf-8") == bugs.page(), "run scripts/cancellation_bugs.py"
