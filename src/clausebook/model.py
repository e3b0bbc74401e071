"""The nouns: what `load` makes, `resolve` combines, `check` reads and `render` shows. All frozen.

What is kept between runs has no slots: pickles of frozen classes with slots are slow to read.
"""

from __future__ import annotations

import hashlib
import pickle
import re
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import field, replace
from enum import Enum
from functools import lru_cache

from clausebook.dates import Stated
from clausebook.later import unpickled
from clausebook.markdown import pictures_in
from clausebook.once import once
from clausebook.problem import Place
from clausebook.typed import dataclass
from clausebook.wording import Wording

EDITIONS = ("staff", "governors", "public")


def fingerprint(*parts: str) -> str:
    """Twelve characters that change when any part does."""
    return digest(b"".join(map(encoded, parts)))


def encoded(part: str) -> bytes:
    """A part of a fingerprint, as bytes that no other parts beside it can come to."""
    raw = part.encode()
    return len(raw).to_bytes(8, "big") + raw


def digest(encoded: bytes) -> str:
    """The fingerprint of parts."""
    return hashlib.sha256(encoded).hexdigest()[:12]


# Most clauses say the same in many organisations.
_known_fingerprint = lru_cache(maxsize=20_000)(fingerprint)


class Strength(Enum):
    """How strongly a duty binds, and the words it prints as `{{ modal }}`."""

    MUST = "must"
    MUST_NOT = "must not"
    SHOULD = "should"
    SHOULD_NOT = "should not"
    ADVISED = "advised"
    ADVISED_NOT = "advised not"
    MAY = "may"

    @property
    def modal(self) -> str:
        return {"advised": "are advised to", "advised not": "are advised not to"}.get(
            self.value, self.value
        )

    @property
    def forbids(self) -> bool:
        return self.value.endswith("not")


