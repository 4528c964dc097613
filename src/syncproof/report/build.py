"""Makes the model of what was gathered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone

from syncproof import __version__
from syncproof.report import clauses, figures, merging
from syncproof.report.gather import Gathered, Source, started
from syncproof.report.history import history
from syncproof.report.model import Model, Page


def build(
    gathered: Gathered,
    now: datetime | None = None,
    pages: Sequence[Page] = (),
    addresses: Mapping[Source, Sequence[str]] | None = None,
) -> Model:
    """The model of what was gathered; of two results on the same, the better one is shown.

    ``addresses`` says where the files of a result are, seen from the report.
    """
    now = now or datetime.now(timezone.utc)
    interpreters = merging.Interpreters(gathered)
    notes: list[str] = []
    changed = history(gathered)
    left_out: list[str] = []  # what is older: no loss where the history tells of it
    reports = merging.latest_reports(gathered.reports, interpreters, left_out)
    timings = merging.latest_timings(gathered.timings, interpreters, left_out)
    if not changed.runs:
        notes += left_out
    elif changed.left_out:
        notes.append(f"the history leaves out the {changed.left_out} oldest runs")
    subjects = merging.subjects(reports, timings, interpreters)
    for key, subject in subjects.items():
        sources = [of[key].source for of in (reports, timings) if key in of]
        subject.files = [a for source in sources for a in (addresses or {}).get(source, ())]
    matrix = clauses.matrix(reports, subjects)
    one_version = {
        key for key, report in reports.items()
        if key in timings and timings[key].version == report.version
    }
    breaks = {key: cell.tally.broken for key, cell in matrix.items() if key[:2] in one_version}
    failures, lacks = clauses.failures(reports, subjects)
    for failure in failures:
        ids = [c.id for c in failure.clauses]
        failure.new = any(
            changed.newly_broken(line, failure.primitive, ids) for line in failure.lines
        )
    failures.sort(key=lambda f: not f.new)
    return Model(
        made=now.strftime("%Y-%m-%d %H:%M UTC"),
        date=started([*(s.checked for s in subjects.values()),
                      *(s.timed for s in subjects.values())]),
        syncproof=__version__,
        interpreters=interpreters.used(subjects.values()),
        subjects=list(subjects.values()),
        implementations=list(dict.fromkeys(s.implementation for s in subjects.values())),
        matrix=matrix,
        failures=failures,
        lacks=lacks,
        deviations=clauses.told(reports, subjects, "deviation"),
        properties=clauses.told(reports, subjects, "property"),
        notes=[*notes, *clauses.remarks(reports, subjects)],
        figures=figures.figures(timings, subjects, breaks),
        refused=list(gathered.refused),
        history=changed,
        pages=list(pages),
    )
