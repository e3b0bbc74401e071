"""Two handbooks of one organisation and edition in; what changed from one to the other out. Pure.

The data of `handbook.json` is enough. Where the handbooks it was made from are at hand too, they
also tell who decided: whether a clause is new because the library has it, or because a school
switched it on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from enum import Enum
from itertools import pairwise
from typing import TYPE_CHECKING

from clausebook.dates import NotADate, Stated
from clausebook.model import Handbook, HeldPolicy, ListChange, ResolvedPolicy, Value
from clausebook.typed import dataclass

if TYPE_CHECKING:  # who only prints changes has no use for the models of the file
    from clausebook.handbook_file import ClauseEntry, HandbookFile, OriginEntry, PolicyEntry

Difference = tuple[str, str]
SAME, BEFORE, AFTER = "same", "before", "after"

LAW_REGISTER = "policies/registers/law.yml"
# Printed for a contact that has changed since: it may have been withdrawn for good reason.
EARLIER_CONTACT = "(earlier contact)"
NO_DATE = "1970-01-01"


class Kind(Enum):
    """What happened, and how a reader is told."""

    POLICY_ADDED = "policy added"
    POLICY_REMOVED = "policy removed"
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    STRENGTH = "strength changed"
    TITLE = "title changed"
    SUMMARY = "summary changed"
    MOVED = "moved"
    PICTURE = "picture changed"
    LINK = "link changed"
    DETAILS = "details changed"
    RENUMBERED = "renumbered"
    CONTROL = "document control changed"

    @property
    def words(self) -> str:
        return _KINDS[self]


_KINDS = {
    Kind.POLICY_ADDED: "New policy",
    Kind.POLICY_REMOVED: "Policy removed",
    Kind.ADDED: "New clause",
    Kind.REMOVED: "Clause removed",
    Kind.CHANGED: "Changed",
    Kind.STRENGTH: "More or less binding than it was",
    Kind.TITLE: "New title",
    Kind.SUMMARY: "Short version changed",
    Kind.MOVED: "Moved to another section",
    Kind.PICTURE: "Picture changed",
    Kind.LINK: "Link or layout changed",
    Kind.DETAILS: "Contact or other detail changed",
    Kind.RENUMBERED: "New numbers",
    Kind.CONTROL: "Document control changed",
}


class Tag(Enum):
    """Whose change it is."""

    LAW = "law"
    GROUP = "group"
    SCHOOL = "school"
    WORDING = "wording"

    @property
    def words(self) -> str:
        return _TAGS[self]


_TAGS = {
    Tag.LAW: "Change in the law",
    Tag.GROUP: "Trust or council",
    Tag.SCHOOL: "School",
    Tag.WORDING: "Wording",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change. `clause` is None where it is about a whole policy.

    `number` and `title` are today's, or the last ones of what is gone. `differences` are the words
    of both texts in order, each part with what it is: the same, only before, or only after.
    `dated` is the latest date the policy itself states, and `mark` tells two changes apart.
    """

    policy: str
    policy_title: str
    kind: Kind
    tag: Tag
    clause: str | None = None
    number: str = ""
    title: str = ""
    before: str = ""
    after: str = ""
    differences: tuple[Difference, ...] = ()
    also: tuple[str, ...] = ()
    dated: str = NO_DATE
    mark: str = ""


def compare(
    old: HandbookFile,
    new: HandbookFile,
    *,
    then: Handbook | None = None,
    now: Handbook | None = None,
) -> tuple[Change, ...]:
    """What changed, by policy and in the order of the text."""
    before = {policy.id: policy for policy in old.policies}
    after = {policy.id: policy for policy in new.policies}
    found: list[Change] = []
    for id, policy in after.items():
        causes = _Causes(new, id, then, now)
        if id in before:
            found += _policy(before[id], policy, causes)
        else:
            found.append(_whole(policy, Kind.POLICY_ADDED, causes))
    for id, policy in before.items():
        if id not in after:
            causes = _Causes(new, id, then, now)
            gone = _whole(policy, Kind.POLICY_REMOVED, causes)
            found.append(_withheld(gone) if causes.policy_withheld() else gone)
    return tuple(found)


