"""What a target is, found out in a process of its own: importing it runs a stranger's code."""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syncproof.nearby import did_you_mean
from syncproof.registry import TargetError
from syncproof.sandbox.process import (
    Child,
    enter_users_folder,
    hear_interrupts,
    leave_no_core,
    ready_to_tell_stacks,
)
from syncproof.vocabulary import MODELS, PRIMITIVES, Deviation, Implementation

if TYPE_CHECKING:
    from syncproof.subject import Subject

#: How long a target may take to be imported.
PATIENCE = 30.0
#: And how long to make one of each primitive; that one takes longer is for the clauses to say.
TRIAL_PATIENCE = 2.0
#: What to do about a target of which nothing can be checked.
INSTEAD = "an adapter, as `syncproof new` writes it, can make and name things otherwise"


@dataclass(frozen=True)
class Target:
    """A target that could be loaded, and what there is to know about it."""

    #: As it was named on the command line, and the primitive that ``--as`` says it is.
    target: str
    kind: str
    name: str
    version: str
    model: str
    primitives: tuple[str, ...]
    about: str
    interpreter: Mapping[str, Any]
    #: Whose documentation it is held to.
    family: str = "threading"
    #: The model, where it was asked for and not guessed.
    chosen: str = ""
    #: How its processes are started, where it says so.
    start_method: str = ""
    #: The declared deviations that hold on this interpreter.
    deviations: tuple[Deviation, ...] = ()
    #: What it wrote to stdout or stderr while it was imported.
    printed: str = field(default="", compare=False)
    #: By primitive why nothing of it can be checked.
    unusable: Mapping[str, str] = field(default_factory=dict, compare=False)

    def refusal(self, primitives: Iterable[str]) -> str:
        """One line where nothing of these can be checked, and why; else empty."""
        reasons = [self.unusable.get(primitive, "") for primitive in primitives]
        if not reasons or not all(reasons):
            return ""
        why = "; ".join(dict.fromkeys(reasons))
        return f"nothing of {self.target} can be checked: {why} ({INSTEAD})"


def inspect(
    targets: Iterable[tuple[str, str]], model: str = ""
) -> list[Target | TargetError]:
    """Load each target (with what ``--as`` says of it) in a process of its own, side by side.

    ``model`` is their execution model, where that is not to be guessed.
    """
    with tempfile.TemporaryDirectory(prefix="syncproof-") as folder:
        looks = [
            _Look(target, kind, Path(folder) / str(number), model)
            for number, (target, kind) in enumerate(targets)
        ]
        try:
            return [look.result() for look in looks]
        finally:
            for look in looks:
                look.child.kill()


class _Look:
    def __init__(self, target: str, kind: str, folder: Path, model: str) -> None:
        folder.mkdir()
        self.target = target
        self.kind = kind
        self.model = model
        self.answer = folder / "answer"
        self.trial = folder / "trial"
        self.child = Child(__name__, [str(self.answer), target, kind, model], folder)

    def result(self) -> Target | TargetError:
        start = self.child.started
        while not self.answer.exists() and not self.child.ended:
            time.sleep(0.005)
            if self.child.patience_clock() - start > PATIENCE:
                where = _innermost(self.child.stacks())
                return TargetError(
                    f"{self.target} cannot be imported: its import has not ended after"
                    f" {PATIENCE:.0f} s{where and f' (it is in {where})'}"
                )
        if not self.answer.exists():
            return TargetError(
                f"{self.target} cannot be imported: its process {self.child.ending()}"
                f"{_last_line(self.child.output())}"
            )
        answer = json.loads(self.answer.read_text(encoding="utf-8"))
        if "error" in answer:
            return TargetError(answer["error"])
        return Target(
            target=self.target,
            kind=self.kind,
            name=answer["name"],
            version=answer["version"],
            model=answer["model"],
            family=answer["family"],
            chosen=self.model,
            start_method=answer["start_method"],
            primitives=tuple(answer["primitives"]),
            about=answer["about"],
            interpreter=answer["interpreter"],
            deviations=tuple(_deviation(d) for d in answer["deviations"]),
            printed=self.child.output(),
            unusable=self._unusable(),
        )

    def _unusable(self) -> dict[str, str]:
        """What the trial has found; nothing where it has not come to its end."""
        start = self.child.patience_clock()
        while not self.child.ended:
            time.sleep(0.005)
            if self.child.patience_clock() - start > TRIAL_PATIENCE:
                return {}
        if not self.trial.exists():
            return {}
        found: dict[str, str] = json.loads(self.trial.read_text(encoding="utf-8"))
        return found


