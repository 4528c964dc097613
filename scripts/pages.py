"""The pages of the documentation that are made of data: a hook of mkdocs.

``commands.md`` is made of the parsers of the command line, ``clauses.md`` of the spec, and
``rulings.md`` is the page that lies beside the spec. They are made anew at each build, so that they
cannot be out of date.
"""

from __future__ import annotations

import argparse
import re
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from syncproof import cli
from syncproof import spec as specs
from syncproof.suite.index import tests_by_clause
from syncproof.vocabulary import CLASS_NAMES, Clause

PROJECT = Path(__file__).resolve().parents[1]
SPEC = PROJECT / "conformance" / "spec"

#: Pages that lie elsewhere in the project, and what they are called on the site.
MOVED = {"conformance/spec/RULINGS.md": "rulings.md"}

#: A link to another file of the project: its text, the file, and the place in it.
LINK = re.compile(r"\[([^\]]*)\]\(([^)#:\s]+)(#[^)\s]*)?\)")


def pages() -> dict[str, str]:
    """What each page holds, by its name."""
    rulings = (SPEC / "RULINGS.md").read_text(encoding="utf-8")
    return {
        "commands.md": "\n".join(commands()) + "\n",
        "clauses.md": "\n".join(clauses()) + "\n",
        "rulings.md": rulings,
    }


# -- the commands -------------------------------------------------------------------------


def commands() -> Iterator[str]:
    """The page of the commands: each with its arguments and its examples."""
    yield "# Every command"
    yield ""
    yield "`syncproof COMMAND --help` shows the same on the terminal."
    _, parsers = cli.parsers()
    for name, parser in parsers.items():
        cli.load(name).add_arguments(parser)
        yield ""
        yield f"## syncproof {name}"
        yield ""
        yield str(parser.description)
        yield ""
        yield "| argument | what |"
        yield "|---|---|"
        yield from (_argument(a) for a in parser.arguments if "--help" not in a.option_strings)
        yield from _epilog(str(parser.epilog))


def _argument(action: argparse.Action) -> str:
    value = "" if action.nargs == 0 else str(action.metavar or action.dest.upper())
    names = [f"{option} {value}".strip() for option in action.option_strings] or [value]
    text = str(action.help) % vars(action)
    if action.choices and not action.metavar:
        text += f"; one of {', '.join(map(str, action.choices))}"
    return f"| {', '.join(f'`{name}`' for name in names)} | {text} |"


def _epilog(text: str) -> Iterator[str]:
    """What follows the options of a help text: its examples as they are, the rest in lines."""
    for part in text.strip().split("\n\n"):
        head, _, rest = part.partition("\n")
        yield ""
        if head.startswith("example"):
            yield f"```text\n{textwrap.dedent(rest)}\n```"
        else:
            yield part


# -- the spec -----------------------------------------------------------------------------


def clauses() -> Iterator[str]:
    """The page of the clauses: all families, in the order of the spec."""
    yield "# Every clause"
    yield ""
    yield "What the fields mean is told in [the spec](spec.md). Where the documentation is silent,"
    yield "[the rulings](rulings.md) say what was decided, and why."
    checked = tests_by_clause()
    for path in sorted(SPEC.glob("*.toml"), key=lambda p: (p.stem != "threading", p.stem)):
        yield ""
        yield f"## {path.stem}"
        for clause in specs.load(path.stem):
            yield ""
            yield from _clause(path.stem, clause, checked.get(clause.id, []))


def _clause(family: str, clause: Clause, tests: list[str]) -> Iterator[str]:
    anchor = clause.id if family == "threading" else f"{family}-{clause.id}"
    yield f"### `{clause.id}` {{ #{anchor} }}"
    yield ""
    yield _plain(clause.text)
    yield ""
    for field, value in _fields(clause, tests):
        yield f"- {field}: {value}"


def _fields(clause: Clause, tests: list[str]) -> Iterator[tuple[str, str]]:
    yield "level", f"{clause.level}, scope {clause.scope}"
    if clause.primitives:
        yield "on", ", ".join(CLASS_NAMES[p] for p in clause.primitives)
    if clause.source:
        url = specs.source_url(clause)
        yield "source", f"<{url}>" if url.startswith("http") else _plain(url)
    dates = [f"since Python {clause.since}"] * bool(clause.since)
    dates += [f"until Python {clause.until}"] * bool(clause.until)
    dates += [f"on {clause.platform}"] * bool(clause.platform)
    if dates:
        yield "asked", ", ".join(dates)
    if clause.needs:
        yield "needs", ", ".join(f"`{need}`" for need in clause.needs)
    for test in tests:
        yield "test", f"`{test}`"


def _plain(text: str) -> str:
    """Text as it stands: Markdown would take some of its characters for its own."""
    return re.sub(r"([\\`*_\[\]<>])", r"\\\1", text)


# -- mkdocs calls these -------------------------------------------------------------------


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that are made."""
    from mkdocs.structure.files import File

    for name, text in pages().items():
        files.append(File.generated(config, name, content=text))
    return files


def on_page_markdown(markdown: str, page: Any, config: Mapping[str, Any], **_: Any) -> str:
    """Lead the links of a page to where the site, or the repository, has what they name."""
    name = page.file.src_uri
    origin = next((old for old, new in MOVED.items() if new == name), f"docs/{name}")
    return for_the_site(markdown, origin, str(config["repo_url"] or ""))


def for_the_site(markdown: str, origin: str, repository: str) -> str:
    """A page of the project with links for the site."""

    def instead(found: re.Match[str]) -> str:
        text, link, anchor = found[1], found[2], found[3] or ""
        goal = (PROJECT / origin).parent.joinpath(link).resolve()
        path = goal.relative_to(PROJECT).as_posix()
        if path in MOVED:
            return f"[{text}]({MOVED[path]}{anchor})"
        if path.startswith("docs/"):
            return f"[{text}]({path[len('docs/'):]}{anchor})"
        if repository:
            kind = "tree" if goal.is_dir() else "blob"
            return f"[{text}]({repository}/{kind}/main/{path}{anchor})"
        return text  # nobody knows where the project is to be seen

    return LINK.sub(instead, markdown)
