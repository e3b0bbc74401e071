"""The shape of every YAML file, as Pydantic models: checked at the edge, published as JSON Schema.

Values arrive as the text that was written (see `yamlfile`), so each type here reads text.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from clausebook.dates import NotADate, Stated
from clausebook.spelling import FORBIDDEN, KEBAB, PROVISION, RESERVED, SNAKE


def _kebab(text: str) -> str:
    if not KEBAB.match(text) or len(text) > 60:
        raise PydanticCustomError(
            "bad_id",
            "'{text}' is not an id: use lower-case letters, digits and hyphens",
            {"text": text[:60]},
        )
    if RESERVED.match(text):
        raise PydanticCustomError(
            "bad_id", "'{text}' is a name Windows keeps for itself", {"text": text}
        )
    return text


def _snake(text: str) -> str:
    if not SNAKE.match(text) or len(text) > 60:
        raise PydanticCustomError(
            "bad_id",
            "'{text}' is not a name: use lower-case letters, digits and underscores",
            {"text": text[:60]},
        )
    return text


def _provision(text: str) -> str:
    if not PROVISION.match(text) or len(text) > 100:
        raise PydanticCustomError("bad_id", "'{text}' is not a provision id", {"text": text[:60]})
    return text


def _line(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("empty", "the value is blank")
    if "\n" in text or FORBIDDEN.search(text):
        raise PydanticCustomError("bad_line", "the value must be one line of ordinary characters")
    if len(text) > 1000:
        raise PydanticCustomError("bad_line", "the value is longer than 1,000 characters")
    return text


def _prose(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("empty", "the value is blank")
    if FORBIDDEN.search(text):
        raise PydanticCustomError("bad_line", "the text holds control or private-use characters")
    return text


def _flag(value: Any) -> Any:
    if isinstance(value, str):
        if value in ("true", "false"):
            return value == "true"
        raise PydanticCustomError("bad_flag", "'{text}' is not true or false", {"text": value[:40]})
    return value


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        if re.fullmatch(r"-?\d{1,9}", value, re.ASCII):
            return int(value)
        raise PydanticCustomError("bad_number", "'{text}' is not a whole number", {"text": value})
    return value


def _date(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return Stated.read(value)
        except NotADate as error:
            raise PydanticCustomError("bad_date", "{why}", {"why": str(error)}) from None
    return value


def _url(text: str) -> str:
    _line(text)
    if not re.fullmatch(r"(https?://[^\s<>\"'\\]+|mailto:[^\s<>\"'\\]+@[^\s<>\"'\\]+)", text):
        raise PydanticCustomError(
            "bad_url",
            "'{text}' is not a web address that starts with https:// or http://",
            {"text": text[:80]},
        )
    return text


def _colour(text: str) -> str:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", text):
        raise PydanticCustomError(
            "bad_value_text", "'{text}' is not a colour such as \"#1a4f8b\"", {"text": text[:40]}
        )
    return text.lower()


def _asset(text: str) -> str:
    if RESERVED.match(text.partition(".")[0]):
        raise PydanticCustomError(
            "bad_path", "'{text}' is a name Windows keeps for itself", {"text": text[:80]}
        )
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]*\.(svg|png)", text) or ".." in text:
        raise PydanticCustomError(
            "bad_path",
            "'{text}' is not the name of an SVG or PNG file beside this one (no folders)",
            {"text": text[:80]},
        )
    return text


_TEXT_OR_NUMBER = WithJsonSchema({"type": ["string", "number"]})
Id = Annotated[
    str,
    AfterValidator(_kebab),
    WithJsonSchema({"type": "string", "pattern": KEBAB.pattern.replace("\\Z", "$")}),
]
Name = Annotated[
    str,
    AfterValidator(_snake),
    WithJsonSchema({"type": "string", "pattern": SNAKE.pattern.replace("\\Z", "$")}),
]
ProvisionId = Annotated[str, AfterValidator(_provision), WithJsonSchema({"type": "string"})]
Line = Annotated[str, AfterValidator(_line), _TEXT_OR_NUMBER]
Prose = Annotated[str, AfterValidator(_prose), WithJsonSchema({"type": "string"})]
Url = Annotated[str, AfterValidator(_url), WithJsonSchema({"type": "string", "format": "uri"})]
Colour = Annotated[
    str, AfterValidator(_colour), WithJsonSchema({"type": "string", "pattern": "^#[0-9a-fA-F]{6}$"})
]
Asset = Annotated[str, AfterValidator(_asset), WithJsonSchema({"type": "string"})]
Flag = Annotated[bool, BeforeValidator(_flag)]
Count = Annotated[int, BeforeValidator(_whole), Field(ge=0)]
Months = Annotated[int, BeforeValidator(_whole), Field(ge=1, le=240)]
Year = Annotated[int, BeforeValidator(_whole), Field(ge=1200, le=2199)]
Day = Annotated[
    Stated,
    BeforeValidator(_date),
    PlainSerializer(lambda day: day.iso),
    WithJsonSchema({"type": ["string", "integer"], "pattern": r"^\d{4}(-\d{2}(-\d{2})?)?$"}),
]
Edition = Literal["staff", "governors", "public"]
Strength = Literal["must", "must not", "should", "should not", "advised", "advised not", "may"]
Confidence = Literal["high", "medium", "low"]
Level = Literal["error", "warning", "info", "ok"]


class Shape(BaseModel):
    """Keys we do not know are errors; nothing is coerced."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, arbitrary_types_allowed=True, defer_build=True
    )


