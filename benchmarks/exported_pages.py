"""Exports of a whole generated trust: does plain MkDocs make the pages of them that we publish?

Every school's staff edition is exported, built by MkDocs with nothing of ours, and compared with the
published site page by page, as the tests do it for the shipped handbooks: see tests/same_pages.py.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

# The comparison is that of the tests.
sys.path.insert(0, str(Path(__file__).parents[1]))

from clausebook.export import exported
from clausebook.export.folder import put
from clausebook.sites import Makers
from measure import RunError
from peers import EDITION
from report import Report
from settings import CACHE, Settings
from tests.same_pages import differences, plain_mkdocs


def measure(settings: Settings, folder: Path) -> Report:
    report = Report(
        part="exports",
        about="every page of a trust, exported and built by plain MkDocs, beside the published one",
        small=settings.small,
    )
    schools = settings.schools[-1 if settings.full else 0]
    root = settings.handbook(folder, schools, settings.policies)
    shutil.rmtree(root / CACHE, ignore_errors=True)
    built = (*settings.clausebook, "build", "--root", str(root), "--edition", EDITION, "--no-pdf")
    _run(built)
    names = sorted(path.name for path in (root / "site" / EDITION).iterdir())
    workers = [
        subprocess.Popen(
            [sys.executable, __file__, root, folder / f"exported-{part}", *names[part::_CORES]],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        for part in range(min(_CORES, len(names)))
    ]
    said = [(worker.communicate()[0], worker.returncode) for worker in workers]
    for text, code in said:
        if code:
            raise RunError(text.strip()[-2000:])
    pages = sum(int(text.split()[-1]) for text, _ in said)
    report.at_most(f"Pages of {pages} that differ", 0, "pages", 0)
    report.remarks.append(
        f"{len(names)} schools, {pages} pages: clauses, numbers, addresses, links, document control "
        "and words are those of the published page."
    )
    report.versions["MkDocs (exports)"] = version("mkdocs")
    shutil.rmtree(root / "site", ignore_errors=True)
    return report


_CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        raise RunError((done.stdout + done.stderr).strip()[-2000:])


def main(argv: Sequence[str]) -> int:
    """exported_pages.py ROOT FOLDER SCHOOL...: prints how many pages are equal; 1 with the first that is not."""
    root, folder, *schools = argv
    makers = Makers.open(Path(root), jobs=1)
    library, within = makers.repository.library, makers.repository.settings.due_within_days
    equal = 0
    for school in schools:
        handbook = makers.handbook(school, EDITION)
        target = Path(folder, school)
        put(exported(handbook, library, within=within), target, school, EDITION)
        published = Path(root, "site", EDITION, school)
        wrong = [*plain_mkdocs(target), *differences(published, target / "site", handbook)]
        if wrong:
            print(f"{school}: {wrong[0]} (and {len(wrong) - 1} more)")
            return 1
        equal += sum(1 for _ in (target / "site").rglob("*.html"))
        shutil.rmtree(target)
    print(equal)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
