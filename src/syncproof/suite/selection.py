"""What a run of pytest is asked to check: which targets, primitives and clauses, and as of when."""

from __future__ import annotations

import fnmatch
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from syncproof import spec as specs
from syncproof.registry import TargetError, resolve
from syncproof.subject import Subject
from syncproof.vocabulary import Clause, Implementation


class Selection:
    """What the options of one run select."""

    def __init__(self, config: pytest.Config) -> None:
        self._option: Callable[[str], Any] = config.getoption
        self._targets: list[Implementation] | None = None
        self._names: dict[str, str] = {}
        self._subjects: dict[str, Subject] = {}

    # -- targets --------------------------------------------------------------------------

    def targets(self) -> list[Implementation]:
        if self._targets is None:
            names = self._option("--syncproof-target") or ["threading"]
            try:
                self._targets = [resolve(name, self.kind, self.model) for name in names]
                self._names = {t.name: name for t, name in zip(self._targets, names)}
            except TargetError as error:
                raise pytest.UsageError(str(error)) from None
        return self._targets

    @property
    def kind(self) -> str:
        """What a target that is a class is."""
        return str(self._option("--syncproof-as"))

    @property
    def model(self) -> str:
        """The execution model, where it is not to be guessed."""
        return str(self._option("--syncproof-model"))

    def name_of(self, target: Implementation) -> str:
        """The name that was given for a target."""
        return self._names[target.name]

    def options_for(self, target: Implementation) -> list[str]:
        """The options of pytest that name a target, as it was named."""
        words = ["--syncproof-target", self.name_of(target)]
        return [*words, "--syncproof-as", self.kind] if self.kind else words

    def subject(self, target: Implementation) -> Subject:
        """A target, loaded."""
        if target.name not in self._subjects:
            self._subjects[target.name] = Subject(target)
        return self._subjects[target.name]

    # -- what of them ---------------------------------------------------------------------

    @property
    def primitives(self) -> list[str]:
        """Those asked for; empty for all of them."""
        return list(self._option("--syncproof-primitive"))

    def asks_for(self, clause: Clause) -> bool:
        """Whether the clause is among those to be checked."""
        globs = self._option("--syncproof-clause")
        if globs:
            return any(fnmatch.fnmatchcase(clause.id, g) for g in globs)
        return clause.level != "detail" or self._option("--syncproof-detail")

    def why_not_promised(self, clause: Clause) -> str:
        """Why nobody is held to the clause here; empty if everybody is."""
        late = specs.dated(clause, self.version)
        if late:
            return late
        windows = sys.platform == "win32"
        if clause.platform and (clause.platform == "windows") != windows:
            return f"promised on {clause.platform}"
        return ""

    @property
    def version(self) -> tuple[int, int]:
        """The Python whose documentation decides what is promised."""
        text = self._option("--syncproof-as-of")
        if not text:
            return sys.version_info[:2]
        try:
            major, minor = map(int, text.split(".")[:2])
        except ValueError:
            raise pytest.UsageError(
                f"--syncproof-as-of {text}: not a version such as 3.14"
            ) from None
        return major, minor

    # -- how far --------------------------------------------------------------------------

    @property
    def depth(self) -> str:
        return str(self._option("--syncproof-depth"))

    @property
    def seed(self) -> int:
        return int(self._option("--syncproof-seed"))

    @property
    def kept(self) -> list[str]:
        """The tokens of what has failed before."""
        path = self._option("--syncproof-kept")
        return Path(path).read_text(encoding="utf-8").split() if path else []

    @property
    def done(self) -> set[str]:
        """The tests that are to be left out."""
        path = self._option("--syncproof-done")
        return set(Path(path).read_text(encoding="utf-8").split("\n")) if path else set()
