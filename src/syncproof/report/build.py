"""Makes the model of what was gathered."""

from __future__ import annotations

from datetime import datetime, timezone

from syncproof import __version__
from syncproof.report import clauses, figures, merging
from syncproof.report.gather import Gathered, started
from syncproof.report.model import Model


def build(gathered: Gathered, now: datetime | None = None) -> Model:
    """The model of what was gathered; of two results on the same, the better one is shown."""
    now = now or datetime.now(timezone.utc)
    interpreters = merging.Interpreters(gathered)
    notes: list[str] = []
    reports = merging.latest_reports(gathered.reports, interpreters, notes)
    timings = merging.latest_timings(gathered.timings, interpreters, notes)
    subjects = merging.subjects(reports, timings, interpreters)
    matrix = clauses.matrix(reports, subjects)
    failures, lacks = clauses.failures(reports, subjects)
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
        figures=figures.figures(timings, subjects),
        refused=list(gathered.refused),
    )
