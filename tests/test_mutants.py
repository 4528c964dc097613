"""The mutants: what the operators make, that their numbers and names hold, and a run end to end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from syncproof.registry import resolve

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = ROOT / "scripts" / "mutants.py"

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(
        sys.implementation.name != "cpython", reason="the mutants are of CPython's own threading.py"
    ),
]


@pytest.fixture(scope="module")
def mutations():
    sys.path.insert(0, str(SCRIPT.parent))
    try:
        import mutations

        yield mutations
    finally:
        sys.path.remove(str(SCRIPT.parent))


@pytest.fixture(scope="module")
def copy(mutations):
    return mutations.pure_copy(Path(threading.__file__).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def every(mutations, copy):
    return list(mutations.mutants(copy))


def changes(mutations, code):
    """What the operators make of the body of one method."""
    lines = "".join(f"        {line}\n" for line in code.splitlines())
    source = f"class Event:\n    def method(self):\n{lines}        last()\n"
    found = mutations.mutants(mutations.ast.unparse(mutations.ast.parse(source)))
    return [(m.before, m.after) for m in found if m.before != "last()"]


@pytest.mark.parametrize(
    ("code", "before", "after"),
    [
        ("if a < b:\n    f()", "if a < b:",
         ["if a >= b:", "if a <= b:", "if a != b:", "if True:", "if False:"]),
        ("if a:\n    f()", "if a:", ["if True:", "if False:", "if not a:"]),
        ("while not a:\n    f()", "while not a:", ["while a:", "while True:", "while False:"]),
        ("a = b is None", "a = b is None", ["pass", "a = b is not None"]),
        ("a = b in c", "a = b in c", ["pass", "a = b not in c"]),
        ("a = b + c", "a = b + c", ["pass", "a = b - c", "a = b * c"]),
        ("a = b and c", "a = b and c", ["pass", "a = b or c", "a = c", "a = b"]),
        ("a = 3", "a = 3", ["pass", "a = 4", "a = 2"]),
        ("a = -1", "a = -1", ["pass", "a = 0", "a = -2"]),
        ("a = True", "a = True", ["pass", "a = False"]),
        ("a = None", "a = None", ["pass", "a = 0"]),
        ("a += b", "a += b", ["pass", "a = b", "a -= b", "a *= b"]),
        ("a.f(b, c=d)", "a.f(b, c=d)", ["pass", "a.f(c=d)", "a.f(b)"]),
        ("if a:\n    return b", "return b", ["pass", "return None", "return not b"]),
        ("for a in b:\n    break", "break", ["pass", "continue"]),
        ("with a:\n    b", "with a:", ["its body alone"]),
        ("try:\n    a\nexcept E:\n    b", "try:", ["its bodies one after the other"]),
        ("try:\n    a\nexcept E:\n    b", "except E:", ["except ZeroDivisionError:"]),
        ("def f(a=1):\n    b", "def f(a=1):", ["def f(a=2):", "def f(a=0):"]),
        ("@property\ndef f(a):\n    b", "@property def f(a):", ["def f(a):"]),
        ("raise ValueError('why')", "raise ValueError('why')", ["pass"]),
        ("assert a == b", "assert a == b",
         ["pass", "assert a != b", "assert a <= b", "assert a >= b"]),
    ],
)  # fmt: skip
def test_an_operator_makes_what_it_says(mutations, code, before, after):
    assert [new for old, new in changes(mutations, code) if old == before] == after


@pytest.mark.parametrize("code", ["import a", "warnings.warn('old', stacklevel=2)", "pass"])
def test_what_promises_nothing_is_left_alone(mutations, code):
    assert changes(mutations, code) == []


def test_the_copy_has_the_classes_and_none_of_what_is_left_out(copy):
    for name in ("_RLock", "Condition", "Semaphore", "BoundedSemaphore", "Event", "Barrier"):
        assert f"class {name}" in copy
    for name in ("__repr__", "_at_fork_reinit", "class Thread", '"""', "_CRLock"):
        assert name not in copy


def test_what_is_in_the_copy_is_its_own(copy, tmp_path):
    (tmp_path / "primitives.py").write_text(copy)
    made = resolve(str(tmp_path / "primitives.py")).load()
    assert made["rlock"].__name__ == "_RLock"
    assert type(made["condition"]()._lock) is made["rlock"]
    assert all(factory is not getattr(threading, kind, None) for kind, factory in made.items())
    assert not any(isinstance(made["semaphore"], type(c)) for c in (threading.Semaphore(),))


def test_every_mutant_compiles_and_differs(every, copy):
    sources = {copy}
    for mutant in every:
        if mutant.number % 5 == 0:  # to compile them all takes long
            compile(mutant.source, str(mutant), "exec")
        assert mutant.source not in sources, mutant
        sources.add(mutant.source)
    assert len(sources) > 500


def test_numbers_and_names_are_the_same_on_every_run(mutations, every, copy):
    once = [(m.number, str(m)) for m in every]
    assert once == [(m.number, str(m)) for m in mutations.mutants(copy)]
    assert [number for number, _ in once] == list(range(1, len(once) + 1))
    assert len({name for _, name in once}) == len(once)


