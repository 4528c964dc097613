"""Every seeded violation is found: the check fails, and it names the clause that is broken."""

from __future__ import annotations

import pytest
from variants import BROKEN, SLOW, broken, broken_tasks, check_seeded, files, later, tried

from syncproof.results import BAD


@pytest.mark.parametrize("variant", [*tried(broken()), *tried(broken_tasks())], ids=str)
def test_a_seeded_violation_is_found_by_its_clause(variant, tmp_path):
    if "\nimport trio\n" in (BROKEN / variant.file).read_text(encoding="utf-8"):
        pytest.importorskip("trio")
    options = later(variant.clauses)
    code, results, said = check_seeded(variant, tmp_path, *options)
    for _ in range(2):  # a race shows by luck, and on a loaded machine a contest may tell nothing
        if code == 0:
            again = ("--depth", "thorough") if variant.racy else ()
            code, results, said = check_seeded(
                variant, tmp_path, *options, *again, deadline=SLOW
            )
    assert code == 1, said
    found = {r["clause"] for r in results if r["outcome"] in (*BAD, "not-offered")}
    missed = set(variant.clauses) - found
    assert not missed, f"{variant.seed} Not found by: {', '.join(sorted(missed))}\n{said}"
    assert all(clause in said for clause in variant.clauses)


def test_there_is_a_manifest_entry_for_every_file():
    on_disk = {path.name for path in BROKEN.glob("*.py")}
    on_disk |= files(BROKEN, "tasks")
    named = [variant.file for variant in (*broken(), *broken_tasks())]
    assert sorted(named) == sorted(on_disk)


def test_there_are_many_and_of_every_primitive():
    variants = broken()
    assert len(variants) >= 70
    for primitive in {v.primitive for v in variants}:
        assert sum(v.primitive == primitive for v in variants) >= 10
