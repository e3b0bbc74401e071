"""Exports of a whole generated trust: does plain MkDocs make the pages of them that we publish?

Every school's staff edition is exported, built by MkDocs with nothing of ours, and compared with the
published site page by page, as the tests do it for the shipped handbooks: see tests/same_pages.py.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

# The comparison is that of the tests.
sys.path.insert(0, str(Path(__file__).parents[1]))

from clausebook.cores import cores
from clausebook.export import exported
from clausebook.export.folder import put
from clausebook.sites import Makers
from measure import RunError
from peers import EDITION
from report import Report
from settings import CACHE, Settings
from tests.same_pages import HERE_ONLY, differences, plain_mkdocs


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
    parts = [part for first in range(cores()) if (part := names[first :: cores()])]
    workers = [
        subprocess.Popen(
            [sys.executable, __file__, root, folder / f"exported-{number}", *part],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        for number, part in enumerate(parts)
    ]
    pages, wrong = 0, []
    for worker in workers:
        said, errors = worker.communicate()
        if worker.returncode:
            raise RunError(errors.strip()[-2000:])
        found = json.loads(said.splitlines()[-1])
        pages += found["pages"]
        wrong += found["wrong"]
    report.at_most(f"Pages of {pages} that differ", len(wrong), "pages", 0)
    report.remarks.append(
        f"{len(names)} schools: clauses, numbers, addresses, links, document control and words of "
        "each page were compared with those of the published one."
    )
    report.remarks += wrong[:3]
    report.versions["MkDocs (exports)"] = version("mkdocs")
    shutil.rmtree(root / "site", ignore_errors=True)
    return report


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        raise RunError((done.stdout + done.stderr).strip()[-2000:])


def main(argv: Sequence[str]) -> int:
    """exported_pages.py ROOT FOLDER SCHOOL...: how many pages were compared, and which differ."""
    root, folder, *schools = argv
    makers = Makers.open(Path(root), jobs=1)
    library, within = makers.repository.library, makers.repository.settings.due_within_days
    pages, wrong = 0, []
    for school in schools:
        handbook = makers.handbook(school, EDITION)
        target = Path(folder, school)
        put(exported(handbook, library, within=within), target, school, EDITION)
        said = plain_mkdocs(target)
        published = Path(root, "site", EDITION, school)
        # By page: what is wrong begins with the name of one.
        found = {
            line.partition(":")[0] for line in differences(published, target / "site", handbook)
        }
        wrong += [f"{school}: {line}" for line in [*said, *sorted(found)]]
        pages += sum(path.name not in HERE_ONLY for path in published.rglob("*.html"))
        shutil.rmtree(target)
    print(json.dumps({"pages": pages, "wrong": wrong}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
