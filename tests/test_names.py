"""What people type: names that are nearly right, shell completion, and how much is told."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys

import pytest

from syncproof import cli, colour
from syncproof.cli import COMMANDS, main
from syncproof.commands.completion import SHELLS
from syncproof.nearby import nearest

pytestmark = pytest.mark.twice


@pytest.fixture
def run(capsys):
    """Runs the command line; its exit status, stdout and stderr."""

    def run(*words: str) -> tuple[int, str, str]:
        try:
            status = main(list(words))
        except SystemExit as end:
            status = int(end.code or 0)
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


# -- did you mean -------------------------------------------------------------------------

MISSPELT = {
    "command": ("chek threading", "check"),
    "command in capitals": ("SPEC", "spec"),
    "option": ("check threading --clase lock.*", "--clause"),
    "option with a value": ("check threading --jsn=out.json", "--json"),
    "option of another command": ("run --bugdet 2m", "--budget"),
    "primitive": ("check threading --primitive sempahore", "semaphore"),
    "primitive as a class": ("check threading --primitive BoundedSemaphore", "bounded_semaphore"),
    "primitive after as": ("check threading:Lock --as Rlock", "rlock"),
    "primitive of spec": ("spec --primitive evnt", "event"),
    "depth": ("check threading --depth quik", "quick"),
    "level": ("spec --level most", "must"),
    "clause": ("check threading --clause lock.relese.free-raises", "lock.release.free-raises"),
    "part of a clause": ("check threading --clause free-raises", "'*free-raises*'"),
    "clause of spec": ("spec lock.release.free-rises", "lock.release.free-raises"),
    "registered name": ("check thredding", "threading"),
    "module": ("check my_lokcs", "my_locks"),
    "module of a package": ("check my_package.lokcs", "my_package.locks"),
    "file": ("check my_lokcs.py", "my_locks.py"),
    "file in a folder": ("check my_package/lokcs.py", "my_package/locks.py"),
    "file without its ending": ("check my_package/locks", "my_package/locks.py"),
    "class": ("check threading:Semaphor --as semaphore", "Semaphore"),
    "shell": ("completion bsh", "bash"),
}


@pytest.mark.parametrize("typed", MISSPELT)
def test_what_was_meant_is_asked_in_one_line(run, typed, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))  # targets are looked at in a process of its own
    (tmp_path / "my_package").mkdir()
    for path in ("my_locks.py", "my_package/__init__.py", "my_package/locks.py"):
        (tmp_path / path).write_text("from threading import Lock\n", encoding="utf-8")
    words, meant = MISSPELT[typed]
    status, out, err = run(*words.split())
    assert (status, out) == (2, "")
    said = err.replace("\\", "/")  # a path of Windows
    assert f"did you mean {meant}?" in said
    assert err.count("\n") == 1


ADAPTER = {
    "clause": ('deviations=(Deviation("event.wait.retuns", "", ""),)', "event.wait.returns-true"),
    "capability": ('lacks={"event.wait.timout": "x"}', "event.wait.timeout"),
    "primitive": ('primitives=("event", "evnt")', "event"),
    "model": ('model="thred"', "thread"),
    "family": ('family="treading"', "threading"),
}


@pytest.mark.parametrize("what", ADAPTER)
def test_an_adapter_that_names_what_there_is_not_is_told_so(run, what, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    field, meant = ADAPTER[what]
    primitives = "" if what == "primitive" else 'primitives=("event",), '
    (tmp_path / "adapter.py").write_text(
        "import threading\n"
        "from syncproof.vocabulary import Deviation, Implementation\n"
        "load = lambda: {'event': threading.Event, 'evnt': threading.Event}\n"
        f"implementation = Implementation('mine', {primitives}load=load, {field})\n",
        encoding="utf-8",
    )
    status, out, err = run("check", "adapter.py")
    assert (status, out) == (2, "")
    assert err.startswith(f"syncproof: adapter.py: there is no {what} ")
    assert err.endswith(f"; did you mean {meant}?\n")
    assert err.count("\n") == 1


def test_an_option_before_its_command_is_told_its_place(run):
    status, out, err = run("--quiet", "check", "threading")
    assert (status, out) == (2, "")
    assert "--quiet goes after the command: syncproof check --quiet" in err


def test_what_is_like_nothing_gets_no_guess(run):
    assert nearest("zzzz", ["lock", "rlock"]) == ""
    status, _, err = run("zzzz")
    assert status == 2
    assert "did you mean" not in err
    assert all(command in err for command in COMMANDS)


# -- completion ---------------------------------------------------------------------------


@pytest.fixture
def script(run):
    """The script that makes a shell complete."""
    pytest.importorskip("shtab", reason="needs the extra completion")

    def script(shell: str) -> str:
        status, out, err = run("completion", shell)
        assert (status, err) == (0, "")
        return out

    return script


@pytest.mark.parametrize("shell", SHELLS)
def test_every_command_and_option_is_completed(script, shell):
    text = script(shell)
    _, parsers = cli.parsers()
    for name, parser in parsers.items():
        assert name in text
        cli.load(name).add_arguments(parser)
        for argument in parser.arguments:
            for option in argument.option_strings:
                assert option.lstrip("-") in text
    assert "bounded_semaphore" in text
    assert "syncproof list --names" in text


@pytest.mark.parametrize(
    ("typed", "offers"),
    [
        ("syncproof ch", ["check"]),
        ("syncproof check --primitive b", ["bounded_semaphore", "barrier"]),
        ("syncproof check --prim", ["--primitive"]),
        ("syncproof check mine", ["mine-registered", "mine.py"]),
        ("syncproof bench -o there", ["there"]),
    ],
)
def test_bash_completes(script, tmp_path, typed, offers):
    bash = shutil.which("bash")
    if not bash or sys.platform == "win32":
        pytest.skip("there is no bash here")
    (tmp_path / "mine.py").touch()
    (tmp_path / "there").mkdir()
    (tmp_path / "completion").write_text(script("bash"), encoding="utf-8")
    words = typed.split()
    ask = (
        "syncproof() { echo mine-registered; }; . ./completion;"
        f" COMP_WORDS=({typed}); COMP_CWORD={len(words) - 1};"
        f" _shtab_syncproof syncproof '{words[-1]}' '{words[-2]}'; printf '%s\\n' ${{COMPREPLY[@]}}"
    )
    done = subprocess.run(
        [bash, "-c", ask], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert sorted(done.stdout.split()) == sorted(offers), done.stderr


def test_completion_says_what_it_needs(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "shtab", None)
    status, out, err = run("completion", "bash")
    assert (status, out) == (2, "")
    assert "pip install 'syncproof[completion]'" in err
    assert err.count("\n") == 1


# -- colour -------------------------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "environment", "asked", "wanted"),
    [
        (Terminal, {}, None, True),
        (io.StringIO, {}, None, False),
        (Terminal, {"NO_COLOR": "1"}, None, False),
        (Terminal, {"NO_COLOR": ""}, None, True),
        (Terminal, {"TERM": "dumb"}, None, False),
        (Terminal, {}, False, False),
        (io.StringIO, {"NO_COLOR": "1"}, True, True),
    ],
)
def test_colour_is_for_terminals_unless_told(stream, environment, asked, wanted, monkeypatch):
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert colour.wanted(stream(), asked) is wanted


CHECK = ("check", "threading", "--primitive", "event", "--clause", "event.i*", "--depth", "quick")


@pytest.mark.parametrize(("option", "coloured"), [("--color", True), ("--no-color", False)])
def test_check_is_told_whether_to_colour(run, option, coloured):
    status, out, err = run(*CHECK, option)
    assert status == 0, err
    assert ("\x1b[32mconformant" in out) is coloured


# -- quiet and verbose --------------------------------------------------------------------


def test_quiet_tells_the_verdict_alone(run):
    status, out, err = run(*CHECK, "-q")
    assert (status, err) == (0, "")
    assert out.startswith("threading: conformant (")
    assert out.count("\n") == 1


def test_quiet_tells_what_is_broken(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = "import threading\n\nclass Event(threading.Event):\n    def isSet(self): return True\n"
    text += "    def is_set(self): return True\n"
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    status, out, err = run("check", "mine.py", "--clause", "event.i*", "--depth", "quick", "-q")
    assert (status, err) == (1, "")
    assert "broken: mine event" in out
    assert out.splitlines()[-1].startswith("mine: not conformant")
    assert "implementation  primitive" not in out


def test_verbose_tells_of_every_clause(run):
    status, out, _ = run(*CHECK, "--verbose")
    assert status == 0
    clauses = [line.split() for line in out.splitlines() if line.startswith("threading event ev")]
    assert clauses
    assert {line[3] for line in clauses} <= {"kept", "skipped:"}
    assert "implementation  primitive" in out


def test_a_quiet_run_tells_the_verdict_alone_and_a_verbose_one_every_clause(
    run, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    words = ["run", "threading", "--primitive", "event", "--only", "check", "--depth", "quick"]
    status, out, err = run(*words, "-o", "quiet", "-q")
    assert (status, err) == (0, "")
    assert out.startswith("threading: conformant (")
    assert out.count("\n") == 1
    status, out, err = run(*words, "-o", "verbose", "-v")
    assert status == 0
    assert "to check: threading" in err
    assert "threading event event.init.false kept\n" in out
    assert out.splitlines()[-1].startswith("threading: conformant (")