# ------------------------------------------------------------------------------ values


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Where printed words lead: the address, and what is written at a place to make it of."""

    target: str
    at: Place
    raw: str
    formatter: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing an inserted value can print: its words, and where they are written.

    Where the words are made, `raw` is what is written there and `formatter` names how. Words of
    the product's own stand in no file.
    """

    words: str
    at: Place | None
    id: str | None = None
    raw: str | None = None
    formatter: str = ""
    many: str | None = None
    many_at: Place | None = None
    link: Link | None = None
    covers: tuple[str, ...] = ()
    cites: tuple[str, ...] = ()
    details: tuple[tuple[str, Place], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Value:
    """What a name in clause text stands for in one organisation. No items: silence, as written."""

    items: tuple[Item, ...]
    chosen_at: Place
    tier: str
    plural: bool = False
    live: bool = False

    @property
    def silent(self) -> bool:
        return not self.items

    @once
    def ids(self) -> tuple[str, ...]:
        """All that conditions may ask of it."""
        return tuple([item.id or "" for item in self.items])

    @once
    def key(self) -> str:
        """Differs whenever what it prints, or where that is written, does; details aside."""
        parts: list[str] = []
        for item in self.items:
            parts += (str(item.at), item.id or "", item.words, item.many or "", *item.covers)
            parts += (item.link.target, str(item.link.at)) if item.link else ()
            parts.append("\n")
        return "\0".join(parts)

    @once
    def detailed_key(self) -> str:
        """The same where its details are printed too."""
        details = [f"{at} {text}" for item in self.items for text, at in (*item.details, ("", ""))]
        return "\0".join([self.key, *details])

    @once
    def said(self) -> str:
        """Differs whenever what it prints does, wherever that is written; details aside."""
        return repr(
            [
                (i.words, i.at is None, i.id, i.formatter, i.many, i.covers, i.cites)
                + ((i.link.target, i.link.formatter) if i.link else ())
                for i in self.items
            ]
            + [self.live]
        )

    @once
    def detailed_said(self) -> str:
        """The same where its details are printed too."""
        return repr((self.said, [[text for text, _ in item.details] for item in self.items]))

    @once
    def printed(self) -> dict[object, list[Run]]:
        """The runs it was printed as, by where and how."""
        return {}

    @property
    def size(self) -> int:
        return len(self.items)


# ------------------------------------------------------------------------------ the library


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One answer a parameter can have."""

    id: str
    at: Place
    words: str | None = None
    law: str | None = None
    platform: str | None = None
    covers: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A typed, documented choice with a question a head teacher understands."""

    id: str
    at: Place
    question: str
    type: str
    choices: Mapping[str, Choice]
    minimum: int | None = None
    maximum: int | None = None
    silent: str | None = None
    covers: tuple[str, ...] = ()
    live: bool = False
    locked: bool = False

    @property
    def plural(self) -> bool:
        return self.type in ("choices", "lines", "roles", "titles")


@dataclass(frozen=True, kw_only=True)
class Section:
    """A heading clauses stand under: presentation, never identity."""

    id: str
    title: str
    at: Place
    required: bool = False
    appendix: bool = False


@dataclass(frozen=True, kw_only=True)
class Pack:
    """A named, optional bundle of clauses."""

    id: str
    about: str
    at: Place
    always: bool = False


@dataclass(frozen=True, kw_only=True)
class Retired:
    """A clause id that is no longer used and never will be again."""

    id: str
    date: Stated
    reason: str
    at: Place
    successor: str | None = None


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture that clauses show: read once and found safe to publish.

    It lies beside the text of a policy, or with a tier's own file. Sizes are 0 where it states none.
    """

    name: str
    raw: bytes
    sha256: str
    tier: str = "library"
    width: int = 0
    height: int = 0

    def __str__(self) -> str:
        return f"{self.name} {self.sha256}"


@dataclass(frozen=True, kw_only=True)
class Clause:
    """The unit: a permanent id, a title, a text and its facts."""

    id: str
    section: str
    at: Place
    title: Wording
    text: Wording
    tier: str = "library"
    pack: str | None = None
    strength: Strength | None = None
    covers: tuple[str, ...] = ()
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    requires: tuple[str, ...] = ()
    summary: Wording | None = None
    ask: str | None = None
    questions: tuple[str, ...] = ()
    editions: tuple[str, ...] = EDITIONS
    locked: bool = False
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)

    @once
    def wordings(self) -> tuple[Wording, ...]:
        return tuple(w for w in (self.title, self.text, self.summary) if w)

    @once
    def contacts(self) -> frozenset[str]:
        """The names that print who holds a role, and how to reach them."""
        return frozenset(name for wording in self.wordings for name in wording.contacts)

    @once
    def fingerprint(self) -> str:
        """Of the text as written: what a replacement records of the clause it replaced."""
        strength = self.strength.value if self.strength else ""
        pictures = map(str, self.pictures.values())
        return fingerprint(self.title.source, self.text.source, strength, *pictures)


def kept_text(clause: Clause) -> str:
    """A clause's text as it is kept once an organisation has replaced it."""
    strength = clause.strength.value if clause.strength else "none"
    pictures = "".join(f"\npicture: {picture}" for picture in clause.pictures.values())
    return f"# {clause.title.source}\n\nstrength: {strength}{pictures}\n\n{clause.text.source}\n"


def kept_fingerprint(text: str) -> str | None:
    """The fingerprint a kept text should be called by; None when it is not a kept text."""
    head, _, rest = text.partition("\n\n")
    facts, _, body = rest.partition("\n\n")
    strength, *pictures = facts.split("\n")
    if not head.startswith("# ") or not strength.startswith("strength: "):
        return None
    value = strength.removeprefix("strength: ")
    said = "" if value == "none" else value
    shown = [picture.removeprefix("picture: ") for picture in pictures]
    return fingerprint(head[2:], body.removesuffix("\n"), said, *shown)


@dataclass(frozen=True, kw_only=True)
class Statutory:
    """Whether the law asks for a policy, and on whose say."""

    required: bool
    says: str
    duty: str | None = None


@dataclass(frozen=True, kw_only=True)
class Policy:
    """One policy of the library."""

    id: str
    at: Place
    title: str
    title_at: Place
    summary: str
    sections: tuple[Section, ...]
    packs: Mapping[str, Pack]
    parameters: Mapping[str, Parameter]
    clauses: Mapping[str, Clause]
    provisions: Mapping[str, Place]
    control: Mapping[str, tuple[str, ...]]
    retired: Mapping[str, Retired]
    statutory: Statutory | None = None
    area: str = ""
    common: tuple[str, ...] = ()
    search: tuple[str, ...] = ()
    kept: Mapping[str, str] = field(default_factory=dict)
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)

    def section(self, id: str) -> Section | None:
        return self._sections.get(id)

    @once
    def _sections(self) -> Mapping[str, Section]:
        return {section.id: section for section in reversed(self.sections)}


