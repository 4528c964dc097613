"""The result format: what is written can be read, and what the results amount to."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from syncproof import junit
from syncproof.interpreters import interpreter
from syncproof.results import (
    Report,
    Result,
    ResultError,
    check_writable,
    read,
    stale,
    write,
)
from syncproof.vocabulary import OUTCOMES, Deviation

pytestmark = pytest.mark.twice

SCHEMA = Path(__file__).parent.parent / "docs" / "result.schema.json"


def result(outcome: str = "pass", clause: str = "lock.init.unlocked", **more: Any) -> Result:
    values = {"primitive": "lock", "level": "must", "test": f"test_lock.py::{clause}", **more}
    return Result(clause=clause, outcome=outcome, **values)


def report(*results: Result, **more: Any) -> Report:
    values: dict[str, Any] = {
        "implementation": "mine",
        "version": "1.0",
        "model": "thread",
        "interpreter": interpreter(),
        "target": "mylib.locks",
        "started": "2024-01-01T00:00:00+00:00",
        **more,
    }
    return Report(results=list(results), **values)


def test_what_is_written_can_be_read(tmp_path):
    whole = report(result(), result("fail", message="no", trace=[["a", "begins acquire()"]]))
    write(tmp_path / "deep" / "one.json", [whole])
    assert read(tmp_path / "deep" / "one.json") == [whole]
    write(tmp_path / "two.json", [whole, whole])
    assert read(tmp_path / "two.json") == [whole, whole]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["deep", "two.json"]


def test_the_document_is_as_the_schema_says():
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    results = [result(outcome) for outcome in OUTCOMES]
    document = json.loads(json.dumps(report(*results).to_json()))
    assert violations(document, schema) == []
    assert document["format"] == 1
    row = schema["properties"]["results"]["items"]["properties"]
    assert set(document["results"][0]) == set(row)
    assert set(document) == set(schema["properties"])
    assert sorted(row["outcome"]["enum"]) == sorted(OUTCOMES)
    document["results"][0]["outcome"] = "maybe"
    assert violations(document, schema) == ["$.results[0].outcome: 'maybe'"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[[]]",
        "null",
        '{"format": 2}',
        '{"format": 1}',
        '{"format": 1, "results": 3}',
        '{"format": 1, "results": [{"clause": "x"}], "implementation": "x"}',
        '{"format": 1, "results": [], "implementation": 3, "version": "", "model": "",'
        ' "interpreter": {}}',
    ],
)
def test_what_is_no_result_file_is_refused_in_one_line(tmp_path, text):
    path = tmp_path / "bad.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ResultError) as caught:
        read(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(ResultError, match="No such file"):
        read(tmp_path / "none.json")


def test_fields_of_a_later_version_are_passed_over(tmp_path):
    document = report(result()).to_json()
    document["new"] = 1
    document["results"][0]["newer"] = 2
    (tmp_path / "later.json").write_text(json.dumps(document), encoding="utf-8")
    assert read(tmp_path / "later.json")[0].results == [result()]


# -- what results amount to -----------------------------------------------------------------


@pytest.mark.parametrize("outcome", ["fail", "hang", "crash", "error", "stale-deviation"])
def test_one_bad_result_makes_it_nonconformant(outcome):
    assert not report(result(), result(outcome)).conformant
    assert report(result(), result(outcome, level="detail")).conformant
    assert report(result(), result(outcome, level="property")).conformant


def test_what_is_not_offered_counts_unless_it_is_declared():
    assert not report(result(), result("not-offered")).conformant
    assert report(result(), result("not-offered", declared=True)).conformant
    assert report(result(), result("deviation"), result("skipped")).conformant


def test_nothing_and_half_of_it_are_not_conformant():
    assert not report().conformant
    assert not report(result(), complete=False).conformant


def test_a_clause_is_what_the_worst_of_its_results_is():
    mixed = report(
        result("pass", "a"),
        result("fail", "a"),
        result("deviation", "b"),
        result("pass", "b"),
        result("pass", "c"),
        result("skipped", "c"),
        result("skipped", "d"),
        result("not-offered", "e", declared=True),
        result("not-offered", "f"),
        result("property", "g", level="property"),
        result("pass", "c", primitive="rlock"),
    )
    assert {clause: v for (p, clause), v in mixed.verdicts("lock").items()} == {
        "a": "broken",
        "b": "deviates",
        "c": "kept",
        "d": "skipped",
        "e": "declared",
        "f": "not-offered",
    }
    assert mixed.tally("lock").columns() == (1, 1, 2, 1)
    assert mixed.tally().kept == 2
    assert mixed.primitives() == ["lock", "rlock"]


def test_a_deviation_that_does_not_show_is_stale():
    declared = Deviation(clause="a", does="x", why="y")
    assert [s.outcome for s in stale([result("pass", "a")], [declared])] == ["stale-deviation"]
    assert stale([result("deviation", "a"), result("pass", "a")], [declared]) == []
    assert stale([result("pass", "b"), result("skipped", "a")], [declared]) == []
    assert stale([result("pass", "a")], [replace(declared, by_chance=True)]) == []
    elsewhere = Deviation(clause="a", does="x", why="y", primitives=("rlock",))
    assert stale([result("pass", "a")], [elsewhere]) == []


# -- files ------------------------------------------------------------------------------------


def test_what_cannot_be_written_is_known_before(tmp_path):
    check_writable(tmp_path / "new" / "file.json")
    assert list((tmp_path / "new").iterdir()) == []
    with pytest.raises(IsADirectoryError):
        check_writable(tmp_path)
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(OSError, match="file"):
        check_writable(tmp_path / "file" / "below.json")


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "real.json").write_text("old", encoding="utf-8")
    try:
        (tmp_path / "link.json").symlink_to(tmp_path / "real.json")
    except OSError:
        pytest.skip("no links here")
    write(tmp_path / "link.json", [report(result())])
    assert (tmp_path / "link.json").is_symlink()
    assert read(tmp_path / "real.json")


def test_junit_is_well_formed_whatever_an_implementation_says():
    nasty = "\x00\x1b[31m <&> \ud800 \uffff ]]>"
    top = ElementTree.fromstring(
        junit.document(
            [
                report(
                    result(),
                    result("fail", message=nasty, trace=[["a", nasty]]),
                    result("hang", message="a did not finish"),
                    result("deviation"),
                    result("not-offered"),
                    result("not-offered", declared=True),
                    result("property", level="property"),
                )
            ]
        ).encode()
    )
    (suite,) = top
    assert suite.attrib["tests"] == "7"
    assert (suite.attrib["failures"], suite.attrib["errors"], suite.attrib["skipped"]) == (
        "2",
        "1",
        "2",
    )
    assert len(suite.findall("testcase")) == 7
    assert len(suite.findall("testcase/failure")) == 2


# -- a small part of JSON Schema: as much as ours uses ------------------------------------------

TYPES: dict[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "null": type(None),
}


def violations(value: Any, schema: dict[str, Any], where: str = "$") -> list[str]:
    if "const" in schema and value != schema["const"]:
        return [f"{where}: {value!r}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{where}: {value!r}"]
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(_is(value, kind) for kind in kinds):
        return [f"{where}: no {' or '.join(kinds)}"]
    found = []
    if isinstance(value, dict):
        found += [f"{where}.{n}: missing" for n in schema.get("required", ()) if n not in value]
        for name, part in schema.get("properties", {}).items():
            if name in value:
                found += violations(value[name], part, f"{where}.{name}")
    if isinstance(value, list) and "items" in schema:
        for number, item in enumerate(value):
            found += violations(item, schema["items"], f"{where}[{number}]")
    return found


def _is(value: Any, kind: str) -> bool:
    if kind in ("number", "integer"):
        wanted = (int, float) if kind == "number" else int
        return isinstance(value, wanted) and not isinstance(value, bool)
    return isinstance(value, TYPES[kind])
