"""Whether a run of published text really comes from where it says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from clausebook.dates import Stated
from clausebook.model import ResolvedPolicy, Run, RunKind, Strength
from clausebook.problem import Place
from clausebook.resolve.text import PRODUCT
from clausebook.resolve.values import cycle_words

SMALL = "zero one two three four five six seven eight nine ten eleven twelve".split()

# The named formatters: what they make of what is written.
FORMATTERS: dict[str, Callable[[str], str]] = {
    "": lambda raw: raw,
    "start": lambda raw: raw[:1].upper() + raw[1:],
    "contacts": lambda raw: raw,
    "words": lambda raw: SMALL[int(raw)],
    "date": lambda raw: str(Stated.read(raw)),
    "cycle": lambda raw: cycle_words(int(raw)),
    "modal": lambda raw: Strength(raw).modal,
    "number": lambda raw: str(int(raw)),
    "anchor": lambda raw: f"#{raw}",
    "page": lambda raw: f"{raw}.md",
    "legislation": lambda raw: f"https://www.legislation.gov.uk/{raw}",
}


class Files:
    """The lines of the files below a root."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._lines: dict[str, list[str]] = {}

    def after(self, at: Place) -> str:
        """The rest of the line a place points at."""
        if at.file not in self._lines:
            text = (self.root / at.file).read_text(encoding="utf-8")
            self._lines[at.file] = text.split("\n")
        return self._lines[at.file][at.line - 1][at.column - 1 :]


def runs(policy: ResolvedPolicy) -> Iterator[Run]:
    """Every run a policy publishes."""
    for clause in policy.clauses:
        yield from clause.title.runs
        yield from clause.text.runs
        if clause.summary:
            yield from clause.summary.runs
    for field in policy.control:
        for line in field.lines:
            yield from line


def fault(run: Run, policy: ResolvedPolicy, files: Files) -> str | None:
    """Why a run does not come from where it says; None when it does."""
    if run.kind is RunKind.PRODUCT:
        known = PRODUCT.get(run.slot) == run.text
        return None if known else "not one of the product's own strings"
    if run.at is None:
        return "it has no place"
    if run.kind is RunKind.SOURCE:
        return _source_fault(run, files)
    if not files.after(run.at).startswith(run.raw):
        return f"'{run.raw}' does not stand there"
    made = run.raw
    for name in run.formatter.split(", "):
        if name == "reference":
            made = next(f"{c.number} {c.title.words}" for c in policy.clauses if c.id == made)
        elif name == "numbered":
            made = next(f"{s.number} {s.title}" for s in policy.sections if s.at == run.at)
        else:
            made = FORMATTERS[name](made)
    return None if made == run.text else f"'{run.formatter}' makes '{made}' of it"


def _source_fault(run: Run, files: Files) -> str | None:
    assert run.at is not None
    for offset, line in enumerate(run.text.split("\n")):
        column = run.at.column if offset == 0 else 1
        if not files.after(Place(run.at.file, run.at.line + offset, column)).startswith(line):
            return f"line {offset + 1} does not stand there"
    return None