def short_for(key: str, model: type[Shape]) -> Any:
    """A model that may be written as one text, short for `{key: text}`."""

    def widen(value: Any) -> Any:
        return {key: value} if isinstance(value, str) else value

    return Annotated[model, BeforeValidator(widen, json_schema_input_type=str | int | model)]


# ------------------------------------------------------------------------------ the library


class ChoiceShape(Shape):
    """One answer a parameter can have."""

    words: Line | None = None
    law: Id | None = None
    platform: Id | None = None
    covers: tuple[ProvisionId, ...] = ()


class ParameterShape(Shape):
    """A question the organisation answers."""

    question: Line
    type: Literal["choice", "choices", "text", "lines", "number", "role", "roles", "titles"]
    choices: dict[Id, short_for("words", ChoiceShape)] = {}  # type: ignore[valid-type]
    min: Count | None = None
    max: Count | None = None
    silent: Line | None = None
    covers: tuple[ProvisionId, ...] = ()
    live: Flag = False
    locked: Flag = False
    help: Line | None = None


class PackShape(Shape):
    """A named bundle of clauses."""

    about: Line
    always: Flag = False


class SectionShape(Shape):
    """A section, in its default place."""

    id: Id
    title: Line
    required: Flag = False
    appendix: Flag = False


class RetiredShape(Shape):
    """A clause id that is no longer used, and never will be again."""

    id: Id
    date: Day
    reason: Line
    successor: Id | None = None


class StatutoryShape(Shape):
    """Whether the law asks for this policy, and on whose say."""

    required: Flag
    says: Line
    duty: Id | None = None


ControlName = Literal[
    "title",
    "organisation",
    "site",
    "audience",
    "approval",
    "history",
    "signatories",
    "last_reviewed",
    "next_review",
    "contents",
]


class PolicyShape(Shape):
    """policies/POLICY/policy.yml"""

    title: Line
    summary: Line
    statutory: StatutoryShape | None = None
    sections: Annotated[tuple[SectionShape, ...], Field(min_length=1)]
    packs: dict[Id, PackShape] = {}
    parameters: dict[Name, ParameterShape] = {}
    control: dict[ControlName, tuple[ProvisionId, ...]] = {}
    retired: tuple[RetiredShape, ...] = ()
    area: Line | None = None
    common: tuple[Id, ...] = ()
    search: tuple[Line, ...] = ()