# ------------------------------------------------------------------------------ registers


@dataclass(frozen=True, kw_only=True)
class Misnomer:
    text: str
    severity: str
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class Law:
    """One law or piece of guidance, with how sure we are of it."""

    id: str
    at: Place
    title: str
    kind: str
    status: str
    severity: str
    confidence: str
    message: str | None = None
    link: Link | None = None
    year: int | None = None
    aliases: tuple[str, ...] = ()
    misnomers: tuple[Misnomer, ...] = ()
    replaced_by: tuple[str, ...] = ()
    basis: str = "knowledge"
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Platform:
    id: str
    at: Place
    name: str
    status: str
    severity: str
    confidence: str
    former: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    message: str | None = None


@dataclass(frozen=True, kw_only=True)
class Term:
    """A word the organisation chooses."""

    id: str
    at: Place
    question: str
    choices: Mapping[str, Item]
    free: bool = False
    silent: str | None = None


@dataclass(frozen=True, kw_only=True)
class RoleName:
    id: str
    at: Place
    title: str
    about: str
    also: tuple[str, ...] = ()
    outdated: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class GlossaryEntry:
    id: str
    at: Place
    term: str
    means: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Phrase:
    """Words that deserve a message when they stand in prose."""

    id: str
    at: Place
    find: tuple[str, ...]
    pattern: str | None
    exact: bool
    instead: str
    severity: str
    message: str
    confidence: str


@dataclass(frozen=True, kw_only=True)
class Duty:
    """A policy or document that schools must or in practice do hold."""

    id: str
    at: Place
    title: str
    publish: str
    basis: str
    months: int | None = None
    confidence: str = "low"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registers:
    """Facts every policy shares."""

    law: Mapping[str, Law] = field(default_factory=dict)
    platforms: Mapping[str, Platform] = field(default_factory=dict)
    terms: Mapping[str, Term] = field(default_factory=dict)
    roles: Mapping[str, RoleName] = field(default_factory=dict)
    glossary: Mapping[str, GlossaryEntry] = field(default_factory=dict)
    phrases: Mapping[str, Phrase] = field(default_factory=dict)
    duties: Mapping[str, Duty] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """Everything in policies/."""

    policies: Mapping[str, Policy]
    registers: Registers
    fingerprints: Mapping[str, str] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """Of all of it."""
        return fingerprint(*(f"{id} {self.fingerprints[id]}" for id in sorted(self.fingerprints)))

    def fingerprint_of(self, policies: Iterable[str]) -> str:
        """Of some policies and what every policy shares: an edit to any other changes nothing."""
        return fingerprint(*(f"{id} {self.fingerprints.get(id)}" for id in ("", *sorted(policies))))


# ------------------------------------------------------------------------------ organisations


@dataclass(frozen=True, kw_only=True)
class Change:
    """One entry of an override: what it is about, what it says and where."""

    id: str
    at: Place
    says: str = ""


