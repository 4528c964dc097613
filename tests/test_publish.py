"""Publishing: runs are only added to; the index and the site tell of all of them."""

from __future__ import annotations

import json

import pytest
from samples import BROKEN, KEPT, OTHER, PASSED, a_check, a_run_of_two, a_timing

from syncproof.cli import main

pytestmark = pytest.mark.twice

for needed in ("pandas", "rich", "jinja2", "markdown_it"):
    pytest.importorskip(needed, reason="the desk needs syncproof[report]")

from syncproof.report.build import build  # noqa: E402
from syncproof.report.gather import gather  # noqa: E402


@pytest.fixture
def publish(tmp_path, capsys):
    """Publishes runs into one archive; the exit status, and what was said."""

    def run(*words):
        capsys.readouterr()
        places = ["-o", str(tmp_path / "results"), "--site", str(tmp_path / "site")]
        status = main(["publish", *map(str, words), *places])
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


def contents(place):
    return {p.relative_to(place): p.read_bytes() for p in place.rglob("*") if p.is_file()}


def test_a_run_is_kept_under_its_day_and_machine(tmp_path, publish):
    run = a_run_of_two(tmp_path / "run")
    status, out, err = publish(run, "--machine", "two-cores", "--note", "an idle\nmachine")
    assert (status, err) == (0, "")
    folder = tmp_path / "results" / "2024-05-01-two-cores"
    assert f"{folder}: 9 files added" in out
    kept = contents(folder)
    about = json.loads(kept.pop(next(p for p in kept if p.name == "run.json")))
    assert about == {"format": 1, "machine": "two-cores", "date": "2024-05-01",
                     "note": "an idle machine"}  # fmt: skip
    assert kept == contents(run), "as it was written"
    (listed,) = json.loads((tmp_path / "results" / "index.json").read_text("utf-8"))["runs"]
    assert (listed["date"], listed["machine"]) == ("2024-05-01", "two-cores")
    assert len(listed["results"]) == 6
    for entry in listed["results"]:
        assert (tmp_path / "results" / entry["file"]).is_file()
        assert (tmp_path / "site" / entry["file"]).is_file(), "the site has the results"
    names = {(e["kind"], e["interpreter"], e["implementation"]) for e in listed["results"]}
    assert ("check", "cpython-3.13.0", "mine") in names
    assert ("bench", "cpython-3.14.1t", "threading") in names
    for made in ("index.html", "report.md", "badges/mine.svg"):
        assert (tmp_path / "site" / made).is_file()


def test_what_is_published_is_never_changed(tmp_path, publish):
    a_check(tmp_path / "one", found=[KEPT])
    a_check(tmp_path / "two", found=[KEPT, BROKEN])
    a_check(tmp_path / "more", "other", about=OTHER)
    publish(tmp_path / "one", "--machine", "m")
    first = tmp_path / "results" / "2024-05-01-m"
    before = contents(first)
    _, out, _ = publish(tmp_path / "one", "--machine", "m")
    assert "published already" in out
    assert contents(first) == before
    publish(tmp_path / "two", "--machine", "m")
    assert contents(first) == before, "a result that differs has a folder of its own"
    assert (tmp_path / "results" / "2024-05-01-m-2" / "check").is_dir()
    publish(tmp_path / "more", "--machine", "m")
    after = contents(first)
    assert before.items() < after.items(), "another interpreter of the same day joins"


def test_runs_are_set_against_each_other(tmp_path, publish):
    for day, found, slow in (("2024-05-01", [KEPT, PASSED], 1), ("2024-06-01", [KEPT, BROKEN], 3)):
        a_check(tmp_path / day, found=found, started=f"{day}T10:00:00+00:00")
        a_timing(tmp_path / day, started=day, slow=slow)
        publish(tmp_path / day, "--machine", "m")
    a_check(tmp_path / "elsewhere", found=[KEPT, PASSED], started="2024-05-15T00:00:00+00:00")
    publish(tmp_path / "elsewhere", "--machine", "another")
    model = build(gather(sorted((tmp_path / "results").glob("*-*-*"))))
    assert [r.date for r in model.history.runs] == ["2024-05-01", "2024-05-15", "2024-06-01"]
    (change,) = model.history.changes
    assert (change.clause, change.was, change.now) == (BROKEN.clause, "kept", "broken")
    assert change.line == ("cpython-3.13, m", "mine"), "another machine is another line"
    assert [f.new for f in model.failures] == [True]
    slower = {s.cell for s in model.history.shifts if s.factor > 2}
    assert {"pair.lock", "throughput.lock.threads=2", "pingpong.lock"} <= slower
    text = (tmp_path / "site" / "report.md").read_text(encoding="utf-8")
    assert "1 clause newly broken" in text
    assert "| mine | cpython-3.13, m | lock | `lock.release.free-raises` | kept | broken |" in text


def test_what_was_cut_short_is_no_result(tmp_path, publish):
    a_check(tmp_path / "run", complete=False)
    status, _, err = publish(tmp_path / "run", "--machine", "m")
    assert status == 2
    assert "it was cut short" in err
    assert not (tmp_path / "results").exists()
    a_check(tmp_path / "run", "whole")
    status, _, err = publish(tmp_path / "run", "--machine", "m")
    assert status == 0
    assert err.count("\n") == 1
    assert [p.name for p in (tmp_path / "results").rglob("check/*/*")] == ["whole.json"]


@pytest.mark.parametrize("label", ["", "../up", "Somebody's PC", "a/b", "-", "x" * 50])
def test_a_machine_has_a_label(tmp_path, publish, label):
    a_check(tmp_path / "run")
    status, _, err = publish(tmp_path / "run", "--machine", label)
    assert status == 2
    assert "--machine LABEL" in err
    assert err.count("\n") == 1
    assert not (tmp_path / "results").exists()


def test_nothing_to_publish_is_one_line(tmp_path, publish):
    status, _, err = publish()
    assert status == 2
    assert err.count("\n") == 1
    (tmp_path / "empty").mkdir()
    status, _, err = publish(tmp_path / "empty", "--machine", "m")
    assert status == 2
    assert err.splitlines()[-1].startswith("syncproof: publish: ")
