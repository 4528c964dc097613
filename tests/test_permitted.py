"""No freedom that the documentation leaves is taken for a violation."""

from __future__ import annotations

import shutil

import pytest
from variants import PERMITTED, SLOW, check, permitted, permitted_tasks, tried


@pytest.mark.parametrize("variant", [*tried(permitted()), *tried(permitted_tasks())], ids=str)
def test_an_unusual_implementation_is_conformant(variant, tmp_path):
    candidate = tmp_path / "candidate.py"
    shutil.copy(PERMITTED / variant.file, candidate)
    code, _, said = check(candidate, variant.primitive, deadline=SLOW)
    assert code == 0, said


def test_there_is_a_manifest_entry_for_every_file():
    on_disk = {path.name for path in PERMITTED.glob("*.py")}
    on_disk |= {f"tasks/{path.name}" for path in PERMITTED.glob("tasks/*.py")}
    named = {variant.file for variant in (*permitted(), *permitted_tasks())}
    assert named == on_disk
    assert len(on_disk) >= 20
