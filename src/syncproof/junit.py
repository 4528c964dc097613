"""Results as JUnit XML, which continuous integration knows how to show."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree

from syncproof.results import Report, Result

#: Characters that XML 1.0 cannot hold.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def document(reports: Sequence[Report]) -> str:
    """A suite for each implementation and primitive, a case for each clause in each test."""
    top = ElementTree.Element("testsuites", name="syncproof")
    for report in reports:
        for primitive in report.primitives():
            results = [r for r in report.results if r.primitive == primitive]
            _suite(top, report, primitive, results)
    text = ElementTree.tostring(top, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'


def _suite(
    top: ElementTree.Element, report: Report, primitive: str, results: Sequence[Result]
) -> None:
    kinds = [_kind(r) for r in results]
    suite = ElementTree.SubElement(
        top,
        "testsuite",
        name=_clean(f"{report.implementation}.{primitive}"),
        tests=str(len(results)),
        failures=str(kinds.count("failure")),
        errors=str(kinds.count("error")),
        skipped=str(kinds.count("skipped")),
        time=f"{sum(r.seconds for r in results):.3f}",
        timestamp=report.started,
    )
    for result, kind in zip(results, kinds):
        case = ElementTree.SubElement(
            suite,
            "testcase",
            classname=_clean(f"{report.implementation}.{primitive}"),
            name=_clean(f"{result.clause} {result.test}".strip()),
            time=f"{result.seconds:.3f}",
        )
        if not kind:
            continue
        said = f"{result.outcome}: {result.message.split(chr(10))[0]}"
        element = ElementTree.SubElement(case, kind, message=_clean(said))
        if kind != "skipped":
            element.set("type", result.outcome)
            steps = [f"{actor}: {text}" for actor, text in result.trace]
            element.text = _clean("\n".join([result.message, *steps]))


def _kind(result: Result) -> str:
    """The JUnit element that tells of a result; none where all is well."""
    if result.bad:
        return "error" if result.outcome in ("error", "crash", "hang") else "failure"
    return "" if result.outcome in ("pass", "property") else "skipped"


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