NOT_HERE = "It is no longer for the readers of this edition."


def _withheld(change: Change) -> Change:
    """A text that was taken out of an edition on purpose is not published there once more."""
    return replace(change, before="", differences=(), also=(*change.also, NOT_HERE))


# ------------------------------------------------------------------------------ one policy


@dataclass(frozen=True, slots=True)
class _Printed:
    """A clause where it stands."""

    entry: ClauseEntry
    section: str
    heading: str


def _printed(policy: PolicyEntry) -> dict[str, _Printed]:
    return {
        clause.id: _Printed(clause, section.id, f"{section.number} {section.title}")
        for section in policy.sections
        for clause in section.clauses
    }


def _whole(policy: PolicyEntry, kind: Kind, causes: _Causes) -> Change:
    clauses = [printed.entry for printed in _printed(policy).values()]
    added = kind is Kind.POLICY_ADDED
    texts = [c.text if added else _without_contacts(c, "", causes) for c in clauses]
    text = "\n\n".join(
        f"{c.number} {c.title}\n{said}" for c, said in zip(clauses, texts, strict=True)
    )
    return Change(
        policy=policy.id,
        policy_title=policy.title,
        kind=kind,
        tag=causes.holding(),
        title="The whole policy",
        before="" if added else text,
        after=text if added else "",
        differences=((AFTER if added else BEFORE, text),) if text else (),
        dated=dated(policy),
        mark=policy.fingerprint,
    )


def _policy(old: PolicyEntry, new: PolicyEntry, causes: _Causes) -> Iterator[Change]:
    if old.title != new.title:
        yield _about(new, Kind.TITLE, causes.stating("title"), "Its title", old.title, new.title)
    yield from _section_titles(old, new, causes)
    was, is_ = _printed(old), _printed(new)
    references = _References(was, is_)
    renumbered: list[tuple[_Printed, _Printed]] = []
    for id in _in_order(list(was), list(is_)):
        if id not in is_:
            yield _gone(was[id].entry, new, causes)
        elif id not in was:
            yield _come(is_[id].entry, new, causes)
        else:
            old_entry, new_entry = was[id].entry, is_[id].entry
            change = _clause(was[id], is_[id], new, causes, references)
            if change is not None:
                yield change
            elif (old_entry.number, old_entry.text) != (new_entry.number, new_entry.text):
                renumbered.append((was[id], is_[id]))
    if renumbered:
        yield _renumbered(renumbered, new)
    yield from _control(old, new, causes)


def _in_order(old: Sequence[str], new: Sequence[str]) -> list[str]:
    """Today's order, with what is gone where it stood: after the nearest clause that is left."""
    order, kept = list(new), set(new)
    for before, id in pairwise([None, *old]):
        assert id is not None
        if id not in kept:
            order.insert(order.index(before) + 1 if before is not None else 0, id)
    return order


def _about(
    policy: PolicyEntry, kind: Kind, tag: Tag, title: str, before: str, after: str
) -> Change:
    """A change of something that is no clause."""
    return Change(
        policy=policy.id,
        policy_title=policy.title,
        kind=kind,
        tag=tag,
        title=title,
        before=before,
        after=after,
        differences=word_differences(before, after),
        dated=dated(policy),
        mark=f"{title}\n{after}",
    )


def _section_titles(old: PolicyEntry, new: PolicyEntry, causes: _Causes) -> Iterator[Change]:
    titles = {section.id: section.title for section in old.sections}
    for section in new.sections:
        was = titles.get(section.id, section.title)
        if was != section.title:
            about = f"Section {section.number}"
            tag = causes.heading(section.id)
            yield _about(new, Kind.TITLE, tag, about, was, section.title)