class ProvisionsShape(Shape):
    """policies/POLICY/provisions.yml"""

    provisions: tuple[ProvisionId, ...]


def _one_or_many(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


class ClauseShape(Shape):
    """The fenced `clause` block of a clause."""

    id: Id
    pack: Id | None = None
    strength: Strength | None = None
    covers: tuple[ProvisionId, ...] = ()
    when: dict[
        Name,
        Annotated[
            tuple[Id, ...],
            BeforeValidator(_one_or_many, json_schema_input_type=str | list[str]),
        ],
    ] = {}
    requires: tuple[Id, ...] = ()
    summary: Line | None = None
    ask: Name | None = None
    questions: tuple[Line, ...] = ()
    editions: tuple[Edition, ...] = ("staff", "governors", "public")
    locked: Flag = False


# ------------------------------------------------------------------------------ registers


class SourceShape(Shape):
    """Where a fact was found."""

    title: Line
    url: Url | None = None


class MisnomerShape(Shape):
    """A wrong form of a law's title."""

    text: Line
    severity: Literal["error", "warning", "info"]
    note: Line | None = None


class LawShape(Shape):
    """One law or piece of guidance."""

    title: Line
    kind: Literal[
        "act",
        "regulations",
        "eu-regulation",
        "guidance",
        "standards",
        "common-law",
        "convention",
        "bill",
    ]
    status: Literal[
        "in force",
        "partly in force",
        "repealed",
        "revoked",
        "superseded",
        "amending only",
        "common law",
        "not yet in force",
    ]
    path: Line | None = None
    url: Url | None = None
    year: Year | None = None
    publisher: Line | None = None
    edition: Line | None = None
    since: Day | None = None
    ended: Day | None = None
    replaced_by: tuple[Id, ...] = ()
    aliases: tuple[Line, ...] = ()
    misnomers: tuple[MisnomerShape, ...] = ()
    severity: Level
    message: Line | None = None
    confidence: Confidence
    basis: Literal["primary", "secondary", "knowledge"]
    sources: tuple[Id, ...] = ()
    note: Line | None = None


class LawRegister(Shape):
    """policies/registers/law.yml"""

    sources: dict[Id, SourceShape] = {}
    law: dict[Id, LawShape]


class PlatformShape(Shape):
    """One social media platform or similar service."""

    name: Line
    former: tuple[Line, ...] = ()
    also: tuple[Line, ...] = ()
    status: Literal["open", "closed", "read-only"]
    kind: Line | None = None
    severity: Level
    message: Line | None = None
    note: Line | None = None
    confidence: Confidence
    sources: tuple[Id, ...] = ()


class TextRuleShape(Shape):
    """A pattern in prose that deserves a message."""

    pattern: Line
    severity: Literal["error", "warning", "info"]
    message: Line
    confidence: Confidence
    sources: tuple[Id, ...] = ()


class PlatformRegister(Shape):
    """policies/registers/platforms.yml"""

    sources: dict[Id, SourceShape] = {}
    platforms: dict[Id, PlatformShape]
    rules: dict[Id, TextRuleShape] = {}


class FormsShape(Shape):
    """The forms of a word."""

    one: Line
    many: Line | None = None


class TermShape(Shape):
    """A word the organisation chooses."""

    question: Line
    choices: dict[Id, FormsShape] = {}
    text: Flag = False
    silent: Line | None = None
    note: Line | None = None


class RoleNameShape(Shape):
    """A role people know, whoever holds it."""

    title: Line
    about: Line
    also: tuple[Line, ...] = ()
    outdated: tuple[Line, ...] = ()


class GlossaryShape(Shape):
    """A defined term and the other words people use for it."""

    term: Line
    means: Line
    also: tuple[Line, ...] = ()


class TermRegister(Shape):
    """policies/registers/terms.yml"""

    sources: dict[Id, SourceShape] = {}
    terms: dict[Name, TermShape]
    roles: dict[Name, RoleNameShape] = {}
    glossary: dict[Id, GlossaryShape] = {}


class PhraseShape(Shape):
    """A word or phrase that has gone out of date."""

    find: tuple[Line, ...] = ()
    pattern: Line | None = None
    exact: Flag = False
    instead: Line
    severity: Literal["error", "warning", "info"]
    message: Line
    since: Line | None = None
    confidence: Confidence
    sources: tuple[Id, ...] = ()


class PhraseRegister(Shape):
    """policies/registers/phrases.yml"""

    sources: dict[Id, SourceShape] = {}
    phrases: dict[Id, PhraseShape]


Applies = Literal["required", "if applicable", "expected", "common", "no"]


class AppliesShape(Shape):
    """Which schools a duty falls on."""

    maintained: Applies | None = None
    special: Applies | None = None
    academy: Applies | None = None
    independent: Applies | None = None


class DutyReviewShape(Shape):
    """How often it is looked at again, and on whose say."""

    months: Months | None = None
    basis: Literal[
        "law", "statutory guidance", "recommendation", "contract", "board choice", "live"
    ]
    says: Line | None = None


class DutyApprovalShape(Shape):
    """Who approves it."""

    prescribed: Line


class DutyShape(Shape):
    """A policy or document that schools must or in practice do hold."""

    title: Line
    kind: Literal["policy", "procedure", "document", "register", "statement", "plan", "scheme"]
    applies: AppliesShape
    review: DutyReviewShape
    approval: DutyApprovalShape | None = None
    publish: Literal["must", "should", "no", "board choice", "trust site"]
    law: tuple[Id, ...] = ()
    confidence: Confidence
    note: Line | None = None
    sources: tuple[Id, ...] = ()


class CalendarShape(Shape):
    """A fixed date that review planners know."""

    when: Line
    what: Line
    note: Line | None = None
    confidence: Confidence | None = None
    sources: tuple[Id, ...] = ()


class DutyRegister(Shape):
    """policies/registers/duties.yml"""

    sources: dict[Id, SourceShape] = {}
    duties: dict[Id, DutyShape]
    calendar: dict[Id, CalendarShape] = {}


# ------------------------------------------------------------------------------ organisations


class ListChangeShape(Shape):
    """What to do to the list of the tier above. A bare list is short for `set`."""

    set: tuple[Id, ...] | None = None
    add: tuple[Id, ...] = ()
    remove: tuple[Id, ...] = ()


def _set_of(value: Any) -> Any:
    return {"set": value} if isinstance(value, list) else value


ListChange = Annotated[
    ListChangeShape,
    BeforeValidator(_set_of, json_schema_input_type=list[str] | ListChangeShape),
]


class RoleShape(Shape):
    """A role in the organisation, and who holds it."""

    title: Line
    for_: Annotated[Line | None, Field(alias="for")] = None
    name: Line | None = None
    phone: Line | None = None
    email: Annotated[str, AfterValidator(_line)] | None = None
    checked: Day | None = None
    publish: Literal["role", "name", "contact"] = "role"


class ReplaceShape(Shape):
    """Text of the organisation's own in place of a library clause's."""

    of: Annotated[str, AfterValidator(_line)]
    reason: Line
    text: Prose
    title: Line | None = None
    summary: Line | None = None


class AddShape(Shape):
    """A clause of the organisation's own."""

    id: Id
    section: Id
    after: Id | None = None
    title: Line
    text: Prose
    strength: Strength | None = None
    covers: tuple[ProvisionId, ...] = ()
    requires: tuple[Id, ...] = ()
    summary: Line | None = None
    ask: Name | None = None
    questions: tuple[Line, ...] = ()
    editions: tuple[Edition, ...] = ("staff", "governors", "public")


class OutlineShape(Shape):
    """One section of the organisation's own outline."""

    id: Id
    title: Line | None = None
    clauses: tuple[Id, ...] = ()


class SignedShape(Shape):
    """Who signed an approval."""

    name: Line
    role: Line


class ApprovalShape(Shape):
    """One approval."""

    date: Day
    by: Line | None = None
    minute: Line | None = None
    effective: Day | None = None
    next: Day | None = None
    signed: tuple[SignedShape, ...] = ()


class ReviewShape(Shape):
    """When the policy was and will be looked at."""

    last: Day | None = None
    next: Day | None = None
    every_months: Annotated[int, BeforeValidator(_whole), Field(ge=1, le=120)] | None = None


class OpenQuestionShape(Shape):
    """Where a source contradicts itself: both readings, and what is published."""

    about: Line
    readings: Annotated[tuple[Line, ...], Field(min_length=1)]
    published: Line | None = None


class HeldPolicyShape(Shape):
    """What an organisation says about one policy."""

    title: Line | None = None
    kind: Literal["policy", "guidance"] | None = None
    audience: Line | None = None
    version: Line | None = None
    owner: Name | None = None
    adopted_from: Line | None = None
    editions: tuple[Edition, ...] | None = None
    contents: Flag | None = None
    state: Literal["draft", "approved elsewhere"] | None = None
    packs: ListChange | None = None
    adopt: tuple[Id, ...] = ()
    omit: dict[Id, Line] = {}
    values: dict[Name, Any] = {}
    strength: dict[Id, Strength] = {}
    replace: dict[Id, ReplaceShape] = {}
    add: tuple[AddShape, ...] = ()
    outline: Annotated[tuple[OutlineShape, ...], Field(min_length=1)] | None = None
    lock: tuple[Line, ...] = ()
    approvals: tuple[ApprovalShape, ...] = ()
    review: ReviewShape | None = None
    open_questions: tuple[OpenQuestionShape, ...] = ()


class WaiverShape(Shape):
    """A dated, reasoned, signed, expiring permission to fail one check."""

    check: Id
    policy: Id | None = None
    clause: Id | None = None
    reason: Line
    by: Line
    from_: Annotated[Day, Field(alias="from")]
    until: Day


class BrandShape(Shape):
    """Crest and colour."""

    crest: Asset | None = None
    crest_text: Line | None = None
    colour: Colour | None = None


class OrganisationShape(Shape):
    """schools/ORGANISATION.yml and schools/GROUP/group.yml"""

    name: Line
    kind: Literal["school", "trust", "council"]
    demonstration: Flag = False
    fictional: Flag = False
    publishes: Flag = True
    editions: Annotated[tuple[Edition, ...], Field(min_length=1)] = ("staff",)
    site: Line | None = None
    address: Url | None = None
    brand: BrandShape | None = None
    terms: dict[Name, Line] = {}
    roles: dict[Name, RoleShape] = {}
    policies: dict[Id, HeldPolicyShape] = {}
    without: dict[Id, Line] = {}
    open_questions: tuple[OpenQuestionShape, ...] = ()
    waivers: tuple[WaiverShape, ...] = ()


class SettingsShape(Shape):
    """`extra: {clausebook: …}` in mkdocs.yml"""

    as_of: Day | None = None
    due_within_days: Annotated[int, BeforeValidator(_whole), Field(ge=1, le=365)] = 90
    since: Line | None = None


FILES: dict[str, type[Shape]] = {
    "policy": PolicyShape,
    "provisions": ProvisionsShape,
    "clause": ClauseShape,
    "organisation": OrganisationShape,
    "law": LawRegister,
    "platforms": PlatformRegister,
    "terms": TermRegister,
    "phrases": PhraseRegister,
    "duties": DutyRegister,
    "settings": SettingsShape,
}
