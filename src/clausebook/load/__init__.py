"""Files in, model out: everything read from policies/, schools/ and mkdocs.yml, with its places."""

from __future__ import annotations

from clausebook.cache import Cache
from clausebook.load.files import Folder
from clausebook.load.library import load_library
from clausebook.load.organisations import load_organisations
from clausebook.load.settings import load_settings
from clausebook.model import Repository
from clausebook.problem import Problem, Severity


def load(
    folder: Folder, cache: Cache | None = None, jobs: int = 1
) -> tuple[Repository | None, list[Problem]]:
    """The whole repository; None when the library is too broken to resolve anything with.

    `jobs`: how many processes may read side by side, this one and copies of it.
    """
    settings, problems = load_settings(folder, cache)
    library, library_problems = load_library(folder, cache, jobs)
    organisations, organisation_problems = load_organisations(folder, library, cache, jobs)
    problems += library_problems + organisation_problems
    if any(p.severity is Severity.ERROR for p in library_problems) or settings is None:
        return None, problems
    return Repository(library=library, organisations=organisations, settings=settings), problems