def _renumbered(pairs: Sequence[tuple[_Printed, _Printed]], policy: PolicyEntry) -> Change:
    """All clauses of a policy whose words are the same but for numbers, in one."""
    said = []
    for was, is_ in pairs:
        if was.entry.number != is_.entry.number:
            said.append(f"{was.entry.number} is now {is_.entry.number}: {is_.entry.title}")
        else:
            said.append(f"{is_.entry.number} names other clauses as they are called now")
    return Change(
        policy=policy.id,
        policy_title=policy.title,
        kind=Kind.RENUMBERED,
        tag=Tag.WORDING,
        title="Clauses that read the same",
        before=", ".join(was.entry.number for was, _ in pairs),
        after=", ".join(is_.entry.number for _, is_ in pairs),
        also=tuple(said),
        dated=dated(policy),
        mark="\n".join(said),
    )


class _References:
    """How clauses name each other: by number and title, which change without their words."""

    def __init__(self, was: Mapping[str, _Printed], is_: Mapping[str, _Printed]) -> None:
        names = {
            f"{was[id].entry.number} {was[id].entry.title}": f"{now.entry.number} {now.entry.title}"
            for id, now in is_.items()
            if id in was
        }
        self._names = {old: new for old, new in names.items() if old != new}
        longest = sorted(self._names, key=len, reverse=True)
        found = "|".join(re.escape(name) for name in longest)
        self._pattern = re.compile(rf"(?<![\d.])(?:{found})") if found else None

    def as_now(self, text: str) -> str:
        """An earlier text that names clauses as they are called now."""
        if self._pattern is None:
            return text
        return self._pattern.sub(lambda match: self._names[match[0]], text)


# ------------------------------------------------------------------------------ one clause


def _come(clause: ClauseEntry, policy: PolicyEntry, causes: _Causes) -> Change:
    return _of(clause, policy, Kind.ADDED, causes.printing(clause), after=clause.text, mark="added")


def _gone(clause: ClauseEntry, policy: PolicyEntry, causes: _Causes) -> Change:
    text = _without_contacts(clause, "", causes)
    tag = causes.printing(clause)
    gone = _of(clause, policy, Kind.REMOVED, tag, before=text, mark="removed")
    return _withheld(gone) if causes.clause_withheld(clause.id) else gone


def _of(
    clause: ClauseEntry,
    policy: PolicyEntry,
    kind: Kind,
    tag: Tag,
    *,
    before: str = "",
    after: str = "",
    also: tuple[str, ...] = (),
    mark: str = "",
) -> Change:
    return Change(
        policy=policy.id,
        policy_title=policy.title,
        kind=kind,
        tag=tag,
        clause=clause.id,
        number=clause.number,
        title=clause.title,
        before=before,
        after=after,
        differences=word_differences(before, after),
        also=also,
        dated=dated(policy),
        mark=f"{clause.fingerprint} {mark}".strip(),
    )


def _clause(
    was: _Printed, is_: _Printed, policy: PolicyEntry, causes: _Causes, references: _References
) -> Change | None:
    """What happened to a clause that both hold; None when at most numbers are others."""
    old, new = was.entry, is_.entry
    also = tuple(_also(was, is_))
    same = references.as_now(old.text) == new.text
    if not same and old.fingerprint == new.fingerprint:
        tag = causes.of(old, new)
        change = _of(new, policy, Kind.DETAILS, tag, after=new.text, also=also, mark=new.text)
        return replace(change, differences=((SAME, new.text),))
    if not same:
        before = _without_contacts(old, new.text, causes)
        only = old.strength != new.strength and _only_modals(word_differences(old.text, new.text))
        kind = Kind.STRENGTH if only else Kind.CHANGED
        return _of(new, policy, kind, causes.of(old, new), before=before, after=new.text, also=also)
    if old.strength != new.strength:
        before, after = old.strength or "not stated", new.strength or "not stated"
        tag = causes.of(old, new)
        return _of(new, policy, Kind.STRENGTH, tag, before=before, after=after, also=also[1:])
    if old.title != new.title:
        tag = causes.written(new)
        return _of(new, policy, Kind.TITLE, tag, before=old.title, after=new.title, also=also[1:])
    if (old.summary or "") != (new.summary or ""):
        before, after = old.summary or "", new.summary or ""
        tag = causes.written(new)
        return _of(
            new, policy, Kind.SUMMARY, tag, before=before, after=after, also=also, mark=after
        )
    if was.section != is_.section:
        before, after = was.heading, is_.heading
        tag = causes.heading(is_.section)
        return _of(new, policy, Kind.MOVED, tag, before=before, after=after, mark=after)
    if set(old.cites) != set(new.cites):
        return _of(new, policy, Kind.CHANGED, Tag.LAW, also=also)
    if (old.pictures or []) != (new.pictures or []):
        return _of(new, policy, Kind.PICTURE, causes.of(old, new), also=also)
    if old.fingerprint != new.fingerprint and old.text == new.text:
        return _of(new, policy, Kind.LINK, causes.of(old, new), also=also)
    return None


