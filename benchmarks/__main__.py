"""`python -m benchmarks [section …]`: the figures of this machine, from one run, side by side."""

import argparse

from benchmarks.behind_http import behind_http
from benchmarks.footprint import footprint
from benchmarks.growth import growth
from benchmarks.hot_stream import hot_stream
from benchmarks.in_process import in_process
from benchmarks.replay import replay
from benchmarks.report import Report, machine
from benchmarks.scale import FULL, QUICK
from benchmarks.stores import stores

SECTIONS = {
    "behind-http": behind_http,
    "in-process": in_process,
    "hot-stream": hot_stream,
    "replay": replay,
    "growth": growth,
    "footprint": footprint,
}


def main() -> None:
    """Run the sections that were asked for, all by default."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("sections", nargs="*", metavar="section", help=", ".join(SECTIONS))
    parser.add_argument("--quick", action="store_true", help="a look, within two minutes")
    parser.add_argument("--write", action="store_true", help="put the figures into RESULTS.md")
    asked = parser.parse_args()
    if unknown := set(asked.sections) - SECTIONS.keys():
        parser.error(f"there is no section {', '.join(sorted(unknown))}")
    scale = QUICK if asked.quick else FULL
    report = Report()
    report.console.print(machine())
    with stores() as opened:
        for name, section in SECTIONS.items():
            if name in asked.sections or not asked.sections:
                section(report, opened, scale)
    if asked.write:
        report.console.print(f"written to {report.write()}")


if __name__ == "__main__":
    main()
