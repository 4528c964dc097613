"""The report: every form says the same, bad files are left out, and nothing in a file runs."""

from __future__ import annotations

import base64
import csv
import gzip
import hashlib
import html.parser
import io
import json
import random
import re
from dataclasses import replace

import pytest
import samples
from samples import (
    BROKEN,
    HERE,
    KEPT,
    OTHER,
    a_check,
    a_timing,
)

from syncproof import results
from syncproof.cli import main
from syncproof.results import Report, Result

pytestmark = pytest.mark.twice

for needed in ("pandas", "rich", "jinja2"):
    pytest.importorskip(needed, reason="the desk needs syncproof[report]")

from syncproof.report import markdown, page  # noqa: E402
from syncproof.report.build import build  # noqa: E402
from syncproof.report.gather import NOWHERE, gather  # noqa: E402
from syncproof.report.plain import block, link, plain  # noqa: E402

FILES = {"report.md", "conformance.csv", "benchmarks.csv", "index.html"}


@pytest.fixture
def a_run(tmp_path):
    return samples.a_run_of_two(tmp_path / "run")


@pytest.fixture
def say(capsys):
    """Runs the command; its exit status and what it said."""

    def run(*words):
        capsys.readouterr()
        status = main(["report", *map(str, words)])
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


def rows(path):
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