def _also(was: _Printed, is_: _Printed) -> Iterator[str]:
    """What else a reader is told about a clause; what `_clause` leaves out stands first."""
    old, new = was.entry, is_.entry
    if old.strength != new.strength:
        yield f"It was “{old.strength or 'not stated'}” and is “{new.strength or 'not stated'}”."
    if old.title != new.title:
        yield f"Its title was “{old.title}”."
    if was.section != is_.section:
        yield f"It stood in section {was.heading}."
    if old.number != new.number:
        yield f"It was {old.number}."


_MODALS = frozenset("must should may advised are is not to".split())


def _only_modals(differences: Iterable[Difference]) -> bool:
    words = {w for op, text in differences if op != SAME for w in re.findall(r"\w+", text.lower())}
    return words <= _MODALS


def _without_contacts(old: ClauseEntry, kept: str, causes: _Causes) -> str:
    """What a clause said, without names and numbers that its handbook no longer gives."""
    text = old.text
    for contact in sorted(causes.contacts(old), key=len, reverse=True):
        if contact.strip() and contact not in kept:
            whole = rf"(?<!\w){re.escape(contact)}(?!\w)"
            text = re.sub(whole, EARLIER_CONTACT, text)
    return text


# ------------------------------------------------------------------------------ document control

_ELSEWHERE = ("title", "organisation", "contents")


def _control(old: PolicyEntry, new: PolicyEntry, causes: _Causes) -> Iterator[Change]:
    before, after = _stated(old), _stated(new)
    for id in dict.fromkeys([*after, *before]):
        label, is_ = after.get(id, (before.get(id, ("", ""))[0], ""))
        was = before.get(id, (label, ""))[1]
        if was == is_:
            continue
        if id == "history" and before.get("approval") != after.get("approval"):
            continue
        yield _about(new, Kind.CONTROL, causes.stating(id), label, was, is_)


def _stated(policy: PolicyEntry) -> dict[str, tuple[str, str]]:
    """What a policy's document control states, by field: its label and words."""
    found = {
        "version": ("Version", policy.version or ""),
        "state": ("Approval", policy.approval_state),
        **{
            entry.id: (entry.label, "\n".join(entry.lines))
            for entry in policy.control
            if entry.id not in _ELSEWHERE
        },
    }
    if policy.approvals and "approval" not in found:
        found["approval"] = ("Approved", _shown(policy.approvals[-1].date))
    if policy.review.next and "next_review" not in found:
        found["next_review"] = ("Next review due", _shown(policy.review.next))
    found["owner"] = ("Looked after by", policy.owner or "")
    found["adopted_from"] = ("Adopted from", policy.adopted_from or "")
    found["statutory"] = ("Whether the law asks for it", policy.statutory or "")
    return found


def _shown(date: str) -> str:
    read = _date(date)
    return str(read) if read else date


def _date(text: str | None) -> Stated | None:
    try:
        return Stated.read(text) if text else None
    except NotADate:
        return None


def dated(policy: PolicyEntry) -> str:
    """The latest day on which a policy says that it was approved, took effect or was reviewed."""
    stated = [policy.review.last]
    stated += [
        date for approval in policy.approvals for date in (approval.date, approval.effective)
    ]
    return latest(map(_date, stated))


