"""What the documentation shows works, and what it names is there."""

from __future__ import annotations

import fnmatch
import importlib
import inspect
import json
import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import syncproof
from syncproof import cli, registry, spec
from syncproof.cli import COMMANDS, Parser
from syncproof.interleave.tokens import running_python
from syncproof.subject import PROBES
from syncproof.timing.scenarios import catalogue
from syncproof.vocabulary import Implementation

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

pytestmark = pytest.mark.twice

PROJECT = Path(__file__).resolve().parents[1]
RULINGS = PROJECT / "conformance" / "spec" / "RULINGS.md"
README = PROJECT / "README.md"
PAGES = [
    *(README, PROJECT / "CHANGELOG.md", PROJECT / "CONTRIBUTING.md"),
    *(RULINGS, PROJECT / "results" / "README.md"),
    *sorted(PROJECT.glob("docs/*.md")),
]

#: `cond.wait.releases`, or a pattern of such; the first words are those of the spec.
CLAUSES = [clause.id for family in spec.families() for clause in spec.load(family)]
#: A name that begins with that of a family may also be one of the library's.
PREFIXES = sorted({c.partition(".")[0] for c in CLAUSES} - set(spec.families()))
CLAUSE = re.compile(rf"`((?:{'|'.join(PREFIXES)})\.[A-Za-z0-9_.*-]+)`")


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    page: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(PROJECT).as_posix()}:{self.line}"


