"""Measure Clausebook beside the tools that people use today, on a generated trust.

In:  what to measure; the handbooks are made anew in a temporary folder, the other tools installed.
     Everything takes some 30 GB there: nothing is removed while anything is measured (`aside.py`).
Out: a table for each part on the screen, and the same figures in benchmarks/results/PART.json.

    python benchmarks/bench.py                        everything: most of an hour or two
    python benchmarks/bench.py --only sites           one part: compile, sites, documents or exports
    python benchmarks/bench.py --small --no-peers     seconds, and no ratio worth having
    python benchmarks/bench.py --full                 all exports too, and every loop to its end

Ratios come from runs that took turns. Time never decides the exit code: a miss is said in the table.
Every measured run must succeed: a run that ends with an error is not a time worth having.
`python benchmarks/page.py` then makes docs/benchmarks.md from the results.
"""

import argparse
import compileall
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import check_times
import clausebook
import document_times
import exported_pages
import site_times
from measure import RunError
from report import FOLDER, Report
from settings import Settings

PARTS: Mapping[str, Callable[[Settings, Path], Report]] = {
    "compile": check_times.measure,
    "sites": site_times.measure,
    "documents": document_times.measure,
    "exports": exported_pages.measure,
}


def main(argv: Sequence[str] | None = None) -> int:
    options = _options(argv)
    if not hasattr(os, "wait4"):
        print("bench.py measures processes with wait4: run it on Linux or macOS", file=sys.stderr)
        return 2
    settings = Settings(
        small=options.small,
        full=options.full,
        schools=tuple(options.schools or ((2,) if options.small else (10, 100))),
        policies=options.policies or (3 if options.small else 60),
        runs=options.runs or (1 if options.small else 3),
        peers=options.peers,
        clausebook=tuple(shlex.split(options.command)),
        said=lambda line: print(f"  {line}", file=sys.stderr, flush=True),
    )
    # As an installer leaves every package, the others' among them: else each start would do it.
    compileall.compile_dir(str(Path(clausebook.__file__).parent), quiet=1)
    failed = False
    for name in options.only or PARTS:
        with tempfile.TemporaryDirectory(prefix="clausebook-bench-", dir=options.folder) as folder:
            try:
                report = PARTS[name](settings, Path(folder))
            except (RunError, OSError, subprocess.SubprocessError) as error:
                print(f"bench, {name}: {error}", file=sys.stderr)
                failed = True
                continue
        path = report.save(options.results)
        print(f"{report.table()}\n\n{path}\n", flush=True)
    return int(failed)


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure Clausebook beside other tools.")
    parser.add_argument("--only", action="append", choices=PARTS, help="this part (repeatable)")
    parser.add_argument("--small", action="store_true", help="2 schools and 3 policies")
    parser.add_argument("--full", action="store_true", help="all exports too, nothing estimated")
    parser.add_argument("--schools", type=int, nargs="+", help="sizes of the trust (10 100)")
    parser.add_argument("--policies", type=int, help="policies of each school (60)")
    parser.add_argument("--runs", type=int, help="runs of each case (default: 3, small: 1)")
    parser.add_argument(
        "--no-peers", dest="peers", action="store_false", help="measure Clausebook only"
    )
    parser.add_argument(
        "--results",
        type=Path,
        default=FOLDER,
        help="where the JSON files go (default: %(default)s)",
    )
    parser.add_argument("--folder", help="where to make handbooks (default: the system's)")
    parser.add_argument(
        "--command",
        default=f"{shlex.quote(sys.executable)} -m clausebook",
        help="how to start clausebook",
    )
    return parser.parse_args(argv)


if __name__ == "__main__":
    raise SystemExit(main())