class Page(html.parser.HTMLParser):
    """What a browser would make of the page: elements, attributes and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.held: dict[str, list[str]] = {"script": [], "style": []}
        self.text = ""
        self._raw = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag in self.held:
            self._raw = tag
            self.held[tag].append("")

    def handle_endtag(self, tag):
        self._raw = ""

    def handle_data(self, data):
        if self._raw:
            self.held[self._raw][-1] += data
        else:
            self.text += data

    @property
    def data(self):
        return json.loads(gzip.decompress(base64.b64decode(self.held["script"][0])))


def page_of(directory):
    return Page((directory / "index.html").read_text(encoding="utf-8"))


# -- what is written ----------------------------------------------------------------------


def test_it_writes_every_form_beside_the_results(a_run, say):
    status, out, err = say(a_run)
    assert (status, err) == (0, "")
    assert {p.name for p in a_run.iterdir() if p.is_file()} == FILES
    assert (a_run / "badges" / "mine.svg").read_text(encoding="utf-8").startswith("<svg")
    assert "mine on CPython 3.13.0: not conformant (1 broken)" in out
    assert "threading on CPython 3.14.1 free-threaded: conformant" in out


def test_the_markdown_tells_everything(a_run, say, tmp_path):
    say(a_run, "-o", tmp_path / "out", "--quiet")
    text = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    for expected in (
        "# What they keep, and what they cost",
        "**CPython 3.13.0**",
        "load 0.5\u20131.5 while timing",
        "| mine | 1.0 | CPython 3.13.0 | on | 2024-05-01 (quick) | 2024-05-01 |"
        " **not conformant** |",
        "| threading | 1.0 | CPython 3.14.1 free-threaded | off |",
        "\u2717 1 kept, 1 deviates, 1 not offered, 1 broken",
        "`lock.release.free-raises` (must): ",
        "[source](https://docs.python.org/3/library/threading.html#threading.Lock.release)",
        "what happened: a: release() returned None, expected Exception",
        "2  a          begins release()",
        "`syncproof check mylib.locks --primitive lock --clause lock.release.free-raises"
        " --depth quick`",
        "returns 1 (it always has) ([more](https://example.org/why))",
        "in order",
        "create.lock, mine: incorrect: two held it at once",
        "pingpong.lock, mine: stuck: nothing came back in 10 s",
        "*incorrect*",
        "fairness 0.997",
        "one operation is acquire() and release() of a free one",
    ):
        assert expected in text


def test_every_form_says_the_same_numbers(a_run, say):
    say(a_run, "--quiet")
    model = build(gather([a_run]))
    markdown_text = (a_run / "report.md").read_text(encoding="utf-8")
    page = page_of(a_run)
    table = rows(a_run / "benchmarks.csv")
    figures = list(zip(*page.data["figures"]))
    assert len(table) == len(figures) == len(model.figures) == 18
    cells = re.findall(r"^\| (\S+) \|(.*)\|$", markdown_text, re.MULTILINE)
    in_markdown = {}
    section = ""
    for line in markdown_text.splitlines():
        if line.startswith("### "):
            section, head = line[4:], []
        elif line.startswith("| scenario |"):
            head = [c.strip() for c in line.strip("|").split("|")][1:]
        elif line.startswith("| ") and " on " in section and head and "---" not in line:
            name, *values = [c.strip() for c in line.strip("|").split(" | ")]
            for implementation, value in zip(head, values):
                in_markdown[section.split(" on ")[1], implementation, name.strip("| ")] = value
    assert cells
    timed = 0
    for row, values in zip(table, figures):
        shown = {n: v for n, v in zip(page.data["fields"], values) if v is not None}
        subject = page.data["subjects"][shown["subject"]]
        case = page.data["cases"][shown["case"]]
        assert (row["implementation"], row["cell"]) == (subject["implementation"], case["id"])
        if not row["median"]:
            assert "median" not in shown
            assert row["verdict"] == shown["verdict"]
            continue
        timed += 1
        assert float(row["median"]) == shown["median"]
        assert float(row["floor"] or 0) == shown.get("floor", 0)
        pairs = {"x_threading": "threading", "x_floor": "toFloor"}
        for column, name in pairs.items():
            said = [row[column], row[f"{column}_low"], row[f"{column}_high"]]
            assert [float(v) for v in said if v] == shown.get(name, [])
        if not row["primitive"]:
            continue
        value = in_markdown[row["interpreter"], row["implementation"], row["cell"]]
        first, *rest = value.split("<br>")
        assert float(first.replace(",", "")) == shown["median"]
        ratio = next(r for r in rest if r.endswith("threading"))
        assert float(ratio.split()[0].replace(",", "")) == shown["threading"][0]
    assert timed == 16
    verdicts = {
        (r["interpreter"], r["implementation"], r["clause"]): r["verdict"]
        for r in rows(a_run / "conformance.csv")
    }
    titles = {i["key"]: i["title"] for i in page.data["interpreters"]}
    in_page = {}
    for cell in page.data["cells"]:
        subject = page.data["subjects"][cell["subject"]]
        for row in cell["rows"]:
            place, verdict = row[:2] if isinstance(row, list) else (row, "kept")
            clause = page.data["clauses"][place][0]
            in_page[titles[subject["interpreter"]], subject["implementation"], clause] = verdict
    assert in_page == verdicts
    assert len(verdicts) == 7


def test_a_time_of_what_breaks_clauses_is_marked_in_every_form(a_run, say):
    _, out, _ = say(a_run)
    table = rows(a_run / "benchmarks.csv")
    marked = {(r["implementation"], r["cell"]) for r in table if r["clauses_broken"] == "1"}
    assert ("mine", "pair.lock") in marked
    assert {name for name, _ in marked} == {"mine"}
    of_threading = [r for r in table if r["implementation"] == "threading" and r["primitive"]]
    kept = {r["clauses_broken"] for r in of_threading}
    assert kept == {"0"}, "kept, which is not the same as unchecked"
    assert all(r["primitive"] == "lock" for r in table if r["clauses_broken"] == "1")
    text = (a_run / "report.md").read_text(encoding="utf-8")
    timed = [r for r in table if r["clauses_broken"] == "1" and r["median"]]
    assert text.count("<br>\u2717 *breaks 1 clause*") == len(timed)
    data = page_of(a_run).data
    place = data["fields"].index("breaks")
    assert sum(n or 0 for n in data["figures"][place]) == len(marked)
    assert re.search(r"x\) \u2717", out)


def test_a_check_of_another_version_says_nothing_of_a_time(tmp_path):
    run = tmp_path / "run"
    a_check(run, found=[KEPT, BROKEN], version="0.9")
    assert {f.breaks for f in build(gather([a_timing(run)])).figures} == {None}


def test_several_runs_are_merged_and_the_latest_is_shown(tmp_path, say):
    for place, version, day in (("old", "1.0", "2024-01-01"), ("new", "2.0", "2024-02-01")):
        a_check(tmp_path / place, version=version, started=f"{day}T00:00:00+00:00")
        a_timing(tmp_path / place, started=day, slow=1 if place == "new" else 5)
    a_check(tmp_path / "more", found=[Result("rlock.init.unowned", "rlock", "must", "pass")],
            version="2.0", started="2024-01-15T00:00:00+00:00")
    status, _, _ = say(tmp_path / "old", tmp_path / "new", tmp_path / "more", "-o", tmp_path)
    assert status == 0
    table = rows(tmp_path / "conformance.csv")
    assert {(r["version"], r["primitive"]) for r in table} == {("2.0", "lock"), ("2.0", "rlock")}
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "## Change" in text
    assert "left out" not in text, "what is older is told of as history"
    gathered = gather([tmp_path / "old", tmp_path / "new"])
    for one in (*gathered.reports, *gathered.timings):
        one.source = NOWHERE
    text = "\n".join(build(gathered).notes)
    assert "mine on CPython 3.13.0: 1 other check of it left out" in text
    assert "1 other timing of it left out" in text


def test_a_check_of_some_clauses_does_not_stand_for_a_whole_one(tmp_path):
    a_check(tmp_path / "a", found=[KEPT, BROKEN], started="2024-01-01T00:00:00")
    a_check(tmp_path / "b", found=[KEPT], started="2024-02-01T00:00:00",
            selection={"primitives": ["lock"], "clauses": ["lock.init.*"]})
    model = build(gather([tmp_path / "a", tmp_path / "b"]))
    assert len(model.failures) == 1


def test_a_check_that_was_cut_short_says_so(tmp_path):
    a_check(tmp_path, complete=False)
    model = build(gather([tmp_path]))
    assert model.subjects[0].verdict == "cut short"
    assert "cut short" in markdown.render(model)


def test_the_same_failure_on_two_interpreters_is_one(tmp_path):
    for about, address in ((HERE, "0x7f01"), (OTHER, "0x7f02")):
        said = f"a: got <Lock at {address}>, in the words of {about['version']}"
        a_check(tmp_path, found=[replace(BROKEN, message=said)], about=about)
    (failure,) = build(gather([tmp_path])).failures
    assert failure.interpreters == ["CPython 3.13.0", "CPython 3.14.1 free-threaded"]


def test_failures_of_other_clauses_elsewhere_are_two(tmp_path):
    also = replace(BROKEN, clause="lock.release.releases")
    a_check(tmp_path, found=[BROKEN])
    a_check(tmp_path, found=[BROKEN, also], about=OTHER)
    first, second = build(gather([tmp_path])).failures
    assert [c.id for c in first.clauses] == [BROKEN.clause]
    assert first.interpreters == ["CPython 3.13.0"]
    assert [c.id for c in second.clauses] == [BROKEN.clause, also.clause]
    assert second.interpreters == ["CPython 3.14.1 free-threaded"]


def test_machines_are_told_apart(tmp_path):
    a_check(tmp_path / "a")
    a_check(tmp_path / "b", about={**HERE, "platform": "Darwin-23-arm64", "machine": "arm64"})
    model = build(gather([tmp_path / "a", tmp_path / "b"]))
    titles = {i.title for i in model.interpreters}
    assert len(titles) == len({i.key for i in model.interpreters}) == 2
    assert any("Darwin arm64" in title for title in titles)


def test_single_files_and_only_one_kind_will_do(a_run, say, tmp_path):
    check = a_run / "check" / "cpython-3.13.0" / "mine.json"
    status, _, _ = say(check, "-o", tmp_path / "one")
    assert status == 0
    assert not page_of(tmp_path / "one").data["figures"]
    figures = a_run / "bench" / "cpython-3.13.0" / "mine.json"
    status, _, _ = say(figures, "-o", tmp_path / "two")
    assert status == 0
    assert not page_of(tmp_path / "two").data["cells"]
    status, _, _ = say(tmp_path / "two", "-o", tmp_path / "again")  # what it copied is whole
    assert status == 0
    assert page_of(tmp_path / "again").data["figures"]


# -- what cannot be used ------------------------------------------------------------------


def whole():
    return {**Report("mine", "1", "thread", HERE, [KEPT]).to_json()}


def spoiled(**changes):
    return json.dumps({**whole(), **changes})


BAD = {
    "truncated": json.dumps(whole())[:200],
    "binary": b"\x1f\x8b\x08\x00\xff\xfe\x00".decode("latin-1"),
    "not-a-number": spoiled(seconds=float("nan")),
    "infinite": spoiled(seconds=float("inf")),
    "digits": spoiled().replace('"seconds": 0.0,', f'"seconds": {"9" * 5000},', 1),
    "wrong-types": spoiled(version=["1"], implementation="x"),
    "wrong-name": spoiled(implementation={"a": 1}),
    "long-name": spoiled(implementation="x" * 10_000),
    "control": spoiled(implementation="\x1b[31mred"),
    "future": spoiled(format=99),
    "deep": "[" * 100_000,
    "trace": spoiled(results=[{**vars(KEPT), "trace": [["a", 1]]}]),
    "primitive": spoiled(results=[{**vars(KEPT), "primitive": "../../etc/passwd"}]),
    "rows": spoiled(results=[vars(KEPT)] * 30_000),
    "interpreter": spoiled(interpreter={"implementation": "CPython", "version": "no"}),
    "list": "[1, 2]",
    "results": spoiled(results={"a": 1}),
    "row": spoiled(results=["a"]),
    "no-row": spoiled(results=[None]),
    "selection": spoiled(selection=["lock"]),
    "empty": "",
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_check_is_named_and_the_rest_is_shown(a_run, say, tmp_path, name):
    path = a_run / "check" / "cpython-3.13.0" / f"bad-{name}.json"
    path.write_text(BAD[name], encoding="utf-8")
    status, out, err = say(a_run, "-o", tmp_path / "out")
    assert status == 0
    assert err.startswith(f"left out: {path}: ")
    assert err.count("\n") == 1
    assert len(err) < 400
    assert "mine on CPython 3.13.0: not conformant" in out
    text = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    assert f"bad-{name}" in text


@pytest.mark.parametrize(
    ("file", "change"),
    [
        ("mine.json", lambda text: text[: len(text) // 2]),
        ("mine.json", lambda text: re.sub(r"\d\.\d+e-08", "NaN", text)),
        ("mine.json", lambda text: re.sub(r"\d\.\d+e-08", "-1.0", text)),
        ("mine.json", lambda text: re.sub(r"\d\.\d+e-08", "1e300", text)),
        ("mine.json", lambda text: text.replace("@threading", "@__class__")),
        ("mine.json", lambda text: "{}"),
        ("mine.cells.json", lambda text: text.replace('"stable"', '"splendid"')),
        ("mine.cells.json", lambda text: text.replace('"pair.lock"', "17")),
        ("mine.cells.json", lambda text: text.replace('"hot"', '["hot"]')),
        ("mine.cells.json", lambda text: text.replace('"format": 1', '"format": 2')),
        ("mine.cells.json", lambda text: "[" * 100_000),
    ],
)
def test_bad_figures_are_named_and_the_rest_is_shown(a_run, say, tmp_path, file, change):
    path = a_run / "bench" / "cpython-3.13.0" / file
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    status, _, err = say(a_run, "-o", tmp_path / "out")
    assert status == 0
    assert re.fullmatch(r"left out: .*mine(\.cells)?\.json: [^\n]+\n", err)
    table = rows(tmp_path / "out" / "benchmarks.csv")
    assert {r["implementation"] for r in table} == {"threading"}


STRANGE = (
    None, True, 0, -1, 1e308, 10**25, "", "x" * 300, "<script>", [], {}, [[]], {"a": 1}, ["a"],
    "3.13", "\ud800", "__proto__",
)


def places(document, path=()):
    """Where something stands in a document."""
    if path:
        yield path
    inside = document.items() if isinstance(document, dict) else enumerate(document)
    for key, value in inside:
        if isinstance(value, (dict, list)):
            yield from places(value, (*path, key))
        else:
            yield (*path, key)


@pytest.mark.once
@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_wrong_in_a_file_stops_nobody(tmp_path, seed):
    dice = random.Random(seed)
    a_check(tmp_path, found=[KEPT, BROKEN])
    a_timing(tmp_path, chosen=["pair.lock", "throughput.lock.threads=2"])
    files = {p: json.loads(p.read_text(encoding="utf-8")) for p in tmp_path.glob("*/*/*.json")}
    assert len(files) == 3
    for _ in range(40):
        for path, document in files.items():
            path.write_text(json.dumps(document), encoding="utf-8")
        path = dice.choice(list(files))
        spoilt = json.loads(path.read_text(encoding="utf-8"))
        *way, last = dice.choice(list(places(spoilt)))
        at = spoilt
        for step in way:
            at = at[step]
        at[last] = dice.choice(STRANGE)
        path.write_text(json.dumps(spoilt), encoding="utf-8")
        found = gather([tmp_path])
        assert len(found.refused) <= 1
        assert "\n" not in "".join(found.refused)
        model = build(found)
        for text in (page.render(model), markdown.render(model)):
            assert text.encode()


def test_of_very_many_failures_some_are_told(tmp_path):
    found = [replace(BROKEN, test=f"test_lock.py::test_{n}") for n in range(1000)]
    a_check(tmp_path, found=found)
    model = build(gather([tmp_path]))
    assert len(model.failures) == 150
    assert "1,000 results count against it" in "".join(model.notes)


def test_times_that_were_lost_are_not_passed_over(a_run, say, tmp_path):
    (a_run / "bench" / "cpython-3.13.0" / "mine.json").unlink()
    _, _, err = say(a_run, "-o", tmp_path)
    assert "the times of" in err
    (a_run / "bench" / "cpython-3.14" / "stray.json").parent.mkdir(exist_ok=True)
    (a_run / "bench" / "cpython-3.14" / "stray.json").write_text('{"benchmarks": []}')
    _, _, err = say(a_run, "-o", tmp_path)
    assert "times without their index" in err


@pytest.mark.parametrize("what", ["nothing", "missing", "empty"])
def test_nothing_usable_is_one_line_and_2(tmp_path, say, what):
    place = tmp_path / what
    if what == "empty":
        place.mkdir()
    elif what == "nothing":
        place.write_text("no")
    status, out, err = say(place, "-o", tmp_path / "out")
    assert (status, out) == (2, "")
    assert err.splitlines()[-1].startswith("syncproof: report: nothing to report on")
    assert not (tmp_path / "out").exists()


def test_where_to_write_has_to_be_known(a_run, say):
    status, _, err = say(a_run, a_run)
    assert (status, err) == (2, "syncproof: report: say where to write: -o DIR\n")


def test_what_cannot_be_written_changes_nothing(a_run, say, tmp_path):
    out = tmp_path / "out"
    (out / "index.html").mkdir(parents=True)
    (out / "report.md").write_text("as it was")
    status, _, err = say(a_run, "-o", out)
    assert status == 2
    assert err.count("\n") == 1
    assert "index.html" in err
    assert sorted(p.name for p in out.iterdir()) == ["index.html", "report.md"]
    assert (out / "report.md").read_text() == "as it was"
    file = tmp_path / "file"
    file.write_text("")
    status, _, err = say(a_run, "-o", file)
    assert status == 2
    assert err.count("\n") == 1


SCRIPT = "<script>alert(1)</script>"


def scripted(value):
    """The same with a script in place of every string."""
    if isinstance(value, dict):
        return {key: scripted(v) for key, v in value.items()}
    if isinstance(value, list):
        return [scripted(v) for v in value]
    return SCRIPT if isinstance(value, str) else value


def one_result(**changes):
    return {**whole()["results"][0], **changes}


HOSTILE = {
    "script in every string": lambda: json.dumps(scripted(whole())),
    "a million rows": lambda: spoiled(results=[[]] * 10**6),
    "NaN": lambda: spoiled(results=[one_result(seconds=float("nan"))]),
    "a huge number": lambda: spoiled(seconds=1).replace('"seconds": 1', '"seconds": 1e999'),
    "a huge integer": lambda: spoiled(seconds=1).replace(": 1,", f": {'9' * 10**6},"),
    "wrong types": lambda: spoiled(results={"a": 1}, interpreter=[], depth=7),
    "path traversal": lambda: spoiled(implementation="../../../../etc/passwd"),
    "deep nesting": lambda: "[" * 10**5 + "]" * 10**5,
    "a truncated document": lambda: json.dumps(whole())[:-40],
    "a truncated archive": lambda: gzip.compress(json.dumps(whole()).encode())[:-20],
    "an archive of zeros": lambda: gzip.compress(bytes(64 * 2**20), 9),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_one_line(tmp_path, say, name):
    a_check(tmp_path / "run", "good")
    made = HOSTILE[name]()
    packed = isinstance(made, bytes)
    path = tmp_path / "run" / "check" / "x" / f"hostile.json{'.gz' if packed else ''}"
    path.parent.mkdir(parents=True)
    path.write_bytes(made if packed else made.encode())
    status, out, err = say(tmp_path / "run", "-o", tmp_path / "out")
    assert status == 0
    assert "good: conformant" in out
    assert err.startswith(f"left out: {path}: ")
    assert err.count("\n") == 1
    assert len(err) < 400
    written = {p.relative_to(tmp_path).parts[0] for p in tmp_path.rglob("*")}
    assert written == {"run", "out"}, "nothing is written elsewhere"
    assert all(p.stat().st_size < 10**6 for p in (tmp_path / "out").rglob("*"))
    model = build(gather([tmp_path / "run"]))
    assert [s.implementation for s in model.subjects] == ["good"]


def test_a_packed_result_is_read(tmp_path, a_run):
    before = build(gather([a_run]))
    for path in a_run.glob("*/*/*.json"):
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    found = gather([a_run])
    assert not found.refused
    after = build(found)
    assert [s.verdict for s in after.subjects] == [s.verdict for s in before.subjects]
    assert [f.median for f in after.figures] == [f.median for f in before.figures]


# -- nothing in a file is markup ----------------------------------------------------------

ATTACKS = (
    "</script><script>document.title='pwned'</script>",
    "\"'><img src=x onerror=\"document.title='pwned'\">",
    "<!--<script>", "]]>{{ 7 * 7 }}{% raw %}", "javascript:alert(1)",
    "a|b\n| --- |\n# heading\n<b>bold</b> [x](javascript:alert(1)) `code` **x** @someone",
    "=1+1", "```\n</td></tr></table>", "\x1b[31mred\u202e\u2028\x00", "$(reboot)`reboot`",
    "https://evil.example/ www.evil.example",
)
NAMEABLE = [a for a in ATTACKS if a.isprintable()]


@pytest.fixture(params=range(len(ATTACKS)), ids=[a.split()[0][:12] for a in ATTACKS])
def attacked(request, tmp_path):
    """A run with the same attack in every field that holds a string."""
    attack = ATTACKS[request.param]
    name = attack if attack.isprintable() else NAMEABLE[0]
    found = [
        Result(
            name, "lock", level, outcome, test=attack, message=f"{attack}\n{attack}",
            variant=attack, trace=[[attack, attack], ["", attack]], link=attack,
        )
        for level, outcome in (
            ("must", "fail"), ("must", "deviation"), ("must", "not-offered"), ("must", "hang"),
            ("property", "property"), ("should", "skipped"), ("must", "pass"),
        )
    ]
    about = {**HERE, "implementation": name, "platform": attack, "compiler": attack}
    directory = tmp_path / "run"
    report = Report(
        name, attack, attack, about, found, target=attack, started=attack, about=attack,
        selection={"as": attack, "as_of": attack, "clauses": [attack]}, syncproof=attack,
    )
    (directory / "check" / "x").mkdir(parents=True)
    results.write(directory / "check" / "x" / "a.json", [report])
    a_timing(directory, "mine", {**HERE, "platform": attack})
    (index,) = directory.glob("bench/*/*.cells.json")
    document = json.loads(index.read_text(encoding="utf-8"))
    document.update(implementation=name, version=attack, started=attack)
    for cell in document["cells"]:
        cell.update(operation=attack, reading=attack, reason=attack, floor=attack, scenario=name)
        cell["parameters"] = {name: 3}
        cell["verdict"] = "noisy"
    index.write_text(json.dumps(document), encoding="utf-8")
    return directory, attack


#: Where a file of the report or a result is.
RELATIVE = re.compile(r"(?!.*\.\.)[A-Za-z0-9_][A-Za-z0-9_./%+-]*")


def test_an_attack_is_text_in_the_page(attacked, say):
    directory, attack = attacked
    status, out, err = say(directory)
    assert (status, err) == (0, "")
    page = page_of(directory)
    scripts = [attributes for tag, attributes in page.elements if tag == "script"]
    assert scripts == [{"type": "text/plain", "id": "data"}, {}]
    assert re.fullmatch(r"[A-Za-z0-9+/=]+", page.held["script"][0]), "what is in it ends nothing"
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"img", "iframe", "object", "embed", "link", "base"}
    for _, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        target = attributes.get("href") or "#"
        assert target.startswith(("https://", "http://", "#")) or RELATIVE.fullmatch(target)
        assert "evil" not in target or target == attack or not target.startswith("http")
    assert ("{{ 7 * 7 }}" in page.text) == ("7 * 7" in attack), "no template runs in a template"
    assert "\x1b" not in out
    assert "\x00" not in out


MARKUP = {
    "h1", "h2", "h3", "h4", "p", "ul", "li", "table", "thead", "tbody", "tr", "th", "td", "strong",
    "em", "code", "pre", "a", "br", "details", "summary",
}


def test_an_attack_is_text_in_the_tables(attacked, say):
    directory, attack = attacked
    say(directory)
    renderer = pytest.importorskip("markdown_it").MarkdownIt("commonmark").enable("table")
    rendered = Page(renderer.render((directory / "report.md").read_text(encoding="utf-8")))
    assert {tag for tag, _ in rendered.elements} <= MARKUP
    for tag, attributes in rendered.elements:
        assert tag == "a" or not set(attributes) - {"class", "style"}, "classes of code, alignment"
        assert (attributes.get("href") or "https:").startswith("https:")
    assert [tag for tag, _ in rendered.elements].count("h1") == 1
    visible = " ".join("".join(c if c.isprintable() else " " for c in attack).split())
    said = " ".join(rendered.text.replace("\ufffd", " ").split())
    assert said.count(visible) >= 5, "what it says is all there, as text"
    for table in ("conformance.csv", "benchmarks.csv"):
        for row in rows(directory / table):
            assert not [v for v in row.values() if v.startswith("=")]


def test_only_its_own_code_may_run(a_run, say):
    say(a_run, "--quiet")
    page = page_of(a_run)
    (policy,) = [
        a["content"] for tag, a in page.elements
        if tag == "meta" and a.get("http-equiv") == "Content-Security-Policy"
    ]
    for kind, text in (("script", page.held["script"][1]), ("style", page.held["style"][0])):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    fetched = [a for _, a in page.elements if "src" in a]
    assert not fetched
    code = page.held["script"][1]
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b", code)


@pytest.mark.once
def test_a_large_report_is_a_light_page(tmp_path):
    """Ten implementations with everything, on six interpreters, in forty scenarios."""
    model = build(samples.very_many(tmp_path))
    assert len(model.figures) == 2400
    assert len(page.render(model)) < 1.5e6


def test_a_document_that_would_be_too_long_tells_less(tmp_path, say, monkeypatch):
    run = samples.a_run_of_two(tmp_path / "run")
    model = build(gather([run]))
    texts = []
    for longest in (10**9, len(markdown.render(model).encode()) - 1, 0):
        monkeypatch.setattr(markdown, "LONGEST", longest)
        texts.append(markdown.render(model))
    whole, brief, short = texts
    assert len(whole) > len(brief) > len(short)
    hold = [
        ("begins release()" in t, "two held it at once" in t, "### Properties" in t) for t in texts
    ]
    assert hold == [(True, True, True), (False, False, True), (False, False, False)]
    for told in texts:
        assert "lock.release.free-raises" in told
        assert "expected Exception" in told
    assert "Lock on CPython 3.13.0" in brief
    on_one = {on for on in ("Lock on CPython 3.13.0", "Lock on CPython 3.14.1") if on in short}
    assert on_one == {f"Lock on {model.fullest().title.split(' free')[0]}"}


def test_a_link_is_a_link_or_nothing():
    assert link("https://docs.python.org/3/#a") == "https://docs.python.org/3/#a"
    for bad in ("javascript:alert(1)", "data:text/html,x", "//x", "https://x\"onclick=", "",
                "https://x y", "https://x)", "HTTPS://x", "file:///etc/passwd"):
        assert link(bad) == ""


def test_texts_are_made_fit_to_be_shown():
    assert plain("a\n\tb\x1b[0m") == "a b\ufffd[0m"
    assert len(plain("x" * 10_000)) == 600
    assert block("a\nb  \n") == "a\nb"
    assert block("x" * 10_000).endswith("the result file)")


def test_markdown_is_escaped():
    assert markdown.text("a|b <c> & *d* _e_ f_g [h](i) `j`") == (
        "a\\|b &lt;c&gt; &amp; \\*d\\* \\_e\\_ f_g \\[h\\](i) \\`j\\`"
    )
    assert markdown.text("line\nbreak") == "line break"
    assert markdown.text("- x") == "\\- x"
    assert markdown.text("3.13.0") == "3.13.0"
    assert markdown.code("a`b``c") == "```a`b``c```"
    assert markdown.code("`a`") == "`` `a` ``"
    assert markdown.fenced(["```", "x"])[0] == "  ````text"


# -- the terminal -------------------------------------------------------------------------


def test_a_terminal_gets_tables_of_rich(a_run, say, monkeypatch, capsys):
    from syncproof.report import terminal

    model = build(gather([a_run]))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    terminal.show(model)
    out = capsys.readouterr().out
    assert "clauses" in out
    assert "\u2717 1/4" in out
    assert "stuck" in out