def blocks(*languages: str) -> list[Block]:
    """The blocks of all pages in these languages (none: all); "" is a block without one."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for match in re.finditer(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
            line = text.count("\n", 0, match.start()) + 1
            if not languages or match[1] in languages:
                found.append(Block(page, line, match[1], match[2]))
    return found


def commands() -> Iterator[tuple[Block, str]]:
    """Every command that a page shows: after a $, or a line that begins with syncproof."""
    for block in blocks("console", ""):
        for line in block.text.replace("\\\n", " ").splitlines():
            if line.startswith("$ "):
                yield block, line[2:]
            elif line.startswith("syncproof "):
                yield block, line


COMMAND_LINES = list(commands())


@pytest.mark.parametrize("block", blocks("python"), ids=str)
def test_python_runs(block):
    if block.text.startswith("# test_"):
        pytest.skip("pytest runs it, in the shell block that follows")
    names: dict[str, object] = {"__name__": "shown"}
    exec(compile(block.text, str(block), "exec"), names)
    declared = names.get("implementation")
    if isinstance(declared, Implementation):
        for deviation in declared.deviations:
            assert deviation.clause in spec.load()
        for lack in declared.lacks:
            primitive, _, capability = lack.partition(".")
            assert capability in PROBES[primitive]


@pytest.mark.once
@pytest.mark.parametrize("block", blocks("sh"), ids=str)
def test_shell_runs(block, tmp_path):
    """With the files that the page has shown before, and with the output that it shows next."""
    bash = shutil.which("bash")
    if not bash or sys.platform == "win32":
        pytest.skip("there is no bash here")
    page = [b for b in blocks() if b.page == block.page]
    place = page.index(block)
    for earlier in page[:place]:
        name = re.match(r"# ([\w/.]+)\n", earlier.text)
        if name and earlier.language == "python":
            (tmp_path / name[1]).write_text(earlier.text, encoding="utf-8")
    after = page[place + 1] if len(page) > place + 1 else None
    shown = after.text if after and after.language == "text" else ""
    done = subprocess.run(
        [bash, "-e", "-c", block.text],
        cwd=tmp_path,
        env=strangers_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == int("not conformant" in shown or " failed" in shown), said
    output = iter(without_addresses(done.stdout).splitlines())
    for line in without_addresses(shown).splitlines():
        start, dots, _ = line.partition("...")
        found = (o == line or (dots and o.startswith(start)) for o in output)
        assert line == "..." or any(found), f"{line!r} is not said, or not there:\n{said}"


def strangers_environment() -> dict[str, str]:
    """The environment of somebody who has installed syncproof as these tests have it."""
    ours = (
        "PYTEST_", "FORCE_COLOR", "PY_COLORS", "GITHUB_ACTIONS", "COLUMNS", "PYTHONOPTIMIZE"
    )  # fmt: skip
    variables = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
    programs = str(Path(sys.executable).parent)
    return {**variables, "PATH": os.pathsep.join([programs, variables.get("PATH", "")])}


def without_addresses(text: str) -> str:
    return re.sub(r"0x[0-9a-fA-F]+", "0x0", text)


def test_the_tutorials_are_shown_as_they_are_run():
    run = (PROJECT / "conformance" / "test_tutorials.py").read_text(encoding="utf-8")
    shown = [b.text.strip() for b in blocks("python") if "tutorials.md" in str(b)]
    assert len(shown) == 6
    for program in shown:
        assert program in run


@pytest.mark.parametrize("block", blocks("toml"), ids=str)
def test_toml_is_what_the_project_reads(block):
    document = tomllib.loads(block.text)
    for shown in document.get("clause", ()):
        clause = spec.load()[shown["id"]]
        for field, value in shown.items():
            assert value == (
                list(clause.primitives) if field == "primitives" else getattr(clause, field)
            )
    for group in document.get("project", {}).get("entry-points", {}):
        assert group == registry.ENTRY_POINTS


@pytest.mark.parametrize("block", blocks("json"), ids=str)
def test_json_is_json(block):
    json.loads(block.text)


@pytest.mark.parametrize(
    ("block", "command"), COMMAND_LINES, ids=[f"{b}-{c[:40]}" for b, c in COMMAND_LINES]
)
def test_commands_are_accepted(block, command):
    program, *words = shlex.split(command.partition(" > ")[0], comments=True)
    checks = {"syncproof": _syncproof, "make": _make, "pytest": _pytest, "pip": _pip}
    checks.get(program, lambda words: None)(words)


def _syncproof(words: list[str]) -> None:
    name, *rest = words
    assert name in COMMANDS
    parser = Parser(prog=f"syncproof {name}")
    importlib.import_module(f"syncproof.commands.{name}").add_arguments(parser)
    args = parser.parse_args(rest)
    for glob in getattr(args, "clause", None) or ():
        assert spec.load().matching(glob), f"no clause matches {glob}"


def _make(words: list[str]) -> None:
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    for target in words:
        assert re.search(rf"^[\w ]*\b{target}\b[\w ]*:", makefile, re.MULTILINE)


def _pytest(words: list[str]) -> None:
    from syncproof.suite import options as plugin

    options = Path(plugin.__file__).read_text(encoding="utf-8")
    for word in words:
        if word.startswith("--syncproof-"):
            assert f'"{word[len("--syncproof-") :]}"' in options


def _pip(words: list[str]) -> None:
    with (PROJECT / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    for extras in re.findall(r"\[([\w,-]+)\]", " ".join(words)):
        assert set(extras.split(",")) <= set(project["optional-dependencies"])


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(PROJECT).as_posix())
def test_links_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)#]*)(?:#[^)]*)?\)", text):
        if link and "://" not in link:
            assert (page.parent / link).exists(), link


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(PROJECT).as_posix())
def test_clauses_that_are_named_exist(page):
    ids = CLAUSES
    for named in CLAUSE.findall(page.read_text(encoding="utf-8")):
        primitive, _, capability = named.partition(".")
        if capability in PROBES.get(primitive, ()):
            continue  # a capability, such as lock.locked
        if any(fnmatch.fnmatch(one.name, named) for one in catalogue()):
            continue  # a scenario of the benchmarks, such as process.pair
        assert fnmatch.filter(ids, named), f"there is no clause {named}"


@pytest.mark.once
@pytest.mark.parametrize(
    ("number", "shows"), [(0, "returned True instead of blocking"), (1, "possible on every build")]
)
def test_the_broken_example_of_the_readme_is_found(tmp_path, number, shows):
    (block,) = [b for b in blocks("python") if b.page == README]
    (tmp_path / "locks.py").write_text(block.text)
    text = README.read_text(encoding="utf-8")
    command = re.findall(r"^  repeat +syncproof (.*)$", text, re.MULTILINE)[number]
    if "--replay" in command and f" {running_python()}:" not in command:
        pytest.skip("the token in the README is of another Python")
    done = subprocess.run(
        [sys.executable, "-m", "syncproof", *shlex.split(command)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert shows in done.stdout


# -- the site -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hook() -> dict[str, Any]:
    """What makes the pages of the site that are made of data."""
    return runpy.run_path(str(PROJECT / "scripts" / "pages.py"))


@pytest.fixture(scope="module")
def made(hook) -> dict[str, str]:
    """Those pages, by name."""
    return hook["pages"]()


def test_every_page_has_its_place_on_the_site(made):
    nav = (PROJECT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:\n")[2]
    named = re.findall(r"- ([\w-]+\.md)$", nav, re.MULTILINE)
    assert len(named) == len(set(named))
    assert set(named) == {page.name for page in PROJECT.glob("docs/*.md")} | set(made)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_page_of_the_commands_shows_all_there_is(made, command):
    (part,) = re.findall(
        rf"^## syncproof {command}\n(.*?)(?=^## |\Z)", made["commands.md"], re.M | re.S
    )
    _, parsers = cli.parsers()
    cli.load(command).add_arguments(parsers[command])
    assert str(parsers[command].description) in part
    for argument in parsers[command].arguments:
        for option in argument.option_strings:
            assert f"`{option}" in part or option in ("-h", "--help")
        assert str(argument.metavar or argument.dest.upper()) in part or not argument.nargs
    assert f"syncproof {command}" in part.partition("```text")[2]


def test_the_page_of_the_clauses_shows_all_there_are(made):
    parts: dict[str, list[str]] = {}
    for part in re.split(r"^###? ", made["clauses.md"], flags=re.MULTILINE):
        head, _, text = part.partition("\n")
        parts.setdefault(head, []).append(text)
    for clause in spec.load():
        (part,) = parts[f"`{clause.id}` {{ #{clause.id} }}"]
        assert clause.text in part.replace("\\", "")
        assert spec.source_url(clause) in part.replace("\\", "")
        assert f"level: {clause.level}, scope {clause.scope}" in part


def test_the_page_of_the_rulings_is_that_of_the_spec(made):
    assert made["rulings.md"] == RULINGS.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("link", "leads"),
    [
        ("[a](../conformance/spec/RULINGS.md#x)", "[a](rulings.md#x)"),
        ("[a](start.md)", "[a](start.md)"),
        ("[a](../README.md)", "[a](https://example.org/p/blob/main/README.md)"),
        ("[a](../results)", "[a](https://example.org/p/tree/main/results)"),
        ("[a](https://example.org/x)", "[a](https://example.org/x)"),
        ("[a](#x)", "[a](#x)"),
    ],
)
def test_links_lead_to_what_the_site_has_or_the_repository(hook, link, leads):
    assert hook["for_the_site"](link, "docs/faq.md", "https://example.org/p") == leads


def test_a_link_to_what_is_not_to_be_seen_is_no_link(hook):
    assert hook["for_the_site"]("see [it](../README.md).", "docs/faq.md", "") == "see it."


def test_links_of_the_rulings_are_for_the_site_as_well(hook):
    page = hook["for_the_site"]("[a](../../docs/spec.md)", "conformance/spec/RULINGS.md", "")
    assert page == "[a](spec.md)"


# -- the public API -----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["testing", "registry", "results"])
def test_what_is_public_is_documented(name):
    module = importlib.import_module(f"syncproof.{name}")
    page = (PROJECT / "docs" / "api.md").read_text(encoding="utf-8")
    (part,) = re.findall(rf"^## syncproof\.{name} .*?\n(.*?)(?=^## |\Z)", page, re.M | re.S)
    assert len(module.__all__) == len(set(module.__all__))
    for public in module.__all__:
        thing = getattr(module, public)
        assert re.search(rf"\b{public}\b", part), f"docs/api.md says nothing of {name}.{public}"
        assert not callable(thing) or inspect.getdoc(thing), f"{name}.{public} says nothing"


# -- the project's own files --------------------------------------------------------------


def test_the_version_is_the_same_everywhere():
    with (PROJECT / "pyproject.toml").open("rb") as file:
        version = tomllib.load(file)["project"]["version"]
    assert version == syncproof.__version__
    citation = (PROJECT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {version}\n" in citation
    changes = (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.findall(r"^## (.*)$", changes, re.MULTILINE)[0]
    assert version in newest


def test_ci_runs_environments_that_tox_has():
    tox = (PROJECT / "tox.ini").read_text(encoding="utf-8")
    environments = re.findall(r"^env_list = (.*)$", tox, re.MULTILINE)[0]
    known = set()
    for name in re.split(r", (?![^{]*})", environments):
        start, _, rest = name.partition("{")
        choices, _, end = rest.partition("}")
        known |= {f"{start}{choice}{end}" for choice in choices.split(",")}
    workflow = (PROJECT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    run = set(re.findall(r"tox: (\w+)", workflow))
    run |= set(re.findall(r"tox: \[(.*)\]", workflow)[0].split(", "))
    assert run <= known
    assert run >= {*(f"py3{minor}" for minor in range(9, 15)), "py313t", "pypy3", "docs"}


@pytest.mark.parametrize("what", ["clause", "scenario", "implementation"])
def test_contributing_says_how_to_add_one_in_ten_lines(what):
    text = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (part,) = re.findall(rf"^## Add an? {what}\n(.*?)(?=^## |\Z)", text, re.M | re.S)
    assert len(part.strip().splitlines()) <= 10


# -- what the pages name ------------------------------------------------------------------


def test_the_adapter_that_is_shown_is_one_of_the_project():
    page = PROJECT / "docs" / "registering.md"
    name = re.search(r"`implementations/(\w+\.py)`", page.read_text(encoding="utf-8"))
    assert name
    adapter = (PROJECT / "implementations" / name[1]).read_text(encoding="utf-8")
    _, _, code = adapter.partition("\n\n")  # after the docstring
    assert code.strip() in [b.text.strip() for b in blocks("python") if b.page == page]


def rulings() -> dict[int, str]:
    """The numbered rulings, by number."""
    parts = re.split(r"^## ", RULINGS.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {int(p.partition(".")[0]): p for p in parts if p[0].isdigit()}


def test_there_are_fourteen_rulings():
    assert list(rulings()) == list(range(1, 15))


@pytest.mark.parametrize("number", range(1, 15))
def test_every_ruling_has_led_to_clauses(number):
    assert CLAUSE.findall(rulings()[number])


def test_the_deviations_of_threading_are_those_that_were_ruled():
    _, _, part = RULINGS.read_text(encoding="utf-8").partition("CPython's deviations.")
    ruled = re.findall(r"^\| `([\w.-]+)` \|", part, re.MULTILINE)
    declared = {d.clause for d in registry.registered()["threading"].deviations}
    assert set(ruled) == declared
    assert len(ruled) == len(set(ruled))


def test_the_readme_has_no_gaps():
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"<!--|\bTODO\b|\bTBD\b|\bXXX\b", text), page.name


# -- old bugs ---------------------------------------------------------------------------------


def test_the_table_of_old_bugs_has_every_one():
    bugs = tomllib.loads((PROJECT / "tests" / "old_bugs.toml").read_text(encoding="utf-8"))["bug"]
    page = (PROJECT / "docs" / "old-bugs.md").read_text(encoding="utf-8")
    shown = [line.split("|")[1].strip() for line in page.splitlines() if line.startswith("| ")]
    assert shown[1:] == [bug["what"] for bug in bugs]
    known = {clause.id for family in spec.families() for clause in spec.load(family)}
    assert {bug["clause"] for bug in bugs if "clause" in bug} <= known
    nowhere = [bug for bug in bugs if "has it" not in line_of(page, bug["what"])]
    assert all(bug.get("unseen") for bug in nowhere)


def line_of(page, what):
    return next(line for line in page.splitlines() if line.startswith(f"| {what} |"))
