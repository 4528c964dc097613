"""Bad input to every command: one line that says what to do, exit code 2, and no traceback."""

from __future__ import annotations

import pytest

from syncproof.cli import main

pytestmark = pytest.mark.twice

LOCK = "from threading import Lock\n"

#: Files by name, for what is refused because of them.
FILES = {
    "fine.py": LOCK,
    "missing_import.py": "import no_such_thing\n",
    "raises.py": "1 / 0\n",
    "leaves.py": "raise SystemExit(0)\n",
    "dies.py": "import os\nos._exit(3)\n",
    "syntax.py": "def f(:\n",
    "circle_a.py": "from circle_b import Lock\n",
    "circle_b.py": "from circle_a import Lock\n",
    "number.py": "Lock = 3\n",
    "bare.py": "class Lock: pass\nclass Semaphore:\n    def __init__(self, value=1): pass\n",
    "full.py": "def Lock(): raise OSError('no room')\n",
    "half.py": "import threading\nclass Event(threading.Event): pass\nclass Lock: pass\n",
    "nothing.py": "x = 1\n",
    "fair.py": "class Fair: pass\n",
    "note.txt": "hello\n",
    "empty.json": "{}\n",
    "torn.json": '{"format": 1,\n',
    "folder/inside.py": LOCK,
    "package/__init__.py": "",
    "package/locks.py": "class Lock:\n    def acquire(self): pass\n    def release(self): pass\n",
}

REFUSED = {
    # -- the command line
    "no command": ([], "COMMAND"),
    "no such command": (["chekc", "fine.py"], "did you mean check"),
    "no such option": (["check", "fine.py", "--primitives", "lock"], "--primitives"),
    "no target": (["check"], "TARGET"),
    # -- the target
    "missing module": (["check", "no_such_module"], "neither a registered"),
    "misspelt name": (["check", "treading"], "did you mean threading"),
    "missing file": (["check", "gone.py"], "no such file"),
    "import error": (["check", "missing_import.py"], "cannot be imported: ModuleNotFoundError"),
    "exception at import": (["check", "raises.py"], "ZeroDivisionError"),
    "exit at import": (["check", "leaves.py"], "SystemExit"),
    "death at import": (["check", "dies.py"], "its process exited with status 3"),
    "syntax error": (["check", "syntax.py"], "SyntaxError"),
    "circular import": (["check", "circle_a"], "cannot be imported"),
    "name that is a directory": (["check", "./folder"], "is a directory"),
    "no Python file": (["check", "note.txt"], "not a Python file"),
    "no primitive in it": (["check", "nothing.py"], "has none of Lock"),
    "class that is no class": (["check", "number.py"], "not callable"),
    "class without methods": (["check", "bare.py"], "Lock has neither acquire nor release"),
    "factory that raises": (["check", "full.py"], "Lock() raises OSError: no room"),
    "one of two that has none": (["check", "half.py", "--primitive", "lock"], "Lock has neither"),
    "class of an unknown kind": (["check", "fair.py:Fair"], "say what Fair is"),
    "class that is not there": (["check", "fine.py:Lok"], "did you mean Lock"),
    "empty name": (["check", ""], "an empty target"),
    # -- what to check
    "no such primitive": (["check", "fine.py", "--primitive", "mutex"], "mutex"),
    "primitive that it has not": (["check", "fine.py", "--primitive", "event"], "has no event"),
    "unknown clause": (["check", "fine.py", "--clause", "lock.excluson"], "mean lock.exclusion?"),
    "clause of another": (["check", "fine.py", "--clause", "event.*"], "nothing to check"),
    "wrong replay token": (["check", "fine.py", "--replay", "3.13:gil:x"], "token"),
    "depth that is none": (["check", "fine.py", "--depth", "deep"], "deep"),
    "workers that are none": (["check", "fine.py", "-n", "0"], "whole number"),
    # -- where to write
    "output below a file": (["check", "fine.py", "--json", "fine.py/x.json"], "fine.py"),
    "output that is a directory": (["check", "fine.py", "--junit", "folder"], "directory"),
    "badge in no folder": (["check", "fine.py", "--badge", "fine.py/x.svg"], "fine.py"),
    # -- other commands
    "spec of nothing": (["spec", "no.such.*"], "no clause matches"),
    "explore what is missing": (["explore", "no_such_module"], "no_such_module"),
    "explore what has no methods": (["explore", "half.py", "--primitive", "lock"], "neither"),
    "run into a file": (["run", "threading", "-o", "fine.py"], "fine.py"),
    "compare what is missing": (["compare", "gone.json", "gone.json"], "gone.json"),
    "compare what is no result": (["compare", "empty.json", "empty.json"], "empty.json"),
    "compare a torn result": (["compare", "torn.json", "torn.json"], "torn.json"),
    # -- new
    "new of what is missing": (["new", "no_such_module"], "no_such_module"),
    "new of a name with a dash": (["new", "my-lib"], "did you mean my_lib?"),
    "new of a file": (["new", "package/locks.py"], "did you mean package.locks?"),
    "new of what is registered": (["new", "threading"], "is registered already"),
    "new of what has no lock": (["new", "nothing"], "--class NAME=lock"),
    "new with a class that is missing": (["new", "fair", "--class", "Fare=lock"], "mean Fair?"),
    "new with no such primitive": (["new", "fair", "--class", "Fair=lok"], "did you mean lock?"),
    "new with half a class": (["new", "fair", "--class", "Fair"], "CLASS=PRIMITIVE"),
    "new into a folder": (["new", "package.locks", "-o", "folder"], "ends in .py"),
    "new below a file": (["new", "package.locks", "-o", "fine.py/x.py"], "fine.py"),
    "new over a file": (["new", "package.locks", "-o", "fine.py"], "--force writes over it"),
    "new with a name of no letters": (["new", "package.locks", "--name", "--"], "--name"),
    "new that has nowhere to register": (["new", "package.locks", "--register"], "by hand"),
    "new for an unknown CI": (["new", "package.locks", "--ci", "jenkins"], "jenkins"),
}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("kind", REFUSED)
def test_bad_input_is_one_line_and_2(kind, folder, capsys):
    words, says = REFUSED[kind]
    before = sorted(folder.rglob("*.py"))
    try:
        status = main(words)
    except SystemExit as end:
        status = int(end.code or 0)
    said = capsys.readouterr()
    assert status == 2, said
    assert says in said.err
    assert len(said.err.splitlines()) == 1
    assert said.err.startswith("syncproof")
    assert said.out == ""
    assert sorted(folder.rglob("*.py")) == before


@pytest.mark.parametrize("unfit", ["raises.py", "bare.py"])
def test_what_cannot_be_checked_stops_no_other(unfit, capsys):
    status = main(["check", unfit, "fine.py", "--clause", "lock.init.unlocked"])
    said = capsys.readouterr()
    assert status == 2
    assert "fine: conformant" in said.out
    assert unfit in said.err.splitlines()[-1]
    assert "Traceback" not in said.err
