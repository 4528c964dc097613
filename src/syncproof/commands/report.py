"""``syncproof report``: tables and a page of the results of runs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from syncproof.commands import CommandError

EXAMPLES = """\
RESULTS are directories that `syncproof run`, `syncproof check --json` and `syncproof bench -o` have
written, or single files of them; all are merged. Writes index.html (one file that works offline),
report.md, conformance.csv, benchmarks.csv and a badge for each implementation; results from
elsewhere are copied beside them. A file that cannot be used is named and left out.

examples:
  syncproof report results/latest
  syncproof report results/cpython-3.12 results/pypy -o results/both
  syncproof report results/latest/check/cpython-3.13.5/threading.json -o /tmp/report

exit status: 0 written, 2 usage error, nothing that can be used, or nowhere to write
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EXAMPLES
    add = parser.add_argument
    add("results", nargs="+", type=Path, metavar="RESULTS", help="what to report on")
    add("-o", dest="directory", type=Path, metavar="DIR",
        help="where to write (default: RESULTS, if it is one directory)")
    add("--quiet", action="store_true", help="write the files and show no tables")


def run(args: argparse.Namespace) -> int:
    from syncproof.report import output, pages, terminal
    from syncproof.report.gather import gather

    directory = args.directory
    if directory is None:
        if len(args.results) > 1 or not args.results[0].is_dir():
            raise CommandError("report: say where to write: -o DIR")
        directory = args.results[0]
    found = gather(args.results)
    findings = pages.found(args.results, found.refused)
    for line in found.refused:
        print(f"left out: {line}", file=sys.stderr)
    if not found:
        raise CommandError("report: nothing to report on: no file holds results that can be used")
    try:
        model, names = output.write(found, directory, findings)
    except OSError as error:
        place = error.filename or directory
        raise CommandError(f"report: cannot write {place}: {error.strerror or error}") from None
    if not args.quiet:
        terminal.show(model)
    print(f"\nwritten to {directory}: {', '.join(names)}")
    return 0
