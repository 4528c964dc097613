"""``syncproof publish``: add runs to those that are published, and make the site of all of them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from syncproof.commands import CommandError

if TYPE_CHECKING:
    from syncproof.report.archive import Archive

EXAMPLES = """\
Copies the results of RUN into a folder of results/ that is called by their day and by the machine,
and lists it in results/index.json. What is published is only added to: no file is changed, and a
run that differs gets a folder of its own. Then makes the site of all published runs: the report,
with what has changed from run to run, and every result file. Without RUN only the site is made.

LABEL is what you call the machine: small letters, digits and hyphens. Nothing else that tells whose
it is goes into the names; the results say its system, processor and number of CPUs.

examples:
  syncproof publish results/latest --machine two-cores
  syncproof publish results/latest --machine two-cores --note 'all interpreters, idle machine'
  syncproof publish --site build/site/results

exit status: 0 published, 2 usage error, nothing to publish, or nowhere to write
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EXAMPLES
    add = parser.add_argument
    add("runs", nargs="*", type=Path, metavar="RUN", help="what to publish")
    add("--machine", default="", metavar="LABEL", help="what to call the machine of the runs")
    add("--note", default="", metavar="TEXT", help="a line on how the runs were made")
    add("-o", dest="archive", type=Path, default=Path("results"), metavar="DIR",
        help="where runs are published (default: results)")
    add("--site", type=Path, default=Path("build/results"), metavar="DIR",
        help="where to make the site (default: build/results)")


def run(args: argparse.Namespace) -> int:
    from syncproof.report import output, pages
    from syncproof.report.archive import Archive

    archive = Archive(args.archive)
    try:
        if args.runs:
            _add(archive, args)
        found = archive.gathered()
        if not found:
            raise CommandError(f"publish: there is nothing in {args.archive}: name a RUN to add")
        findings = pages.found([args.archive], found.refused)
        for line in found.refused:
            print(f"left out: {line}", file=sys.stderr)
        archive.write_index(found)
        model, names = output.write(found, args.site, findings)
    except OSError as error:
        place = error.filename or args.site
        raise CommandError(f"publish: cannot write {place}: {error.strerror or error}") from None
    print(f"the site of {len(archive.runs())} runs, {len(model.subjects)} implementations on their"
          f" interpreters, is in {args.site}: {', '.join(names)}")  # fmt: skip
    return 0


def _add(archive: Archive, args: argparse.Namespace) -> None:
    from syncproof.report.gather import MACHINE, gather

    if not MACHINE.fullmatch(args.machine):
        raise CommandError(
            "publish: say what to call the machine: --machine LABEL, of small letters, digits and"
            " hyphens, such as two-cores"
        )
    found = gather(args.runs)
    for line in found.refused:
        print(f"left out: {line}", file=sys.stderr)
    if not found:
        raise CommandError("publish: no file of it holds results that can be used")
    unfinished = {one.source.path for one in found.every if not one.complete}
    for path in sorted(map(str, unfinished)):
        print(f"left out: {path}: it was cut short", file=sys.stderr)
    found.reports = [r for r in found.reports if r.source.path not in unfinished]
    found.timings = [t for t in found.timings if t.source.path not in unfinished]
    if not found:
        raise CommandError("publish: all of it was cut short: `syncproof run` goes on with it")
    folder, new = archive.add(found, args.machine, " ".join(args.note.split())[:300])
    print(f"{folder}: {new} files added" if new else f"{folder}: published already")
