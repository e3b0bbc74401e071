"""What binds a handbook and the PDFs of its policies in, the whole handbook as one PDF out.

Only the pages before the first policy are laid out here (`front`); the policies are joined to them
as they are (`bind`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from clausebook.pdf.binding import Binding, Policy
from clausebook.pdf.document import qr
from clausebook.pdf.merge import (
    BESIDE,
    Numbers,
    Part,
    Survey,
    first_pages,
    let_go,
    merge,
    opened,
    survey,
)
from clausebook.render.brand import COLOUR
from clausebook.render.home import EDITIONS, OTHER
from clausebook.render.people import Person
from clausebook.render.site import pdf_name
from clausebook.render.templates import html
from clausebook.shipped import shipped
from clausebook.typed import dataclass

if TYPE_CHECKING:
    import pikepdf

    from clausebook.pdf.engine import Engine

# Before the dot of no policy: their ids have none.
FRONT = "handbook.front"
# With more, the contents would be long to leaf through: the outline has every section anyway.
SECTIONS_UP_TO = 12
RULES_UP_TO = 3
# What fits on a cover; in large print none do.
DRAFTS_UP_TO = 8
# The number of the pages settles at once as a rule; one that swings takes the longer way.
TRIES = 5
NUMBER = "Handbook page {}"
BLANK = "Handbook page {}, left blank"
_DIGITS = "0123456789"


@dataclass(frozen=True, slots=True)
class _Section:
    id: str
    number: str
    title: str
    page: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    title: str
    href: str
    draft: bool
    page: int
    sections: tuple[_Section, ...]


@dataclass(frozen=True, slots=True)
class _Rule:
    href: str
    words: str
    page: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Contact:
    about: str
    title: str
    reach: tuple[str, ...]
    rules: tuple[_Rule, ...]
    more: int


@lru_cache(maxsize=1)
def front_engine() -> Engine:
    """What lays out the pages before the policies: made once, for any number of handbooks."""
    from clausebook.pdf.engine import Engine  # WeasyPrint is imported only where it is used

    engine = Engine(shipped("overrides") / "pdf" / "handbook.css")
    alphabet(engine)
    return engine


def handbook(
    handbook: Binding,
    parts: Sequence[tuple[str, bytes]],
    engine: Engine,
    right_hand: bool = False,
    look: str = "",
) -> bytes:
    """The parts are the policies' PDFs by policy id; they come out in the order of the contents.

    `engine` is one that `front_engine` made; `look` is CSS after its own, for large print.
    """
    held = {id: opened(data) for id, data in parts}
    surveys = {id: survey(held[id]) for id in held}
    made = front(handbook, surveys, engine, right_hand, look)
    return bind(handbook, lambda: (made, alphabet(engine)), held, right_hand, look)


def bind(
    handbook: Binding,
    first: Callable[[], tuple[bytes, bytes]],
    held: Mapping[str, bytes | pikepdf.Pdf | Callable[[], bytes]],
    right_hand: bool,
    look: str,
    hold: Callable[[object], object] = let_go,
) -> bytes:
    """The pages that come first, then the policies.

    `first` waits for the pages, and a PDF whose font the numbers are written in; a policy that is
    still being made is a function that waits for it. What was joined is given to `hold`: to take it
    apart takes as long as to put it in place.
    """
    return merge(
        [
            Part(id=FRONT, title="About this handbook", data=lambda: first()[0]),
            *(
                Part(
                    id=id,
                    title=_titled(handbook.policies[id]),
                    data=held[id],
                    file=pdf_name(handbook.organisation, id),
                )
                for id in _order(handbook, held)
            ),
        ],
        title=title(handbook),
        author=handbook.name,
        subject=subject(handbook, handbook.fingerprint),
        numbers=_numbers(lambda: first()[1], large=bool(look)),
        right_hand=right_hand,
        hold=hold,
    )


def _order(handbook: Binding, wanted: Mapping[str, object]) -> list[str]:
    return [id for ids in areas(handbook, wanted).values() for id in ids]


def areas(handbook: Binding, wanted: Mapping[str, object]) -> dict[str, list[str]]:
    """The policies by area, in the site's own order."""
    found: dict[str, list[str]] = {}
    for id, policy in handbook.policies.items():
        if id in wanted:
            found.setdefault(policy.area or OTHER, []).append(id)
    return found


def title(handbook: Binding) -> str:
    return f"Policy handbook – {handbook.name}"


def subject(handbook: Binding, code: str) -> str:
    return f"{EDITIONS[handbook.edition]}. Check code {code}."


def _titled(policy: Policy) -> str:
    return f"{policy.title} (draft)" if policy.draft else policy.title


def front(
    handbook: Binding,
    surveys: Mapping[str, Survey],
    engine: Engine,
    right_hand: bool = False,
    look: str = "",
    laid: dict[str, bytes] | None = None,
) -> bytes:
    """The pages before the policies: laid out until the numbers they print are true of them.

    `laid`: what was laid out of this handbook before, by its HTML, and what is laid out here.
    """
    laid = {} if laid is None else laid
    surveys = {id: surveys[id] for id in _order(handbook, surveys)}
    assets = {handbook.crest: handbook.crest_bytes} if handbook.crest else {}
    length, own = _guess(handbook, surveys)
    for _ in range(TRIES):
        text = _html(handbook, surveys, length, own, right_hand, large=bool(look))
        if text not in laid:
            laid[text] = engine.render(text, assets=assets, styles=[look] if look else [])
        made = laid[text]
        seen = survey(made)
        places = {name: seen.places[name] + 1 for name in own}
        if (seen.pages, places) == (length, own):
            return made
        length, own = seen.pages, places
    raise ValueError(f"the contents of {title(handbook)} do not settle on a number of pages")


