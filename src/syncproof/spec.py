"""The clauses, read from ``conformance/spec/*.toml``."""

from __future__ import annotations

import dataclasses
import fnmatch
import functools
import re
import sys
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Any

from syncproof.nearby import did_you_mean
from syncproof.vocabulary import LEVELS, PRIMITIVES, SCOPES, Clause

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

#: Where the sources of the clauses are found: a clause's source is a page and an anchor below it.
DOCUMENTATION = "https://docs.python.org/3/"


class SpecError(Exception):
    """The spec contradicts itself; says which clause and how."""


class Spec:
    """The clauses of one family of primitives, by id."""

    def __init__(self, family: Mapping[str, Any], clauses: Mapping[str, Clause]) -> None:
        self.family = family
        self.clauses = clauses

    def __iter__(self) -> Iterator[Clause]:
        return iter(self.clauses.values())

    def __getitem__(self, clause_id: str) -> Clause:
        return self.clauses[clause_id]

    def __contains__(self, clause_id: object) -> bool:
        return clause_id in self.clauses

    def __len__(self) -> int:
        return len(self.clauses)

    def absent(self, version: tuple[int, int]) -> set[str]:
        """The capabilities that nothing of this family has to have, in that version of Python."""
        late = self.family.get("late", {})
        return {
            *self.family.get("absent", ()),
            *(name for name, since in late.items() if version < _version(since)),
        }

    def matching(self, glob: str) -> list[Clause]:
        """Clauses whose id matches a shell pattern, in the order of the spec."""
        if glob in self.clauses:
            return [self.clauses[glob]]
        return [c for c in self if fnmatch.fnmatchcase(c.id, glob)]

    def hint(self, glob: str) -> str:
        """The end of the line that refuses a pattern that matches nothing."""
        part = glob.strip("*").casefold()
        if part and any(part in clause_id for clause_id in self.clauses):
            return f"; did you mean '*{part}*'?"
        return did_you_mean(part, self.clauses, " (`syncproof spec` shows them all)")


@functools.cache
def load(family: str = "threading") -> Spec:
    """The spec of a family; raises SpecError where it is not well formed."""
    source = resources.files("syncproof.conformance") / "spec" / f"{family}.toml"
    document = tomllib.loads(source.read_text(encoding="utf-8"))
    about = document.get("family", {})
    clauses: dict[str, Clause] = {}
    for clause in (*_shared(family, about, document), *map(_clause, document.get("clause", []))):
        if clause.id in clauses:
            raise SpecError(f"{family}.toml: {clause.id} appears twice")
        clauses[clause.id] = clause
    return Spec(about, clauses)


@functools.cache
def families() -> tuple[str, ...]:
    """The families that there is a spec of, threading first."""
    folder = resources.files("syncproof.conformance") / "spec"
    found = sorted(f.name[: -len(".toml")] for f in folder.iterdir() if f.name.endswith(".toml"))
    return tuple(sorted(found, key=lambda name: name != "threading"))


def _shared(
    family: str, about: Mapping[str, Any], document: Mapping[str, Any]
) -> Iterator[Clause]:
    """The clauses of the families that this one builds on, as far as it makes the same promises.

    Each row of ``shared`` names some by ids or patterns (but for those of ``unless``), the
    documentation of this family that makes them, and what else is different; ``words`` has this
    family's words in the place of the other's.
    """
    for row in document.get("shared", []):
        changes = {k: v for k, v in row.items() if k not in ("ids", "unless")}
        for glob in row["ids"]:
            matches = (load(base).matching(glob) for base in about["builds_on"])
            found = next(filter(None, matches), [])
            if not found:
                raise SpecError(f"{family}.toml: it builds on nothing that has {glob}")
            for clause in found:
                if not any(fnmatch.fnmatchcase(clause.id, out) for out in row.get("unless", ())):
                    text = _in_words(clause.text, about.get("words", {}))
                    yield dataclasses.replace(clause, **{"text": text, **changes})


def _in_words(text: str, words: Mapping[str, str]) -> str:
    def instead(found: re.Match[str]) -> str:
        word = found[0]
        other = words.get(word.lower(), word)
        return other[:1].upper() + other[1:] if word[0].isupper() else other

    return re.sub(r"\w+", instead, text)


def _clause(row: Mapping[str, Any]) -> Clause:
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in row.items()}
    try:
        clause = Clause(**values)
    except TypeError as error:
        raise SpecError(f"{row.get('id', row)}: {error}") from None
    if clause.level not in LEVELS:
        raise SpecError(f"{clause.id}: level {clause.level!r} is none of {', '.join(LEVELS)}")
    if clause.scope not in SCOPES:
        raise SpecError(f"{clause.id}: scope {clause.scope!r} is none of {', '.join(SCOPES)}")
    for primitive in clause.primitives:
        if primitive not in PRIMITIVES:
            raise SpecError(f"{clause.id}: {primitive!r} is no primitive")
    return clause


def source_url(clause: Clause) -> str:
    """The link to the sentence that makes the promise."""
    if clause.source.startswith(("http:", "https:")) or ".html" not in clause.source:
        return clause.source
    return DOCUMENTATION + clause.source


def dated(clause: Clause, version: tuple[int, int]) -> str:
    """Why an interpreter of that version is not held to the clause; empty if it is."""
    if clause.since and version < _version(clause.since):
        return f"promised from Python {clause.since} on"
    if clause.until and version >= _version(clause.until):
        return f"promised until Python {clause.until}"
    return ""


def _version(text: str) -> tuple[int, int]:
    major, minor = text.split(".")[:2]
    return int(major), int(minor)
