"""A portal in, its whole site out: who holds what, what is due, what is wrong and what differs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from clausebook.dates import Stated
from clausebook.demonstration import DEMONSTRATION, FICTION
from clausebook.model import Brand, Policy
from clausebook.portal import (
    ALL,
    DUE,
    IN_DATE,
    MISSING,
    NO_DATE,
    NOT_HELD,
    NOT_TAKEN,
    OVERDUE,
    Entry,
    Gap,
    Member,
    Portal,
    Recorded,
    checks_json,
)
from clausebook.problem import Place, Problem, Severity
from clausebook.render.brand import stylesheet
from clausebook.render.site import Heading, Page, Site
from clausebook.render.templates import html
from clausebook.rules import all_rules
from clausebook.seal import ADMIN
from clausebook.table import Table, count
from clausebook.typed import dataclass
from clausebook.variants import State, Variant, clause_ids

STYLES = ("brand.css", "handbook.css", "portal.css")
SCRIPTS = ("handbook.js", "portal.js")
NOT_STATED = "not stated"
CSV_NAME = "portal.csv"
# Words and the class of a cell; a class is one letter, because there may be thousands of cells.
REVIEWS = {
    OVERDUE: ("o", "Overdue"),
    DUE: ("d", "Due"),
    IN_DATE: ("i", "In date"),
    NO_DATE: ("n", "No date"),
}
APPROVALS = {
    "draft": ("a", "Draft"),
    "approved elsewhere": ("e", "Approved elsewhere"),
    "approved, text held": ("h", "Approved"),
}
GAPS = {
    MISSING: ("m", "Missing"),
    NOT_TAKEN: ("t", "Not taken"),
    NOT_HELD: ("x", "Not held"),
}
WAIVED, PROBLEM, QUESTION = "w", "p", "q"
# What can be asked for, by the name it has in the page's address.
FILTERS = (
    ("overdue", "o", "Overdue"),
    ("due", "d", "Due"),
    ("no-date", "n", "No date"),
    ("in-date", "i", "In date"),
    ("draft", "a", "Draft"),
    ("approved-elsewhere", "e", "Approved elsewhere"),
    ("approved", "h", "Approved, text held"),
    ("problem", "p", "With a problem"),
    ("waived", "w", "Waived"),
    ("question", "q", "With an open question"),
    ("missing", "m", "Missing"),
    ("not-taken", "t", "Not taken"),
    ("not-held", "x", "Not held"),
)
# What a clause's state is called, and its class.
STATES = {
    "library": ("l", "Library"),
    "changed": ("c", "Changed"),
    "added": ("a", "Added"),
    "omitted": ("o", "Omitted"),
    "left out": ("u", "Left out"),
    "": ("x", "Not taken"),
}
COLUMNS = (
    "Group",
    "Organisation",
    "Organisation id",
    "Policy",
    "Policy id",
    "Held",
    "Called here",
    "Version",
    "Owner",
    "Approval",
    "Approved",
    "Approved by",
    "Minute",
    "Last reviewed",
    "Next review due",
    "Due by",
    "Review",
    "Days",
    "Problems",
    "Waived",
    "Open questions",
    "Editions",
    "As of",
)
MATRIX_COLUMNS = ("Kind", "Id", "Organisation id", "State", "Says", "Why", "Where")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One organisation and policy in the table: classes, a key to sort by, and what it says."""

    href: str
    marks: str
    key: str
    review: str
    approval: str
    more: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """A number that leads to what it counts."""

    number: int
    words: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row of a variant matrix: one clause or parameter across organisations."""

    id: str
    title: str
    same: bool
    cells: tuple[tuple[str, str], ...]
    reasons: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]


def site(
    shown: Portal,
    library: str,
    brand: Brand | None = None,
    seals: Mapping[str, str] | None = None,
    within: Iterable[str] = (),
    like: tuple[Portal, Site] | None = None,
) -> Site:
    """One portal's pages and files. `seals`: the SHA-256 of each site's seal.json, where known.

    `like`: a portal that is made already. Where one trust is everybody there is, its own portal says
    the same as the whole one on every page but the first, and a hundred schools are not shown twice.
    """
    if like is not None and like[0] == replace(shown, id=like[0].id, name=like[0].name):
        own = {
            "checks.json": checks_json(shown, seals or {}).encode(),
            "assets/handbook/brand.css": stylesheet(brand.colour if brand else None),
        }
        return replace(
            like[1],
            id=shown.id,
            name=name_of(shown),
            pages=(_index(shown), *like[1].pages[1:]),
            files={**like[1].files, **own},
            within=tuple(sorted(within)),
        )
    pages = [
        _index(shown),
        _compare(shown),
        _questions(shown),
        _problems(shown),
        _waivers(shown),
        *(_organisation(member, shown) for member in shown.members),
    ]
    files = {
        CSV_NAME: _csv(shown),
        "checks.json": checks_json(shown, seals or {}).encode(),
        "assets/handbook/brand.css": stylesheet(brand.colour if brand else None),
    }
    for policy in shown.policies:
        held = _held(policy, shown)
        lines, answers = _lines(policy, held), _answers(policy, held)
        pages.append(_matrix(policy, held, shown, lines, answers))
        files[f"matrix/{policy.id}.csv"] = _matrix_csv(policy, held)
    return Site(
        id=shown.id,
        edition=ADMIN,
        name=name_of(shown),
        pages=tuple(pages),
        files=files,
        note=_note(shown),
        library=library,
        styles=STYLES,
        scripts=SCRIPTS,
        within=tuple(sorted(within)),
    )


def name_of(shown: Portal) -> str:
    return f"{shown.name}: policy portal" if shown.id != ALL else "Policy portal"


def _note(shown: Portal) -> str | None:
    notes = {member.note for member in shown.members}
    said = [DEMONSTRATION] if "demonstration" in notes else []
    if "fictional" in notes:
        said.append(FICTION if notes == {"fictional"} and len(shown.members) == 1 else FICTIONS)
    return " ".join(said) or None


FICTIONS = "Some organisations here are fictional, made up to show what Clausebook does."


# ------------------------------------------------------------------------------ the table


def _index(shown: Portal) -> Page:
    cells = {(m.id, p.id): _cell(m, p, shown) for m in shown.members for p in shown.policies}
    marks = Counter(mark for cell in cells.values() for mark in cell.marks.split())
    return Page(
        path="index.html",
        title=name_of(shown),
        about="Which organisation holds which policy, what is due and what is wrong.",
        body=html(
            "portal_index.html",
            title=name_of(shown),
            portal=shown,
            counts=_counts(shown, marks),
            filters=[(id, mark, words) for id, mark, words in FILTERS if marks[mark]],
            cells=cells,
            overdue={m.id: _overdue(m) for m in shown.members},
            csv=CSV_NAME,
            as_of=_day(shown),
            checked=_checked(shown),
        ),
    )


def _cell(member: Member, policy: Policy, shown: Portal) -> Cell:
    entry = member.entries.get(policy.id)
    href = f"organisations/{member.id}.html#{policy.id}"
    if entry is None:
        mark, words = GAPS[shown.gaps[member.id, policy.id].state]
        return Cell(href=href, marks=mark, key="", review=words, approval="", more="")
    review, reviewed = REVIEWS[entry.due]
    approval, approved = APPROVALS[entry.state]
    more = list(_more(entry, member))
    return Cell(
        href=href,
        marks=" ".join([review, approval, *(mark for mark, _ in more)]),
        key=entry.next.last.strftime("%Y%m%d") if entry.next else "",
        review=reviewed,
        approval=approved,
        more=", ".join(words for _, words in more),
    )


def _more(entry: Entry, member: Member) -> Iterator[tuple[str, str]]:
    if entry.blocking:
        yield PROBLEM, count(len(entry.blocking), "problem")
    if entry.waived:
        yield WAIVED, "Waived"
    asked = len(entry.questions) + sum(q.policy == entry.policy for q in member.unanswered)
    if asked:
        yield QUESTION, count(asked, "question")


def _overdue(member: Member) -> int:
    return sum(entry.due == OVERDUE for entry in member.entries.values())


def _counts(shown: Portal, marks: Counter[str]) -> list[Count]:
    """What needs somebody, first; each leads to where it is shown."""
    questions = len(shown.unanswered) + len(shown.recorded)
    every = (
        (marks["o"], "overdue", "#overdue"),
        (marks["d"], f"due within {count(shown.within, 'day')}", "#due"),
        (marks["n"], "with no date", "#no-date"),
        (marks["a"], "draft" if marks["a"] == 1 else "drafts", "#draft"),
        (marks["m"], "missing", "#missing"),
        (len(shown.of(Severity.ERROR)), _plural(len(shown.of(Severity.ERROR)), "problem"), "problems.html"),
        (len(shown.of(Severity.WARNING)), _plural(len(shown.of(Severity.WARNING)), "warning"), "problems.html#cb.warnings"),
        (questions, _plural(questions, "open question"), "questions.html"),
        (len(shown.waivers), _plural(len(shown.waivers), "waiver"), "waivers.html"),
    )  # fmt: skip
    return [Count(number=number, words=words, href=href) for number, words, href in every]


def _plural(number: int, noun: str) -> str:
    return noun if number == 1 else noun + "s"


def _day(shown: Portal) -> str:
    day = Stated(shown.as_of.year, shown.as_of.month, shown.as_of.day)
    return f"{day} (set in mkdocs.yml)" if shown.pinned else str(day)


def _checked(shown: Portal) -> str:
    held = count(len(shown.entries), "policy held", "policies held")
    return f"{count(len(shown.members), 'organisation')}, {held}"


def _csv(shown: Portal) -> bytes:
    rows = [_row(m, policy, shown) for m in shown.members for policy in shown.policies]
    return Table(COLUMNS, tuple(rows)).csv().encode()


def _row(member: Member, policy: Policy, shown: Portal) -> tuple[str, ...]:
    entry = member.entries.get(policy.id)
    whose = (shown.groups.get(member.group, ""), member.name, member.id, policy.title, policy.id)
    if entry is None:
        gap = shown.gaps[member.id, policy.id]
        said = f"{gap.state}: {gap.why}" if gap.why else gap.state
        return (*whose, said, *[""] * (len(COLUMNS) - len(whose) - 2), shown.as_of.isoformat())
    approval = entry.approval
    asked = len(entry.questions) + sum(q.policy == entry.policy for q in member.unanswered)
    # A spreadsheet makes 2 of "2.0" and a date of minute "25/11": with a word in front both stay.
    return (
        *whose,
        "held",
        entry.title,
        f"version {entry.version}" if entry.version else NOT_STATED,
        entry.owner or NOT_STATED,
        entry.state,
        _on(approval.date if approval else None),
        (approval.by if approval else None) or NOT_STATED,
        f"minute {approval.minute}" if approval and approval.minute else NOT_STATED,
        _on(entry.review.last if entry.review else None),
        _on(entry.next),
        entry.next.last.isoformat() if entry.next else "",
        entry.due,
        days_words(entry.days),
        str(len(entry.blocking)),
        ", ".join(sorted({w.problem.rule for w in entry.waived})),
        str(asked),
        ", ".join(entry.editions),
        shown.as_of.isoformat(),
    )


def _on(stated: Stated | None) -> str:
    if stated is None:
        return NOT_STATED
    return f"on {stated}" if stated.day else f"in {stated}"


def days_words(days: int | None) -> str:
    """How long until a review falls due, or since it did."""
    if days is None:
        return ""
    if days < 0:
        return f"{count(-days, 'day')} ago"
    return f"in {count(days, 'day')}" if days else "today"


# ------------------------------------------------------------------------------ one organisation


def _organisation(member: Member, shown: Portal) -> Page:
    titles = {policy.id: policy.title for policy in shown.policies}
    gaps: list[tuple[str, str, Gap]] = [
        (policy.id, policy.title, shown.gaps[member.id, policy.id])
        for policy in shown.policies
        if policy.id not in member.entries
    ]
    waivers = [w for w in shown.waivers if w.organisation == member.id]
    return Page(
        path=f"organisations/{member.id}.html",
        title=member.name,
        listed=False,
        about=f"Every policy of {member.name}.",
        body=html(
            "portal_organisation.html",
            base="../",
            portal=shown,
            member=member,
            group=shown.groups.get(member.group, ""),
            reviews=REVIEWS,
            approvals=APPROVALS,
            days=days_words,
            titles=titles,
            gaps=gaps,
            gap_words=GAPS,
            waivers={
                id: [w for w in waivers if w.waiver.policy == id] for id in [None, *member.entries]
            },
            unanswered={
                id: [q for q in member.unanswered if q.policy == id] for id in member.entries
            },
            as_of=_day(shown),
            differing=_differing(member),
        ),
    )


def _differing(member: Member) -> dict[str, int]:
    return {
        id: sum(state.differs for state in entry.variant.clauses.values())
        for id, entry in member.entries.items()
    }


# ------------------------------------------------------------------------------ policies compared


def _compare(shown: Portal) -> Page:
    rows = []
    for policy in shown.policies:
        held = _held(policy, shown)
        lines, answers = _lines(policy, held), _answers(policy, held)
        clauses = sum(not line.same for line in lines)
        said = sum(not line.same for line in answers)
        rows.append((policy, len(held), len(lines), clauses, said))
    return Page(
        path="policies.html",
        title="Policies compared",
        about="Which clauses and answers differ between organisations, policy by policy.",
        body=html("portal_policies.html", rows=rows, portal=shown),
    )


def _held(policy: Policy, shown: Portal) -> dict[str, Variant]:
    return {
        member.id: member.entries[policy.id].variant
        for member in shown.members
        if policy.id in member.entries
    }


def _lines(policy: Policy, held: Mapping[str, Variant]) -> list[Line]:
    lines = []
    for id in clause_ids(policy, held):
        states = {name: one.clause(id) for name, one in held.items()}
        clause = policy.clauses.get(id)
        why = {name: state for name, state in states.items() if state.why or state.at}
        lines.append(
            Line(
                id=id,
                title=clause.title.source if clause else "",
                same=len({(s.word, s.strength) for s in states.values()}) == 1
                and not any(state.differs for state in states.values()),
                cells=tuple(_state(state) for state in states.values()),
                reasons=_grouped({name: (_reason(state), state.at) for name, state in why.items()}),
            )
        )
    return lines


def _state(state: State) -> tuple[str, str]:
    mark, words = STATES[state.word]
    return mark, f"{words}, {state.strength}" if state.strength else words


def _reason(state: State) -> str:
    said = _state(state)[1]
    return f"{said}: {state.why}" if state.why else said


def _answers(policy: Policy, held: Mapping[str, Variant]) -> list[Line]:
    lines = []
    for id, parameter in policy.parameters.items():
        said = {name: _answer(policy, one, id) for name, one in held.items()}
        lines.append(
            Line(
                id=id,
                title=parameter.question,
                same=len({words for words, _ in said.values()}) == 1,
                cells=tuple(("", words) for words, _ in said.values()),
                reasons=_grouped({name: told for name, told in said.items() if told[1]}),
            )
        )
    return lines


def _answer(policy: Policy, held: Variant, id: str) -> tuple[str, Place | None]:
    """What is said and where. A telephone number or a mailbox has no place in the portal."""
    said = held.answer(id)
    known = said.words in ("-", "silent", "(not reached)")
    words = {"-": "not answered", "(not reached)": "not reached"}.get(said.words, said.words)
    return ("given" if policy.parameters[id].live and not known else words), said.at


def _grouped(
    said: Mapping[str, tuple[str, Place | None]],
) -> tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]:
    """What is said, with everybody who says it and every place where it is written."""
    found: dict[str, tuple[list[str], list[str]]] = {}
    for name, (words, at) in said.items():
        names, places = found.setdefault(words, ([], []))
        names.append(name)
        if at is not None and _place(at) not in places:
            places.append(_place(at))
    return tuple((words, tuple(n), tuple(p)) for words, (n, p) in found.items())


def _place(at: Place) -> str:
    return f"{at.file}:{at.line}"


def _matrix(
    policy: Policy,
    held: Mapping[str, Variant],
    shown: Portal,
    lines: list[Line],
    answers: list[Line],
) -> Page:
    names = {member.id: member.name for member in shown.members}
    return Page(
        path=f"matrix/{policy.id}.html",
        title=f"{policy.title}, compared",
        listed=False,
        about=f"How {policy.title} differs between organisations.",
        body=html(
            "portal_matrix.html",
            base="../",
            policy=policy,
            held=list(held),
            names=names,
            lines=lines,
            answers=answers,
            states=STATES,
        ),
    )


def _matrix_csv(policy: Policy, held: Mapping[str, Variant]) -> bytes:
    rows: list[tuple[str, ...]] = []
    for id in clause_ids(policy, held):
        for name, one in held.items():
            state = one.clause(id)
            at = _place(state.at) if state.at else ""
            word = state.word or "not taken"
            rows.append(("clause", id, name, word, state.strength, state.why, at))
    for id in policy.parameters:
        for name, one in held.items():
            words, where = _answer(policy, one, id)
            rows.append(("parameter", id, name, "", words, "", _place(where) if where else ""))
    return Table(MATRIX_COLUMNS, tuple(rows)).csv().encode()


# ------------------------------------------------------------------------------ what is open


def _questions(shown: Portal) -> Page:
    titles = {policy.id: policy.title for policy in shown.policies}
    names = {member.id: member.name for member in shown.members} | dict(shown.groups)
    return Page(
        path="questions.html",
        title="Open questions",
        about="Questions nobody has answered, and contradictions written down in the sources.",
        headings=(
            Heading(id="cb.unanswered", title="Not answered"),
            Heading(id="cb.recorded", title="Written down in the sources"),
        ),
        body=html(
            "portal_questions.html",
            portal=shown,
            titles=titles,
            names=names,
            recorded=_by_policy(shown.recorded),
        ),
    )


def _by_policy(recorded: Iterable[Recorded]) -> dict[str, list[Recorded]]:
    found: dict[str, list[Recorded]] = {}
    for one in recorded:
        found.setdefault(one.policy, []).append(one)
    return found


def _problems(shown: Portal) -> Page:
    errors = shown.of(Severity.ERROR)
    parts: list[tuple[str, str, str, tuple[Problem, ...]]] = [
        (
            "cb.problems",
            "Problems",
            "These keep handbooks from being published.",
            tuple(p for p in errors if not p.calendar),
        ),
        (
            "cb.calendar",
            "Brought by the calendar",
            "Time alone brought these. They are shown, and handbooks are published all the same.",
            tuple(p for p in errors if p.calendar),
        ),
        ("cb.warnings", "Warnings", "Worth a look.", shown.of(Severity.WARNING)),
        ("cb.notes", "Notes", "Nothing here is wrong.", shown.of(Severity.INFO)),
    ]
    return Page(
        path="problems.html",
        title="Problems",
        about="Everything the check found, with what to do about it.",
        headings=(
            *(Heading(id=id, title=title) for id, title, _, found in parts if found),
            *([Heading(id="cb.waived", title="Waived")] if shown.waived else []),
        ),
        body=html(
            "portal_problems.html",
            portal=shown,
            parts=parts,
            errors=len(errors),
            rules=len(all_rules()),
            as_of=_day(shown),
        ),
    )


def _waivers(shown: Portal) -> Page:
    titles = {policy.id: policy.title for policy in shown.policies}
    members = {member.id for member in shown.members}
    return Page(
        path="waivers.html",
        title="Waivers",
        about="What organisations may leave undone for now, why, and until when.",
        body=html(
            "portal_waivers.html",
            portal=shown,
            titles=titles,
            members=members,
            as_of=_day(shown),
        ),
    )