def test_a_mutant_is_in_the_class_and_on_the_line_that_it_says(every, copy):
    import difflib

    for mutant in every[::40]:
        lines = difflib.ndiff(copy.split("\n"), mutant.source.split("\n"))
        old = [number for number, line in enumerate(lines, 1) if line[0] == "-"]
        head = copy.split("\n")[: mutant.line]
        classes = [line for line in head if line.startswith("class ")]
        assert classes[-1].startswith(f"class {mutant.class_name}"), mutant
        assert not old or old[0] >= mutant.line - 1, mutant  # a decorator is a line above


# -- the script ---------------------------------------------------------------------------


def script(*words: str, cwd: Path) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *words],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()[1:]]


def test_one_is_killed_and_a_resumed_run_goes_on(tmp_path):
    data = tmp_path / "data.jsonl"
    words = ("run", "--only", "Event", "--sample", "1/9", "-n", "4", "--depth", "quick")
    words += ("--data", str(data))
    code, said = script(*words, cwd=tmp_path)
    assert code == 0, said
    assert "the file without a change lives" in said
    killed = [row for row in rows(data) if row["outcome"] == "killed"]
    assert killed, said
    assert killed[0]["by"]["primitive"] == "event"
    assert killed[0]["by"]["clause"]

    code, said = script(*words, cwd=tmp_path)
    assert code == 2, said
    assert "--resume" in said
    lines = data.read_text().splitlines(keepends=True)
    data.write_text("".join(lines[:-1]) + '{"mutant": "cut sh')
    code, said = script(*words, "--resume", cwd=tmp_path)
    assert code == 0, said
    assert "[1/1]" in said
    assert [row["mutant"] for row in rows(data)] == [json.loads(r)["mutant"] for r in lines[1:]]
    code, said = script(*words, "--resume", cwd=tmp_path)
    assert (code, said) == (0, "nothing is left to try\n")


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is a signal")
def test_ctrl_c_keeps_what_there_is(tmp_path):
    data = tmp_path / "data.jsonl"
    command = [sys.executable, str(SCRIPT), "run", "--only", "Event", "--depth", "quick"]
    command += ["--data", str(data)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path) as process:
        assert process.stdout
        for line in process.stdout:
            if line.startswith("["):
                break
        process.send_signal(signal.SIGINT)
        said = process.stdout.read()
        assert process.wait(30) == 130, said
    assert rows(data)


def test_results_of_other_code_are_refused(tmp_path):
    data = tmp_path / "data.jsonl"
    data.write_text('{"interpreter": "CPython", "version": "3.1", "copy": "another"}\n')
    code, said = script("run", "--resume", "--data", str(data), cwd=tmp_path)
    assert code == 2
    assert "is about other code (3.1)" in said
    assert len(said.splitlines()) == 1


def test_the_score_leaves_out_what_no_test_could_find(mutations):
    import mutants

    verdicts = {
        "a": mutants.Verdict("equivalent", "nobody can tell"),
        "b": mutants.Verdict("missed", "it waits too long", "event.set.wakes-all"),
        "k": mutants.Verdict("equivalent", "so it was thought"),
    }
    outcomes = {"a": "survived", "b": "survived", "c": "survived", "k": "killed", "l": "killed"}
    results = mutants.Results(Path(), {"interpreter": "CPython", "version": "3.13"})
    for name, outcome in outcomes.items():
        results.rows[name] = {"mutant": name, "class": "Event", "outcome": outcome}
    text = "\n".join(mutants.markdown(results, verdicts))
    assert "| all | 5 | 2 | 1 | 0 | 1 | 1 | 50.0 % |" in text
    assert "- `b`: it waits too long (`event.set.wakes-all`)" in text
    assert "**Said to be innocent, yet killed**\n\n- `k`" in text


def test_every_verdict_is_of_a_mutant_that_survived(mutations):
    import mutants

    verdicts = mutants.classified()
    tried = {}
    for path in mutants.DATA.glob("*.jsonl"):
        tried.update(mutants.Results.read(path).rows)
    unknown = set(verdicts) - set(tried)
    assert not unknown, f"classified, but there is no such mutant: {sorted(unknown)}"


def test_the_table_in_the_docs_is_that_of_the_results(mutations):
    import mutants

    page = (ROOT / "docs" / "mutation-score.md").read_text(encoding="utf-8")
    shown = page.partition(mutants.HEADING)[2]
    for path in mutants.DATA.glob("*.jsonl"):
        lines = mutants.markdown(mutants.Results.read(path), mutants.classified())
        assert "\n".join(lines) + "\n" in shown, "python scripts/mutants.py table --into it"


def test_one_mutant_can_be_tried_alone_and_written_to_a_file(tmp_path):
    code, said = script("list", "--number", "1", cwd=tmp_path)
    assert code == 0
    assert said.split()[0] == "1"
    assert len(said.splitlines()) == 1
    code, said = script("show", "1", "--write", "one.py", cwd=tmp_path)
    assert code == 0
    assert said.splitlines()[0].startswith("_RLock.__init__: ")
    assert "class _RLock" in (tmp_path / "one.py").read_text()
    code, said = script("show", "99999", cwd=tmp_path)
    assert (code, said) == (2, "mutants: there is no mutant 99999\n")