def _guess(handbook: Binding, surveys: Mapping[str, Survey]) -> tuple[int, dict[str, int]]:
    """About how many pages come first, and where: a wrong guess costs one more layout.

    Heights are in millimetres, as handbook.css makes them on its pages of 253.
    """
    page, line = 253.0, 5.4
    sections = len(surveys) <= SECTIONS_UP_TO
    contents = 34 + 12.6 * len(areas(handbook, surveys))
    for id in surveys:
        contents += 9.7 + 5.8 * len(handbook.policies[id].sections) if sections else 7.7
    contacts = 1 + math.ceil(contents / page) + 1
    here, down = contacts, 43.0
    for one in handbook.people:
        found = _contact(one, handbook, dict.fromkeys(surveys, 0), surveys)
        if found.about:
            lines = max(1 + len(found.reach), len(found.rules) + bool(found.more))
            row = line * max(lines, math.ceil(len(found.about) / 24)) + 3.4
            here, down = (here, down + row) if down + row <= page else (here + 1, 8.6 + row)
    use = here if down + 120 <= page else here + 1
    return use, {"contacts": contacts, "use": use}


def _html(
    handbook: Binding,
    surveys: Mapping[str, Survey],
    length: int,
    own: Mapping[str, int],
    right_hand: bool,
    large: bool,
) -> str:
    order, code = list(surveys), handbook.fingerprint
    counts = [length, *(surveys[id].pages for id in order)]
    first = dict(zip(order, first_pages(counts, right_hand)[1:], strict=True))
    drafts = [handbook.policies[id].title for id in order if handbook.policies[id].draft]
    address = handbook.address
    return html(
        "pdf/handbook.html",
        title=title(handbook),
        subject=subject(handbook, code),
        organisation=handbook.name,
        groups=handbook.groups,
        audience=EDITIONS[handbook.edition],
        counted="One policy" if len(order) == 1 else f"{len(order)} policies",
        drafts=drafts,
        all_drafts=len(drafts) == len(order),
        listed=len(drafts) <= (0 if large else DRAFTS_UP_TO),
        note=handbook.note,
        crest=handbook.crest,
        crest_text=handbook.crest_text,
        colour=handbook.colour or COLOUR,
        address=address,
        qr=qr(address) if address else "",
        fingerprint=code,
        pages=own,
        areas={
            area: [_entry(handbook, id, first[id], surveys[id], len(order)) for id in ids]
            for area, ids in areas(handbook, surveys).items()
        },
        people=[
            contact
            for one in handbook.people
            if (contact := _contact(one, handbook, first, surveys)).about
        ],
    )


def _entry(handbook: Binding, id: str, first: int, seen: Survey, policies: int) -> _Entry:
    policy = handbook.policies[id]
    sections = []
    if policies <= SECTIONS_UP_TO:
        for section in policy.sections:
            page = first + seen.places[section.place]
            sections.append(_Section(section.place, section.number, section.title, page))
    return _Entry(
        title=policy.title,
        href=BESIDE + pdf_name(handbook.organisation, id),
        draft=policy.draft,
        page=first,
        sections=tuple(sections),
    )


def _contact(
    person: Person,
    handbook: Binding,
    first: Mapping[str, int],
    surveys: Mapping[str, Survey],
) -> _Contact:
    """Whoever has nothing to be told of, in the policies that are here, has no words about it."""
    rules = []
    for href, words in person.rules:
        policy, _, clause = href.partition(".html#")
        if policy in surveys:
            page = first[policy] + surveys[policy].places[clause]
            file = pdf_name(handbook.organisation, policy)
            rules.append(_Rule(f"{BESIDE}{file}#{clause}", words, page))
    return _Contact(
        about=person.about or (rules[0].words if rules else ""),
        title=person.title,
        reach=tuple(line for line in (person.name, person.phone, person.email) if line),
        rules=tuple(rules[:RULES_UP_TO]),
        more=len(rules[RULES_UP_TO:]),
    )


def _numbers(letters: Callable[[], bytes], large: bool) -> Numbers:
    numbers = Numbers(words=NUMBER, blank=BLANK, font=letters)
    return replace(numbers, foot=13.0, size=12.0) if large else numbers


@lru_cache(maxsize=1)
def alphabet(engine: Engine) -> bytes:
    """A page with every letter that is stamped: the numbers are written in the font it embeds."""
    letters = " ".join(sorted(set(NUMBER + BLANK + _DIGITS) - set("{} ")))
    return engine.render(
        f'<!doctype html><html lang="en-GB"><head><meta charset="utf-8"><title>{letters}</title>'
        f'<meta name="author" content="{FRONT}"></head><body><h1 class="stamped">{letters}</h1></body></html>'
    )