def latest(stated: Iterable[Stated | None]) -> str:
    """The latest of some dates, by the first day that each can mean."""
    return max([date.first.isoformat() for date in stated if date], default=NO_DATE)


# ------------------------------------------------------------------------------ words


def word_differences(before: str, after: str) -> tuple[Difference, ...]:
    """Both texts in parts: what is the same, and what only one of them has.

    The parts that are the same or only before make up the one text, those that are the same or
    only after the other.
    """
    old, new = _words(before), _words(after)
    parts: list[list[str]] = []
    for code, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if code == "equal":
            parts.append([SAME, "".join(new[j1:j2])])
            continue
        gone, come = "".join(old[i1:i2]), "".join(new[j1:j2])
        space = re.match(r"\s*", gone)
        # A space that both begin with is no difference; it would only look like one.
        shared = space[0] if space and gone and come.startswith(space[0]) else ""
        if shared:
            parts.append([SAME, shared])
        parts += [[BEFORE, gone[len(shared) :]], [AFTER, come[len(shared) :]]]
    made: list[list[str]] = []
    for op, text in parts:
        if not text:
            continue
        if made and made[-1][0] == op == SAME:
            made[-1][1] += text
        else:
            made.append([op, text])
    return tuple((op, text) for op, text in made)


def _words(text: str) -> list[str]:
    """Words, each with the space before it."""
    return re.findall(r"\s*\S+|\s+\Z", text)


# ------------------------------------------------------------------------------ whose change


