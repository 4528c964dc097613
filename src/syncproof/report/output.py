"""A whole report in a folder: page, tables, badges, and the results that it is made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import quote

from syncproof.report import badges, files, frames, markdown, page
from syncproof.report.build import build
from syncproof.report.gather import LABEL, Gathered, Source, index_of, times_of
from syncproof.report.model import Model, Page
from syncproof.timing.store import file_name


def write(found: Gathered, directory: Path, pages: Sequence[Page] = ()) -> tuple[Model, list[str]]:
    """Write the report into a directory; the model of it, and the names of what was written.

    Results that lie elsewhere are copied below it, so that what the page links to is there.
    """
    placed = _placed(found, directory)
    addresses = {
        source: [quote(p.as_posix()) for p in places.values()] for source, places in placed.items()
    }
    model = build(found, pages=pages, addresses=addresses)
    texts = {
        "report.md": markdown.render(model),
        "conformance.csv": frames.csv(frames.conformance(model)),
        "benchmarks.csv": frames.csv(frames.benchmarks(model)),
        "index.html": page.render(model),
    }
    pictures = badges.badges(model)
    files.write(directory, {**texts, **pictures})
    for places in placed.values():
        for original, place in places.items():
            files.copy(original, directory / place)
    return model, [*texts, *([f"{badges.FOLDER}/"] if pictures else [])]


def _placed(found: Gathered, directory: Path) -> dict[Source, dict[Path, Path]]:
    """Each file of the results, and where it is or will be, seen from the directory."""
    top = directory.resolve()
    names: dict[Path | None, str] = {None: ""}
    placed: dict[Source, dict[Path, Path]] = {}
    for one in found.every:
        source = one.source
        if source.run not in names and source.run is not None:
            names[source.run] = _unused(file_name(source.run.resolve().name), names.values())
        places = placed.setdefault(source, {})
        for original in _originals(source.path):
            real = original.resolve()
            if top in real.parents:
                places[original] = real.relative_to(top)
            else:
                places[original] = Path(
                    names[source.run], one.kind, file_name(one.folder), file_name(original.name)
                )
        label = source.run / LABEL if source.run else None
        if label and source.machine and top not in label.resolve().parents:
            placed.setdefault(Source(label), {})[label] = Path(names[source.run], LABEL)
    return placed


def _unused(name: str, taken: Iterable[str]) -> str:
    known, number, unique = set(taken), 2, name
    while unique in known:
        unique, number = f"{name}-{number}", number + 1
    return unique


def _originals(path: Path) -> list[Path]:
    """The file; and of times and their index, whichever of them was named, both."""
    index = index_of(path)
    return [p for p in dict.fromkeys((times_of(index), path, index)) if p.exists()]