@dataclass(frozen=True, kw_only=True)
class ListChange:
    """What a tier does to a list: sets it, or adds to and removes from the one above."""

    at: Place
    bare: bool
    set: tuple[Change, ...] | None = None
    add: tuple[Change, ...] = ()
    remove: tuple[Change, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a tier answers to a parameter: raw, with its place; `resolve` makes a Value of it."""

    id: str
    at: Place
    raw: object
    places: Mapping[tuple[str | int, ...], Place]

    @once
    def spot(self) -> int:
        return self.at.spot


@dataclass(frozen=True, kw_only=True)
class Replacement:
    """An organisation's own text in place of a clause's, and what it replaced."""

    id: str
    at: Place
    of: str
    of_at: Place
    reason: str
    text: Wording
    title: Wording | None = None
    summary: Wording | None = None
    pictures: Mapping[str, Picture] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Addition:
    """A clause of an organisation's own, and where it goes."""

    clause: Clause
    after: str | None
    places: Mapping[str, Place]


@dataclass(frozen=True, kw_only=True)
class OutlineSection:
    id: str
    at: Place
    title: str | None = None
    clauses: tuple[Change, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Signature:
    name: str
    role: str
    at: Place
    role_at: Place


@dataclass(frozen=True, kw_only=True)
class Approval:
    """One approval: when, by whom, by which minute."""

    date: Stated
    at: Place
    by: str | None = None
    minute: str | None = None
    effective: Stated | None = None
    next: Stated | None = None
    signed: tuple[Signature, ...] = ()
    places: Mapping[str, Place] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Review:
    """When a policy was and will be looked at."""

    at: Place
    last: Stated | None = None
    next: Stated | None = None
    every_months: int | None = None
    places: Mapping[str, Place] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class OpenQuestion:
    """Where a source contradicts itself: never settled in the organisation's name."""

    about: str
    readings: tuple[str, ...]
    at: Place
    published: str | None = None


@dataclass(frozen=True, kw_only=True)
class HeldPolicy:
    """What one tier says about one policy."""

    id: str
    at: Place
    places: Mapping[str, Place]
    title: str | None = None
    kind: str | None = None
    audience: str | None = None
    version: str | None = None
    owner: str | None = None
    adopted_from: str | None = None
    editions: tuple[str, ...] | None = None
    contents: bool | None = None
    state: str | None = None
    packs: ListChange | None = None
    adopt: tuple[Change, ...] = ()
    omit: tuple[Change, ...] = ()
    answers: tuple[Answer, ...] = ()
    strength: tuple[Change, ...] = ()
    replace: tuple[Replacement, ...] = ()
    add: tuple[Addition, ...] = ()
    outline: tuple[OutlineSection, ...] | None = None
    lock: tuple[Change, ...] = ()
    approvals: tuple[Approval, ...] = ()
    review: Review | None = None
    open_questions: tuple[OpenQuestion, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Role:
    """A role in an organisation, and who holds it."""

    id: str
    at: Place
    title: str
    about: str | None = None
    name: str | None = None
    phone: str | None = None
    email: str | None = None
    checked: Stated | None = None
    publish: str = "role"
    places: Mapping[str, Place] = field(default_factory=dict)

    def shown(self, edition: str) -> tuple[tuple[str, Place], ...]:
        """Name, telephone and email as far as an edition may show them, with their places."""
        if edition == "staff" or self.publish == "contact":
            wanted: tuple[str, ...] = ("name", "phone", "email")
        elif self.publish == "name":
            wanted = ("name",)
        else:
            wanted = ()
        parts = {"name": self.name, "phone": self.phone, "email": self.email}
        return tuple((text, self.places[key]) for key in wanted if (text := parts[key]))


@dataclass(frozen=True, kw_only=True)
class Waiver:
    """A dated, reasoned, signed, expiring permission to fail one check."""

    check: str
    at: Place
    reason: str
    by: str
    start: Stated
    until: Stated
    policy: str | None = None
    clause: str | None = None
    places: Mapping[str, Place] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Brand:
    """Crest and colour. `crest_bytes` are the crest's own, read once and found safe to publish."""

    crest: str | None = None
    crest_text: str | None = None
    crest_bytes: bytes | None = None
    colour: str | None = None
    places: Mapping[str, Place] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileParts:
    """Fingerprints of an organisation's file: of what it says of each policy and where, of how to
    reach whoever holds each role, of the rest, and of where these two stand."""

    policies: Mapping[str, str] = field(default_factory=dict)
    reached: Mapping[str, str] = field(default_factory=dict)
    rest: str = ""
    places: str = ""

    @property
    def whole(self) -> tuple[str, ...]:
        """All of them."""
        found = (*self.policies.items(), *self.reached.items())
        return (self.rest, self.places, *[f"{name}={made}" for name, made in found])


def differing(one: Mapping[str, str], other: Mapping[str, str]) -> set[str]:
    """The names of what is not the same in both, or only in one."""
    return {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}


@dataclass(frozen=True, kw_only=True)
class Organisation:
    """Any publisher: a council or trust (a group) or a school; what its own file says."""

    id: str
    at: Place
    name: str
    kind: str
    parent: str | None
    demonstration: bool
    fictional: bool
    publishes: bool
    editions: tuple[str, ...]
    terms: tuple[Change, ...]
    roles: tuple[Role, ...]
    policies: Mapping[str, HeldPolicy]
    without: tuple[Change, ...]
    waivers: tuple[Waiver, ...]
    open_questions: tuple[OpenQuestion, ...]
    site: str | None = None
    site_at: Place | None = None
    address: str | None = None
    brand: Brand | None = None
    name_at: Place | None = None
    group: bool = False
    # Whether its own texts name pictures.
    pictured: bool = False
    file: FileParts = field(default_factory=FileParts)
    own_words: tuple[tuple[str, Place], ...] = ()
    places: Mapping[str, Place] = field(default_factory=dict)


def brand_of(tiers: Iterable[Organisation]) -> Brand | None:
    """What an organisation shows: the nearest colour, and the nearest crest with its words."""
    shown = Brand()
    for tier in tiers:
        if tier.brand and tier.brand.colour:
            shown = replace(shown, colour=tier.brand.colour)
        if tier.brand and tier.brand.crest:
            shown = replace(
                shown,
                crest=tier.brand.crest,
                crest_text=tier.brand.crest_text,
                crest_bytes=tier.brand.crest_bytes,
            )
    return shown if shown != Brand() else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What mkdocs.yml says under `extra: clausebook`."""

    as_of: Stated | None = None
    due_within_days: int = 90
    since: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A whole handbook repository, loaded."""

    library: Library
    organisations: Mapping[str, Organisation]
    settings: Settings

    def tiers(self, id: str) -> tuple[Organisation, ...]:
        """The organisation's groups from the top down, and itself last."""
        chain: list[Organisation] = []
        here: str | None = id
        while here is not None:
            organisation = self.organisations[here]
            chain.append(organisation)
            here = organisation.parent
        return tuple(reversed(chain))


# ------------------------------------------------------------------------------ handbooks


@dataclass(frozen=True)
class Dated:
    """What is dated of a policy: all that is judged by the day.

    One for all of whom the same is said, and told once, as bytes, for whatever is kept of them.
    """

    review: Review | None = None
    approvals: tuple[Approval, ...] = ()

    def __reduce__(self) -> tuple[Callable[[bytes], Dated], tuple[bytes]]:
        return read_dated, (self.raw,)

    @once
    def raw(self) -> bytes:
        return pickle.dumps((self.review, self.approvals), protocol=pickle.HIGHEST_PROTOCOL)


def read_dated(raw: bytes) -> Dated:
    """What was told as bytes."""
    return Dated(*unpickled(raw))


class RunKind(Enum):
    """Where a run of output text comes from."""

    SOURCE = "source"
    VALUE = "value"
    PRODUCT = "product"


@dataclass(frozen=True, slots=True)
class Run:
    """A run of output text with exactly one origin.

    SOURCE: `text` stands verbatim at `at`. VALUE: `formatter` made it from `raw`, written at `at`,
    for the name `slot`. PRODUCT: `slot` names a string of the product's own (see `wording`).
    """

    kind: RunKind
    text: str
    at: Place | None = None
    slot: str = ""
    formatter: str = ""
    raw: str = ""
    live: bool = False


@dataclass(frozen=True, eq=False)
class Text:
    """Text resolved for one distinct set of inputs; organisations with the same inputs share it."""

    runs: tuple[Run, ...]
    covers: tuple[str, ...] = ()
    cites: tuple[str, ...] = ()
    slots: tuple[str, ...] = ()
    key: str = ""
    live: bool = False

    @property
    def alike(self) -> Text:
        """The text that stands for all that say the same, wherever what they say is written."""
        return self

    def __reduce__(self) -> tuple[type[Text], tuple[object, ...]]:
        """To another process goes what it says, and nothing of what is kept beside it here."""
        return Text, (self.runs, self.covers, self.cites, self.slots, self.key, self.live)

    @once
    def markdown(self) -> str:
        value = RunKind.VALUE
        return "".join([run.text if run.kind is not value else _value(run) for run in self.runs])

    @once
    def words(self) -> str:
        """The runs' text as it stands, for one-line texts such as titles."""
        return "".join([run.text for run in self.runs])


# What would end the address of a link, or be read as anything but a part of it.
_IN_ADDRESSES = {ord(char): f"%{ord(char):02X}" for char in ' ()<>[]{}\\`"|'} | {ord("&"): "&amp;"}


def _value(run: Run) -> str:
    return run.text.translate(_IN_ADDRESSES) if run.slot == "link-target" else escape(run.text)


# What needs no second look: nothing in it, nor at either end of it, could be markup.
_PLAIN = re.compile(r"(?![#+\-=~: \t])[^<>&|\"\\`*_\[\]{}!.)]*(?<! )\Z")


@lru_cache(maxsize=10_000)
def escape(value: str) -> str:
    """A value as Markdown text: it can never become markup."""
    if _PLAIN.match(value):
        return value
    out = []
    for place, char in enumerate(value):
        if char in '<>&|"':
            out.append({"<": "&lt;", ">": "&gt;", "&": "&amp;", "|": "&#124;", '"': "&quot;"}[char])
        elif (
            char in "\\`*_[]{}!"
            or (place == 0 and char in "#+-=~: \t")
            or (place == len(value) - 1 and char == " ")
            or (char in ".)" and value[:place].isdigit())
        ):
            out.append(f"&#{ord(char)};")
        else:
            out.append(char)
    return "".join(out)


@dataclass(frozen=True, eq=False, kw_only=True)
class ResolvedClause:
    """A clause as one organisation publishes it. Its texts are filled in when somebody looks."""

    clause: Clause
    number: str
    strength: Strength | None
    origin: str
    fill: Callable[[Wording], Text]
    replaced: Clause | None = None
    reason: str | None = None

    @property
    def id(self) -> str:
        return self.clause.id

    @once
    def title(self) -> Text:
        return self.fill(self.clause.title)

    @once
    def text(self) -> Text:
        return self.fill(self.clause.text)

    @once
    def summary(self) -> Text | None:
        return self.fill(self.clause.summary) if self.clause.summary else None

    @once
    def pictures(self) -> tuple[Picture, ...]:
        """The pictures that print, in the order of the text."""
        held = self.clause.pictures
        if not held:
            return ()
        return tuple(held[name] for name in pictures_in(self.text.markdown) if name in held)

    @once
    def covers(self) -> tuple[str, ...]:
        """The provisions it makes: none when nothing but white space prints."""
        text = self.text
        if not text.words.strip():
            return ()
        return tuple(dict.fromkeys([*self.clause.covers, *text.covers, *self.title.covers]))

    @once
    def fingerprint(self) -> str:
        return _known_fingerprint(*self.signed(self.text.key))

    def signed(self, key: str) -> tuple[str, ...]:
        """What its fingerprint is made of, where its text has a key."""
        modal = self.strength.value if self.strength else ""
        return self.id, self.title.key, key, modal, *map(str, self.pictures)

    @once
    def approved(self) -> bytes:
        """What of it is approved, for the fingerprint of its policy."""
        return approved(self.number, self.fingerprint)


def approved(number: str, fingerprint: str) -> bytes:
    """What is approved of a clause that has this number and this fingerprint."""
    return encoded(f"{number} {fingerprint}")


@dataclass(frozen=True, eq=False)
class ResolvedSection:
    id: str
    number: str
    title: str
    clauses: tuple[ResolvedClause, ...]
    at: Place

    @property
    def facts(self) -> tuple[ResolvedClause, ...]:
        """Its clauses by all that does not depend on what their texts say."""
        return self.clauses

    @property
    def alike(self) -> ResolvedSection:
        """The section that stands for all with the same clauses in the same words, but for gaps."""
        return self

    @property
    def words(self) -> tuple[str, ...]:
        """What stands in the gaps that texts of `alike` have."""
        return ()

    @property
    def fillings(self) -> tuple[str, ...]:
        """What stands in all of its gaps: those words, and then fingerprints."""
        return ()

    @once
    def approved(self) -> bytes:
        """What of it is approved, for the fingerprint of its policy."""
        return b"".join(self.approved_parts())

    def approved_parts(self) -> list[bytes]:
        """The same in parts: its heading, and then each clause."""
        heading = encoded(self.id) + encoded(self.title)
        return [heading, *[clause.approved for clause in self.clauses]]


@dataclass(frozen=True, eq=False)
class Printed:
    """Which clauses of a policy print and as whose, and which do not, whatever they say: nobody reads
    their texts here."""

    clauses: tuple[ResolvedClause, ...]
    left_out: tuple[LeftOut, ...]

    @once
    def sections(self) -> frozenset[str]:
        """The sections that they are written for."""
        return frozenset([clause.clause.section for clause in self.clauses])

    @once
    def contacts(self) -> frozenset[str]:
        """The names in them that print who holds a role."""
        return frozenset[str]().union(*[clause.clause.contacts for clause in self.clauses])


@dataclass(frozen=True)
class ControlField:
    """A generated document-control field: each run says where its text is written."""

    id: str
    label: str
    lines: tuple[tuple[Run, ...], ...]
    covers: tuple[str, ...] = ()

    @once
    def words(self) -> tuple[str, ...]:
        return tuple(["".join([run.text for run in line]) for line in self.lines])


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A clause in force that does not print, or that was omitted, and why."""

    clause: str
    why: str
    tier: str
    at: Place


@dataclass(frozen=True, eq=False)
class ResolvedPolicy:
    """A policy as one organisation publishes it."""

    policy: Policy
    title: str
    kind: str
    at: Place
    sections: tuple[ResolvedSection, ...]
    control: tuple[ControlField, ...]
    held: HeldPolicy
    state: str
    editions: tuple[str, ...]
    review: Review | None
    approvals: tuple[Approval, ...]
    left_out: tuple[LeftOut, ...]
    values: Mapping[str, Value]
    reached: frozenset[str]
    packs: tuple[str, ...]
    open_questions: tuple[OpenQuestion, ...] = ()

    @property
    def id(self) -> str:
        return self.policy.id

    @once
    def clauses(self) -> tuple[ResolvedClause, ...]:
        return tuple([clause for section in self.sections for clause in section.clauses])

    @once
    def facts(self) -> tuple[ResolvedClause, ...]:
        """The clauses by all that does not depend on what their texts say."""
        return tuple([clause for section in self.sections for clause in section.facts])

    @once
    def printed(self) -> Printed:
        """One object for many organisations, as far as they share which clauses print."""
        return Printed(self.facts, self.left_out)

    @once
    def dated(self) -> Dated:
        """One object for all of whom the same is said."""
        return Dated(self.review, self.approvals)

    @once
    def contacts(self) -> frozenset[str]:
        """The roles whose holders its texts may say how to reach, whatever is said of how."""
        found: set[str] = set()
        for name in self.printed.contacts:
            space, _, id = name.partition(".")
            if space == "role":
                found.add(id)
            elif id in self.values:
                found.update(self.values[id].ids)
        return frozenset(found)

    @once
    def covers(self) -> frozenset[str]:
        """Every provision the policy makes in text that prints."""
        from_clauses = {p for clause in self.clauses for p in clause.covers}
        return frozenset(from_clauses | {p for field in self.control for p in field.covers})

    @once
    def fingerprint(self) -> str:
        """Of what is approved: ids, texts, strengths and values, never a telephone number."""
        parts = [encoded(self.id), encoded(self.title)]
        parts += [section.approved for section in self.sections]
        return digest(b"".join(parts))


@dataclass(frozen=True, eq=False)
class Handbook:
    """Everything one organisation publishes in one edition."""

    organisation: Organisation
    tiers: tuple[Organisation, ...]
    edition: str
    policies: Mapping[str, ResolvedPolicy]
    roles: Mapping[str, Role]
    terms: Mapping[str, Value]
    library: str

    @once
    def fingerprint(self) -> str:
        return self.fingerprint_of(policy.fingerprint for policy in self.policies.values())

    def with_only(self, policies: Container[str]) -> Handbook:
        """The handbook with just these of its policies."""
        held = {id: one for id, one in self.policies.items() if id in policies}
        return replace(self, policies=held)

    def fingerprint_of(self, policies: Iterable[str]) -> str:
        """Of this handbook, were its policies those that have these fingerprints."""
        return fingerprint(self.organisation.id, self.edition, *policies)