class _Causes:
    """Whose change it is, told from where words come from and from what each file says."""

    def __init__(
        self, new: HandbookFile, policy: str, then: Handbook | None, now: Handbook | None
    ) -> None:
        self.own, self.edition, self.policy = new.organisation, new.edition, policy
        self.then, self.now = then, now
        self.was = then.policies.get(policy) if then else None
        self.is_ = now.policies.get(policy) if now else None
        self._answers = self._changed_answers()

    def _tier(self, id: str) -> Tag:
        if id == "library":
            return Tag.WORDING
        return Tag.SCHOOL if id == self.own.id and self.own.kind == "school" else Tag.GROUP

    def _file(self, place: str) -> Tag:
        """Who speaks in a file: "schools/larkmere/group.yml:41:7" is the group larkmere."""
        file = place.split(":")[0]
        if file == LAW_REGISTER:
            return Tag.LAW
        if not file.startswith("schools/"):
            return Tag.WORDING
        *folders, name = file.removesuffix(".yml").split("/")
        return self._tier(folders[-1] if name == "group" else name)

    # ------------------------------------------------------------------ words

    def of(self, old: ClauseEntry, new: ClauseEntry) -> Tag:
        """Of a clause whose words or strength differ."""
        if set(old.cites) != set(new.cites):
            return Tag.LAW
        found = self._conditions(new.id)
        if old.runs is None and new.runs is None:
            return _first(found)
        for run in _differing(old.runs, old.text, new.runs, new.text):
            found |= self._run(run, old, new)
        return _first(found)

    def _run(self, run: OriginEntry, old: ClauseEntry, new: ClauseEntry) -> set[Tag]:
        if run.kind == "product" or run.at is None:
            return set()
        if run.kind == "source":
            return set() if self._same_wording(new.id) else {self._file(run.at)}
        if run.name and run.name in self._answers:
            return {self._answers[run.name]}
        if self.was and self.is_ and (run.name or "").startswith(("answer.", "term.")):
            return set()
        return self._value(run, old, new)

    def _value(self, run: OriginEntry, old: ClauseEntry, new: ClauseEntry) -> set[Tag]:
        """A value that differs counts only where it says something else, or is new itself."""
        assert run.at is not None
        was = {r.text.lower(): r.at for r in old.runs or [] if r.name == run.name}
        is_ = {r.text.lower(): r.at for r in new.runs or [] if r.name == run.name}
        if was.keys() == is_.keys():
            return set()
        if self._file(run.at) is Tag.LAW:
            return {Tag.LAW}
        # A role or a platform that only one text names: the words around it are the change.
        if not (was and is_) and not (run.name or "").startswith(("answer.", "term.")):
            return set()
        # Other words in the same place of the library: nobody chose anything else.
        if set(was.values()) == set(is_.values()):
            return {self._file(run.at)}
        return {self._file(run.chosen_at or run.at)}

    def _same_wording(self, clause: str) -> bool:
        """Whether a clause's text is written as it was: then only its values can differ."""
        was = next((c for c in self.was.clauses if c.id == clause), None) if self.was else None
        is_ = next((c for c in self.is_.clauses if c.id == clause), None) if self.is_ else None
        return bool(was and is_ and was.clause.text.source == is_.clause.text.source)

    def written(self, clause: ClauseEntry) -> Tag:
        """Who wrote a clause, where that is told."""
        return self._tier(clause.origin) if clause.origin else Tag.WORDING

    # ------------------------------------------------------------------ answers and switches

    def _changed_answers(self) -> dict[str, Tag]:
        """Answers and words that were chosen otherwise before, by name."""
        if not (self.then and self.now and self.was and self.is_):
            return {}
        before = _values(self.was.values, self.then.terms)
        after = _values(self.is_.values, self.now.terms)
        found: dict[str, Tag] = {}
        for name in before.keys() & after.keys():
            was, is_ = before[name], after[name]
            if _choice(was) != _choice(is_):
                tags = {self._file(str(v.chosen_at)) for v in (was, is_)}
                found[name] = _first(tags)
            elif _said(was) != _said(is_):
                places = [i.at for v in (was, is_) for i in v.items if i.at]
                found[name] = _first({self._file(str(at)) for at in places})
        for name in before.keys() ^ after.keys():
            value = before.get(name) or after[name]
            found[name] = self._file(str(value.chosen_at))
        return found

    def _conditions(self, clause: str) -> set[Tag]:
        """Changed answers that a clause prints or depends on."""
        names: set[str] = set()
        for policy in (self.was, self.is_):
            for printed in policy.clauses if policy else ():
                if printed.id == clause:
                    names |= set(printed.text.slots)
        return {self._answers[name] for name in names if name in self._answers}

    def printing(self, clause: ClauseEntry) -> Tag:
        """Of a clause that only one of the two prints."""
        if self.written(clause) is not Tag.WORDING:
            return self.written(clause)
        if self.was is None or self.is_ is None:
            for left in self.is_.left_out if self.is_ else ():
                if left.clause == clause.id:
                    return self._tier(left.tier)
            return Tag.WORDING
        was = self.was.policy.clauses.get(clause.id)
        is_ = self.is_.policy.clauses.get(clause.id)
        if was is None or is_ is None:
            return Tag.WORDING
        if was.when == is_.when:
            found = {
                self._answers[f"answer.{n}"] for n in is_.when if f"answer.{n}" in self._answers
            }
            if found:
                return _first(found)
        return self._switching()

    def _switching(self) -> Tag:
        """Whose file puts clauses in or leaves them out otherwise than before."""
        before, after = self._switches(self.then), self._switches(self.now)
        changed = {id for id in before.keys() | after.keys() if before.get(id) != after.get(id)}
        return _first({self._tier(id) for id in changed})

    def _switches(self, handbook: Handbook | None) -> dict[str, object]:
        return {
            tier.id: _switched(tier.policies[self.policy])
            for tier in (handbook.tiers if handbook else ())
            if self.policy in tier.policies
        }

    def holding(self) -> Tag:
        """Of a policy that came, went or has another title: whoever speaks of it nearest."""
        for handbook in (self.now, self.then):
            for tier in reversed(handbook.tiers if handbook else ()):
                without = {change.id for change in tier.without}
                if self.policy in tier.policies or self.policy in without:
                    return self._tier(tier.id)
        return self._tier(self.own.id)

    def heading(self, section: str) -> Tag:
        """Of a section's title, and of what was put under it: the file that says the section."""
        found = [s.at for s in self.is_.sections if s.id == section] if self.is_ else []
        return _first({self._file(str(at)) for at in found})

    def stating(self, field: str) -> Tag:
        """Of a field of document control: the file in which it is written."""
        if field == "statutory":
            return Tag.WORDING
        held = [policy for policy in (self.was, self.is_) if policy]
        tags = {self._file(at) for policy in held for at in _written_in(policy, field)}
        return _first(tags) if tags else self.holding()

    def clause_withheld(self, clause: str) -> bool:
        """Whether a clause that is gone may still be there, only not for this edition."""
        if self.now is None or self.is_ is None:
            return self.edition == "public"
        held = [self.is_.policy.clauses.get(clause)]
        for tier in self.now.tiers:
            if self.policy in tier.policies:
                added = tier.policies[self.policy].add
                held += [one.clause for one in added if one.clause.id == clause]
        return any(one is not None and self.edition not in one.editions for one in held)

    def policy_withheld(self) -> bool:
        """The same of a policy that is gone: somebody still holds it."""
        if self.now is None:
            return self.edition == "public"
        held = False
        for tier in self.now.tiers:
            without = {change.id for change in tier.without}
            held = (held or self.policy in tier.policies) and self.policy not in without
        return held

    def contacts(self, clause: ClauseEntry) -> set[str]:
        """Names, numbers and whatever else of a clause may change at any time."""
        found = {run.text for run in clause.runs or [] if run.formatter == "contacts"}
        for printed in self.was.clauses if self.was else ():
            if printed.id == clause.id:
                found |= {run.text for run in printed.text.runs if run.live}
        return found