def _deviation(row: Mapping[str, Any]) -> Deviation:
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in row.items()}
    return Deviation(**values)


def _innermost(stacks: str) -> str:
    """The place where the current thread of a dump is: ``File "...", line 3 in f``."""
    lines = [line.strip() for line in stacks.splitlines()]
    frames = [line for line in lines if line.startswith("File ")]
    return frames[0] if frames else ""


def _last_line(output: str) -> str:
    return f": {output.splitlines()[-1]}" if output else ""


# -- in the child -------------------------------------------------------------------------------


def main() -> None:
    """Load the target that the arguments name, and write what it is; then make one of each."""
    import os

    stacks, answer, target, kind, model = sys.argv[1:]
    ready_to_tell_stacks(stacks)
    hear_interrupts()
    leave_no_core()
    subject = None
    try:
        known, subject = _describe(target, kind, model)
    except TargetError as error:
        known = {"error": " ".join(str(error).split())}
    except KeyboardInterrupt as error:
        known = {"error": f"{target} cannot be loaded: {type(error).__name__}"}
    sys.stdout.flush()
    sys.stderr.flush()
    _write(Path(answer), known)
    if subject is not None:
        _try(subject, Path(answer).with_name("trial"))
    os._exit(0)  # whatever threads the import has started


def _write(path: Path, known: Mapping[str, Any]) -> None:
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(known), encoding="utf-8")
    draft.replace(path)


def _try(subject: Subject, trial: Path) -> None:
    """Write which primitives cannot be used; what is printed meanwhile is heard in the check."""
    import os

    from syncproof.sandbox.trial import unusable

    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    with contextlib.suppress(BaseException):
        _write(trial, unusable(subject))


def _describe(target: str, kind: str, model: str) -> tuple[dict[str, Any], Subject]:
    from syncproof import gil, registry, results
    from syncproof.interpreters import interpreter

    enter_users_folder()
    with gil.Watch() as watch:
        implementation = registry.resolve(target, kind, model)
        reason = registry.unavailable(implementation)
        if reason:
            raise TargetError(f"{target} is not available here: {reason}")
        _refuse_unknown_names(target, implementation)
        subject = _loaded(target, implementation)
    known = {
        "name": implementation.name,
        "version": registry.version(implementation),
        "model": implementation.model,
        "start_method": implementation.start_method,
        "family": implementation.family,
        "primitives": list(subject.factories),
        "about": implementation.about,
        "deviations": [asdict(d) for d in results.active(implementation.deviations)],
        "interpreter": {**interpreter(), **watch.record()},
    }
    return known, subject


def _refuse_unknown_names(target: str, implementation: Implementation) -> None:
    """A name that nothing has would be passed over in silence: an adapter is told of it."""
    from syncproof import spec
    from syncproof.subject import PROBES

    def known(what: str, words: Iterable[str], names: Iterable[str]) -> None:
        names = list(names)
        for word in words:
            if word not in names:
                raise TargetError(f"{target}: there is no {what} {word}{did_you_mean(word, names)}")

    known("primitive", implementation.primitives, PRIMITIVES)
    known("model", [implementation.model], MODELS)
    known("family", [implementation.family], spec.families())
    clauses = spec.load(implementation.family).clauses
    known("clause", [d.clause for d in implementation.deviations], clauses)
    named = [p for d in implementation.deviations for p in d.primitives]
    known("primitive", named, PRIMITIVES)
    capabilities = [f"{p}.{capability}" for p, probes in PROBES.items() for capability in probes]
    known("capability", implementation.lacks, capabilities)


def _loaded(target: str, implementation: Implementation) -> Subject:
    from syncproof import registry
    from syncproof.subject import Subject

    try:
        return Subject(implementation)
    except TargetError:
        raise
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise TargetError(f"{target} cannot be loaded: {registry.one_line(error)}") from None
