"""A law or piece of guidance is typed into a text.

Cited by its id, a law has the right title and year, a link, and is found when the law changes.
Typed, it may be misnamed, have the wrong year, or have been repealed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from clausebook.model import Clause, Law, Library, Policy
from clausebook.problem import Place, Problem, Severity
from clausebook.rules import for_one, said_in
from clausebook.rules.outdated_phrase import severity
from clausebook.said import small, telling


def problem(at: Place, typed: str, message: str, fix: str) -> Problem:
    return Problem(
        rule="typed-law",
        at=at,
        what=f"'{typed}' is typed into the text",
        why=message,
        fix=fix,
    )


Typed = tuple[str, str, Severity]


def check_clause(clause: Clause, policy: Policy, library: Library) -> Iterator[Problem]:
    if not library.registers.law:
        return
    pattern, rows, words = compiled(library.registers.law)
    if words.isdisjoint(said_in(clause)):
        return
    for wording in clause.wordings:
        for found in pattern.finditer(wording.prose):
            message, id, level = rows[_plain(found[0])]
            fix = f'cite it by its id: {{{{ law["{id}"] }}}}'
            yield replace(
                problem(wording.place(found.start()), found[0], message, fix), severity=level
            )


@for_one
def compiled(
    laws: Mapping[str, Law],
) -> tuple[re.Pattern[str], dict[str, Typed], frozenset[str]]:
    """Every title, alias and wrong form, longest first; what to say of each; and one word of each."""
    rows: dict[str, Typed] = {}
    for law in laws.values():
        for alias in law.aliases:
            if len(alias) > 4:
                said = law.message or f"{law.title} is cited by its id, not typed"
                level = (
                    Severity.INFO
                    if law.severity == "ok"
                    else severity(law.severity, law.confidence)
                )
                rows.setdefault(_plain(alias), (said, _today(law), level))
    for law in laws.values():
        said = law.message or f"{law.title} is cited by its id, so that title and year are right"
        level = Severity.ERROR if law.severity == "ok" else severity(law.severity, law.confidence)
        rows[_plain(law.title)] = (said, _today(law), level)
        for wrong in law.misnomers:
            said = wrong.note or f"the right title is {law.title}"
            level = severity(wrong.severity, law.confidence)
            rows[_plain(wrong.text)] = (said, _today(law), level)
    words = "|".join(_loose(text) for text in sorted(rows, key=len, reverse=True))
    # First letters come first, so that most of a text is passed over at once: see also _loose.
    first = "".join(map(re.escape, sorted({text[:1] for text in rows} | {"&", "’"})))
    pattern = re.compile(rf"(?=[{first}])(?<![\w-])(?:{words})(?![\w-])", re.I)
    return pattern, rows, frozenset(telling(_without_and(text)) for text in rows)


def _today(law: Law) -> str:
    """The law to cite: what took its place, where something did."""
    return law.replaced_by[0] if law.severity != "ok" and law.replaced_by else law.id


def _plain(text: str) -> str:
    text = re.sub(r"\s+", " ", text.replace("’", "'").replace("&", "and").replace(",", ""))
    # What the pattern takes for a plain letter is one here too.
    return small(text).casefold()


def _without_and(text: str) -> str:
    """What of a title stands in every form of it."""
    return " ".join(word for word in text.split(" ") if word != "and")


def _loose(text: str) -> str:
    """Allows commas, & for and, either apostrophe and line breaks."""
    words = []
    for word in text.split(" "):
        form = "(?:and|&)" if word == "and" else re.escape(word).replace("'", "['’]")
        words.append(form)
    return ",?\\s+".join(words)
