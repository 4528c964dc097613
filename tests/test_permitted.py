"""No freedom that the documentation leaves is taken for a violation."""

from __future__ import annotations

import pytest
from variants import PERMITTED, check_permitted, files, permitted, permitted_tasks, tried


@pytest.mark.parametrize("variant", [*tried(permitted()), *tried(permitted_tasks())], ids=str)
def test_an_unusual_implementation_is_conformant(variant, tmp_path):
    code, _, said = check_permitted(variant, tmp_path)
    assert code == 0, said


def test_there_is_a_manifest_entry_for_every_file():
    on_disk = {path.name for path in PERMITTED.glob("*.py")}
    on_disk |= files(PERMITTED, "tasks")
    named = {variant.file for variant in (*permitted(), *permitted_tasks())}
    assert named == on_disk
    assert len(on_disk) >= 20
