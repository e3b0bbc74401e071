"""Time `clausebook check` as a user meets it: whole processes, cold and after small edits.

In:  a handbook from `generate.py`, made anew in a temporary folder.
Out: a table of medians on the screen, and the same figures in benchmarks/results/*.json.

    python benchmarks/bench.py            100 schools, 60 policies
    python benchmarks/bench.py --small    5 schools, 6 policies

"Cold" means without Clausebook's own cache; the files themselves may be in the system's memory.
Every measured run must succeed: a run that ends with an error is not a time worth having.
"""

import argparse
import json
import os
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from library import policies
from organisations import GROUP, school_name

HERE = Path(__file__).parent
GENERATE = HERE / "generate.py"
RESULTS = HERE / "results"
CACHE = Path(".cache") / "clausebook"
COLD = "cold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What one process, with its children, used; or the medians of several."""

    wall: float
    user: float
    system: float
    peak_mib: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Something to measure; `prepare` gets the number of the run and is not timed."""

    name: str
    prepare: Callable[[int], None]


class RunError(Exception):
    """A measured command ended with an error."""


def main(argv: Sequence[str] | None = None) -> int:
    options = _options(argv)
    if not hasattr(os, "wait4"):
        print("bench.py measures processes with wait4: run it on Linux or macOS", file=sys.stderr)
        return 2
    schools, policy_count = (5, 6) if options.small else (100, 60)
    with tempfile.TemporaryDirectory(prefix="clausebook-bench-") as folder:
        root = Path(folder)
        _generate(root, schools, policy_count)
        command = [*shlex.split(options.command), "check", "--root", folder]
        command += ["--jobs", str(options.jobs)] if options.jobs else []
        try:
            results = {case.name: _measure(case, command, options.runs) for case in _cases(root)}
        except (RunError, OSError) as error:
            print(f"bench: {error}", file=sys.stderr)
            return 1
    name = f"check-{schools}x{policy_count}"
    print(f"{name}, median of {options.runs} runs\n\n{_table(results)}")
    _save(RESULTS / f"{name}.json", results, runs=options.runs, jobs=options.jobs)
    return 0


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Time clausebook check.")
    parser.add_argument("--small", action="store_true", help="5 schools and 6 policies")
    parser.add_argument("--runs", type=int, default=5, help="runs for each case")
    parser.add_argument("--jobs", type=int, help="passed on to clausebook")
    parser.add_argument("--command", default="clausebook", help="how to start clausebook")
    return parser.parse_args(argv)


def _generate(root: Path, schools: int, policy_count: int) -> None:
    """Make the handbook in a process of its own.

    On Linux a new process begins with its parent's peak memory, so this one has to stay small.
    """
    size = ("--schools", str(schools), "--policies", str(policy_count))
    subprocess.run([sys.executable, str(GENERATE), str(root), *size], check=True)


def _cases(root: Path) -> tuple[Case, ...]:
    """The four cases, in the order in which they must run: each leaves a warm cache behind."""
    school = root / "schools" / GROUP / f"{school_name(0)[0]}.yml"
    (policy,) = policies(1)
    clause = next(clause for clause in policy.clauses if not clause.may_change)
    section = root / "policies" / policy.id / f"{clause.section}.md"
    return (
        Case(name=COLD, prepare=lambda _: shutil.rmtree(root / CACHE, ignore_errors=True)),
        Case(name="nothing changed", prepare=lambda _: None),
        Case(
            name="one school edited", prepare=_edit(school, "{{ term.staff | start }} {{ modal }}")
        ),
        Case(name="one clause edited", prepare=_edit(section, clause.text)),
    )


def _edit(path: Path, before: str) -> Callable[[int], None]:
    """An edit that puts a sentence, new in each run, in front of a text of the file."""
    start, found, end = path.read_text(encoding="utf-8").partition(before)
    if not found:
        raise ValueError(f"{path} does not hold {before!r}")

    def edit(run: int) -> None:
        text = f"{start}This is edit {run + 1}. {found}{end}"
        path.write_text(text, encoding="utf-8", newline="\n")

    return edit


def _measure(case: Case, command: Sequence[str], runs: int) -> Usage:
    usages: list[Usage] = []
    for run in range(runs):
        case.prepare(run)
        usages.append(_run(command))
    return Usage(
        wall=median(usage.wall for usage in usages),
        user=median(usage.user for usage in usages),
        system=median(usage.system for usage in usages),
        peak_mib=median(usage.peak_mib for usage in usages),
    )


def _run(command: Sequence[str]) -> Usage:
    """Run the command to its end; its output is shown only when it fails."""
    with tempfile.TemporaryFile() as output:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            said = output.read().decode("utf-8", "replace")[:2000]
            raise RunError(f"{shlex.join(command)} ended with {process.returncode}:\n{said}")
    bytes_per_unit = 1 if sys.platform == "darwin" else 1024
    return Usage(
        wall=wall,
        user=used.ru_utime,
        system=used.ru_stime,
        peak_mib=used.ru_maxrss * bytes_per_unit / 2**20,
    )


def _table(results: Mapping[str, Usage]) -> str:
    cold = results[COLD].wall
    lines = [
        f"{'case':20}{'wall s':>9}{'user s':>9}{'sys s':>9}{'peak MiB':>10}{'wall / cold':>13}"
    ]
    lines += [
        f"{name:20}{usage.wall:9.3f}{usage.user:9.3f}{usage.system:9.3f}"
        f"{usage.peak_mib:10.1f}{usage.wall / cold:13.3f}"
        for name, usage in results.items()
    ]
    return "\n".join(lines)


def _save(path: Path, results: Mapping[str, Usage], *, runs: int, jobs: int | None) -> None:
    path.parent.mkdir(exist_ok=True)
    cold = results[COLD].wall
    report = {
        "runs": runs,
        "jobs": jobs,
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors",
        "cases": {
            name: asdict(usage) | {"ratio_to_cold": usage.wall / cold}
            for name, usage in results.items()
        },
    }
    path.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    raise SystemExit(main())