_ORDER = (Tag.LAW, Tag.SCHOOL, Tag.GROUP, Tag.WORDING)


def _first(tags: Iterable[Tag]) -> Tag:
    """The one that says most: where a school and its trust both changed something, the school."""
    return min(tags, key=_ORDER.index, default=Tag.WORDING)


def _values(answers: Mapping[str, Value], terms: Mapping[str, Value]) -> dict[str, Value]:
    return {
        **{f"answer.{id}": value for id, value in answers.items()},
        **{f"term.{id}": value for id, value in terms.items()},
    }


def _choice(value: Value) -> tuple[str, ...]:
    """What was chosen: the ids of choices, or the words of whoever answered."""
    return tuple(item.id or item.words for item in value.items)


def _said(value: Value) -> tuple[object, ...]:
    """What is printed for it, wherever in its file that is written."""
    return tuple(
        (item.words, item.many, tuple(words for words, _ in item.details)) for item in value.items
    )


def _switched(held: HeldPolicy) -> object:
    def ids(change: ListChange | None) -> object:
        if change is None:
            return None
        parts = (change.set or (), change.add, change.remove)
        return [[c.id for c in part] for part in parts]

    return (ids(held.packs), [c.id for c in held.adopt], [c.id for c in held.omit])


def _written_in(policy: ResolvedPolicy, field: str) -> set[str]:
    runs = [r for f in policy.control if f.id == field for line in f.lines for r in line]
    return {str(run.at) for run in runs if run.at}


def _differing(
    old: list[OriginEntry] | None, old_text: str, new: list[OriginEntry] | None, new_text: str
) -> list[OriginEntry]:
    """The runs of either side with words that the other side does not have there."""
    # Marks such as those of a list are not in plain text, so only words can be compared with it.
    words = re.compile(r"\w+" if old is None or new is None else r"\w+|[^\w\s]")
    before, after = _owned(old, old_text, words), _owned(new, new_text, words)
    matcher = SequenceMatcher(None, [w for w, _ in before], [w for w, _ in after], autojunk=False)
    found: list[OriginEntry] = []
    for op, i1, i2, j1, j2 in matcher.get_opcodes():
        if op != "equal":
            found += [run for _, run in (*before[i1:i2], *after[j1:j2]) if run is not None]
    return found


def _owned(
    runs: list[OriginEntry] | None, text: str, words: re.Pattern[str]
) -> list[tuple[str, OriginEntry | None]]:
    """Every word with the run it comes from, where that is told."""
    if runs is None:
        return [(word, None) for word in words.findall(text)]
    return [(word, run) for run in runs for word in words.findall(run.text)]
