"""The script that brings interpreters: what it reads, what it refuses, that it stops in time."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import sys
import tempfile
import time
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "scripts" / "interpreters.py"

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(not SCRIPT.is_file(), reason="runs in a checkout of the project"),
    pytest.mark.skipif(os.name != "posix", reason="the script's commands are of POSIX systems"),
]

SOURCE = b"the source of an interpreter"
NAMES = ("3.13.5t", "3.13.5")


@pytest.fixture
def script():
    found = importlib.util.spec_from_file_location("interpreters", SCRIPT)
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


class Machine:
    """A machine with the commands that a test gives it, and no others."""

    def __init__(self, folder: Path, script, monkeypatch) -> None:
        self.folder = folder
        self.script = script
        self.bin = folder / "bin"
        self.bin.mkdir()
        self.log = folder / "log"
        self.log.touch()
        self.root = folder / "pyenv"
        monkeypatch.setenv("PATH", str(self.bin))
        monkeypatch.setattr(tempfile, "tempdir", str(folder))
        monkeypatch.setattr(script, "is_root", lambda: True)

    def command(self, name: str, body: str) -> None:
        """A program in Python: its words are ``words``; that it was called is written down."""
        program = (
            f"#!{sys.executable}\n"
            "import json, os, shutil, sys, time\n"
            "from pathlib import Path\n"
            "words = sys.argv[1:]\n"
            f"with open({str(self.log)!r}, 'a') as log:\n"
            f"    log.write(json.dumps([{name!r}, *words]) + '\\n')\n"
        )
        (self.bin / name).write_text(program + body, encoding="utf-8")
        (self.bin / name).chmod(0o755)

    @property
    def called(self) -> list[list[str]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def pyenv(self, checksum: str, build: str = "make(words[-1])") -> None:
        """A pyenv that knows the release, and makes an interpreter that says how it was built."""
        definitions = self.root / "plugins" / "python-build" / "share" / "python-build"
        definitions.mkdir(parents=True)
        address = f"https://python.example/Python-3.13.5.tar.xz#{checksum}"
        line = f'install_package "Python-3.13.5" "{address}" standard\n'
        (definitions / "3.13.5").write_text(line)
        self.command(
            "pyenv",
            f"root = Path({str(self.root)!r})\n"
            "def make(name):\n"
            "    folder = root / 'versions' / name / 'bin'\n"
            "    folder.mkdir(parents=True)\n"
            "    free = name.endswith('t')\n"
            "    options = f\"'--prefix={folder.parent}' '--enable-shared'\"\n"
            "    options += f\" 'LDFLAGS=-L{folder.parent}/lib'\"\n"
            "    options += \" '--disable-gil'\" if free else ''\n"
            "    said = json.dumps({'free': free, 'options': options})\n"
            "    python = folder / 'python'\n"
            f"    python.write_text('#!{sys.executable}\\nprint(' + repr(said) + ')\\n')\n"
            "    python.chmod(0o755)\n"
            "if words == ['root']:\n"
            "    print(root)\n"
            f"else:\n    {build}\n",
        )

    def apt(self, source: bytes = SOURCE, update: int = 0) -> None:
        self.command(
            "apt-get",
            "if words[0] == 'indextargets':\n"
            "    print('http://mirror.example/debian/ bookworm $(ORIGIN)')\n"
            "elif 'update' in words:\n"
            f"    print('E: no network', file=sys.stderr); sys.exit({update})\n"
            "elif 'source' in words:\n"
            f"    Path('python3.13_3.13.5.orig.tar.xz').write_bytes({source!r})\n",
        )


@pytest.fixture
def machine(tmp_path, script, monkeypatch):
    return Machine(tmp_path, script, monkeypatch)


def test_without_pyenv_and_debian_it_says_what_to_do_instead(machine, script, capsys):
    assert script.main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert "uv python install 3.13t 3.13" in lines[0]
    assert "uv python install pypy" in lines[1]


def test_it_builds_both_from_debians_source_and_then_nothing(machine, script, capsys):
    machine.pyenv(hashlib.sha256(SOURCE).hexdigest())
    machine.apt()
    assert script.main([]) == 0
    said = capsys.readouterr().out
    assert "from Debian trixie, with the checksum of pyenv's definition" in said
    assert "configured alike, but for --disable-gil" in said
    assert (machine.root / "cache" / "Python-3.13.5.tar.xz").read_bytes() == SOURCE
    built = [c[-1] for c in machine.called if c[:2] == ["pyenv", "install"]]
    assert built == list(NAMES)

    machine.log.write_text("")
    assert script.main([]) == 0
    assert [c for c in machine.called if c[0] == "apt-get" or "install" in c] == []


def test_apt_is_kept_from_the_systems_lists(machine, script):
    settings = script.apt_settings(Path("/place"))
    for name in ("SourceList", "Lists", "Dir::Cache"):
        assert any(name in line and "/place/" in line for line in settings.splitlines())
    assert 'Dir::Etc::SourceParts "-"' in settings
    assert "#clear APT::Update::Post-Invoke-Success;" in settings


@pytest.mark.parametrize(
    ("source", "update", "says"),
    [(b"something else", 0, "has not the checksum"), (SOURCE, 100, "E: no network")],
)
def test_without_debians_source_pyenv_downloads_it(machine, script, capsys, source, update, says):
    machine.pyenv(hashlib.sha256(SOURCE).hexdigest())
    machine.apt(source, update)
    assert script.main([]) == 0
    said = capsys.readouterr().out
    assert says in said
    assert "pyenv downloads it itself" in said
    assert not (machine.root / "cache").exists()


def test_a_build_that_fails_is_told_and_pypy_is_brought_all_the_same(machine, script, capsys):
    machine.pyenv(hashlib.sha256(SOURCE).hexdigest(), "print('no compiler'); sys.exit(1)")
    machine.apt()
    machine.command("dpkg-query", "sys.exit(1)\n")
    assert script.main([]) == 2
    said = capsys.readouterr().out
    assert re.search(r"^CPython 3.13.5t: pyenv install .* failed; see .*\.log$", said, re.MULTILINE)
    installed = [c for c in machine.called if c[0] == "apt-get" and "install" in c]
    assert installed[0][-3:] == ["pypy3", "pypy3-venv", "pypy3-dev"]


def test_an_interpreter_that_does_not_work_is_built_again(machine, script):
    machine.pyenv(hashlib.sha256(SOURCE).hexdigest(), "shutil.rmtree(root / 'versions' / words[-1],"
                  " ignore_errors=True); make(words[-1])")  # fmt: skip
    machine.apt()
    half = machine.root / "versions" / "3.13.5t" / "bin"
    half.mkdir(parents=True)
    (half / "python").write_text("#!/bin/sh\nexit 1\n")
    (half / "python").chmod(0o755)
    assert script.main([]) == 0
    assert [c[-1] for c in machine.called if "--force" in c] == list(NAMES)


def test_the_limit_holds_and_ends_what_was_started(machine, script, capsys):
    machine.pyenv(hashlib.sha256(SOURCE).hexdigest(), "time.sleep(600)")
    machine.apt()
    machine.command("dpkg-query", "print('installed', end='')\n")
    start = time.monotonic()
    assert script.main(["--limit", "4"]) == 2
    assert time.monotonic() - start < 60
    assert "was not done in" in capsys.readouterr().out


def test_only_root_installs_packages(machine, script, capsys, monkeypatch):
    monkeypatch.setattr(script, "is_root", lambda: False)
    machine.apt()
    machine.command("dpkg-query", "sys.exit(1)\n")
    assert script.main([]) == 0
    said = capsys.readouterr().out
    assert "only root may install it here: apt-get install pypy3 pypy3-venv pypy3-dev" in said
    assert not [c for c in machine.called if c[0] == "apt-get" and "install" in c]


@pytest.mark.parametrize(
    ("targets", "mirror"),
    [
        ("http://m/debian/ bookworm Debian", "http://m/debian"),
        ("http://m/deb-mirror bookworm Debian", "http://m/deb-mirror"),
        ("http://m/debian/ bookworm $(ORIGIN)", "http://m/debian"),
        ("http://m/debian-security/ bookworm-security Debian", ""),
        ("http://m/debian/ bookworm-backports Debian", ""),
        ("http://m/ubuntu/ noble Ubuntu", ""),
        ("http://m/node nodistro .", ""),
        ("", ""),
    ],
)
def test_a_mirror_of_debians_main_archive_is_recognised(script, targets, mirror):
    assert script.mirror_in(targets) == mirror


def test_how_two_were_configured_is_compared_without_their_folders(script):
    one = "'--prefix=/v/3.13.5t' '--libdir=/v/3.13.5t/lib' 'LDFLAGS=-L/v/3.13.5t/lib -g'"
    two = "'--prefix=/v/3.13.5' '--libdir=/v/3.13.5/lib' 'LDFLAGS=-L/v/3.13.5/lib -g'"
    assert script.configured(f"{one} '--disable-gil'") - script.configured(two) == {"--disable-gil"}
    assert script.configured(two) <= script.configured(f"{one} '--disable-gil'")


@pytest.fixture
def toxfile(machine, monkeypatch):
    """The file that tox loads, on a machine with a pyenv."""
    machine.pyenv("0" * 64)
    for name in ("3.12.1", "3.13.5t"):
        (machine.root / "versions" / name / "bin").mkdir(parents=True)
    monkeypatch.delenv("PYENV_ROOT", raising=False)
    found = importlib.util.spec_from_file_location("its_toxfile", SCRIPT.parents[1] / "toxfile.py")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_tox_is_led_to_the_interpreters_of_pyenv_after_what_is_on_the_path(toxfile, machine):
    places = os.environ["PATH"].split(os.pathsep)
    assert places[0] == str(machine.bin)
    assert [Path(p).parent.name for p in places[1:]] == ["3.12.1", "3.13.5t"]


@pytest.mark.parametrize(
    ("spec", "get"),
    [
        ("py314", "to get it: uv python install 3.14"),
        ("py314t", "to get it: uv python install 3.14t"),
        ("cpython3.14+freethreaded", "to get it: uv python install 3.14t"),
        ("py313t", "to get it: make interpreters, or uv python install 3.13t"),
        ("pypy3", "to get it: make interpreters, or uv python install pypy3.11"),
        ("pypy310", "to get it: make interpreters, or uv python install pypy3.10"),
        ("something-else", "spec(s): something-else"),
    ],
)
def test_a_missing_interpreter_is_one_line_that_says_how_to_get_it(toxfile, spec, get):
    import logging

    said = "skipped because could not find python interpreter with spec(s): %s"
    record = logging.LogRecord("tox", logging.WARNING, "", 0, said, (spec,), None)
    assert toxfile.Hint().filter(record)
    line = record.getMessage()
    assert line.endswith(get)
    assert "\n" not in line
