"""A wording and values in; the runs of text that print out, each with its one origin."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from clausebook.conditions import run
from clausebook.model import Item, Run, RunKind, Text, Value, fingerprint
from clausebook.recent import Recent
from clausebook.wording import Insert, Piece, Running, Span, Wording

if TYPE_CHECKING:
    from clausebook.resolve.alike import Alike, Names
    from clausebook.resolve.plan import Common, Numbered

# The product's own strings: every character that comes neither from a file nor from a value.
PRODUCT = {
    "comma": ", ",
    "and": " and ",
    "or": " or ",
    "bullet": "- ",
    "line": "\n",
    "colon": ": ",
    "link-open": "[",
    "link-middle": "](",
    "link-close": ")",
    "possessive": "’s",
    "possessive-plural": "’",
    "document.kind": "policy",
    "minute": ", minute ",
    "next-review": "; next review then due ",
}
# How many variants of a clause are kept: enough for the words and answers that schools choose from.
VARIANTS = 12
# How many texts with schools' own words: those of the last ten schools or so.
OWN = 3_000
_SMALL = "zero one two three four five six seven eight nine ten eleven twelve".split()


class Missing(Exception):
    """A name the text needs has no value; nothing is printed."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(names)
        super().__init__(", ".join(self.names))


class Silent(Exception):
    """A name the text prints is silent, so the text is left out."""

    def __init__(self, name: str, value: Value) -> None:
        self.name, self.value = name, value
        super().__init__(name)


class Scope:
    """The values one clause sees: its policy's, and the words of its own strength.

    `own` are the names that stand for what an organisation's own file says: texts that use them are
    not kept, nor is any text of a clause that is `private`. Links to clauses and policies are known
    only after numbering; until then `pretend` stands in.
    """

    __slots__ = ("_base", "_modal", "_pretend", "own", "private")

    def __init__(
        self,
        base: Mapping[str, Value],
        modal: Value | None = None,
        own: AbstractSet[str] = frozenset(),
        private: bool = False,
        pretend: Value | None = None,
    ) -> None:
        self._base, self._modal, self._pretend = base, modal, pretend
        self.own, self.private = own, private

    def get(self, name: str) -> Value | None:
        if name == "modal":
            return self._modal
        found = self._base.get(name)
        if found is None and self._pretend is not None and name.startswith(("clause.", "policy.")):
            return self._pretend
        return found

    def with_value(self, name: str, value: Value) -> Scope:
        """The same scope, had one name another value."""
        changed = {**self._base, name: value}
        return Scope(changed, self._modal, self.own, self.private, self._pretend)

    def ids(self, wording: Wording) -> tuple[object, ...]:
        """All that a wording's conditions can tell one set of inputs from another by."""
        found = [self.get(name) for name in wording.asked]
        return tuple([value.ids if value is not None else None for value in found])

    def keys(self, wording: Wording) -> tuple[object, ...]:
        """What the values of a wording's names print, to tell one set of inputs from another."""
        get = self.get if self._pretend is not None else self._base.get
        keys: list[object] = [
            value.key if (value := get(name)) is not None else None for name in wording.varying
        ]
        if self._modal is not None:
            keys.append(self._modal.key)
        if wording.contacts:
            found = [self.get(name) for name in wording.contacts]
            keys += [value.detailed_key if value is not None else None for value in found]
        return tuple(keys)

    def says(self, wording: Wording) -> tuple[object, ...]:
        """The same, wherever it is written."""
        get = self.get if self._pretend is not None else self._base.get
        says: list[object] = [
            value.said if (value := get(name)) is not None else None for name in wording.varying
        ]
        says.append(self._modal.said if self._modal is not None else None)
        if wording.contacts:
            found = [self.get(name) for name in wording.contacts]
            says += [value.detailed_said if value is not None else None for value in found]
        return (wording, *says)

    def __getitem__(self, name: str) -> Value:
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value


class _Unplaced(Text):
    """A text whose runs are made when somebody asks where its words come from."""

    @classmethod
    def of(cls, said: Mapping[str, object], make: Callable[[], tuple[Run, ...]]) -> Text:
        """What is said of a text besides its runs, and what makes these."""
        text = cls.__new__(cls)
        known = text.__dict__
        known.update(said)
        known["_make"] = make
        return text

    def __getattr__(self, name: str) -> Any:
        if name != "runs":
            raise AttributeError(name)
        # With how they are made go all the values of a policy.
        runs = self.__dict__["runs"] = self.__dict__.pop("_make")()
        return runs

    @property
    def alike(self) -> Text:
        first: Text = self.__dict__.get("_alike", self)
        return first


class _Like:
    """A text, with what any other that says the same has in common with it."""

    __slots__ = ("common", "pieces")

    def __init__(self, text: Text, pieces: tuple[Piece, ...]) -> None:
        self.pieces = pieces
        self.common = {
            "covers": text.covers,
            "cites": text.cites,
            "slots": text.slots,
            "key": text.key,
            "live": text.live,
            "markdown": text.markdown,
            "words": text.words,
            "_alike": text,
        }

    def text(self, make: Callable[[], tuple[Run, ...]]) -> Text:
        return _Unplaced.of(self.common, make)


def _as_written(wording: Wording) -> Text:
    """A text on which nothing has a say but its words: nearly every title and summary is one."""
    words = wording.source
    said = {
        "covers": (),
        "cites": (),
        "slots": (),
        "key": fingerprint(words),
        "live": False,
        "markdown": words,
        "words": words,
    }
    return _Unplaced.of(said, lambda: tuple(_source(wording, Span(0, len(words)))))


class Texts:
    """Resolves each wording once per distinct set of inputs, however many organisations share it."""

    def __init__(self) -> None:
        self._runnings: Recent[tuple[object, ...], Running] = Recent()
        self._texts: dict[Wording, dict[tuple[object, ...], Text]] = {}
        self._plain: dict[Wording, Text] = {}
        self._alike: Recent[tuple[object, ...], _Like] = Recent(OWN)
        self._runs: dict[Wording, dict[Span, list[Run]]] = {}
        # Sections by what prints in them, and those by what their names stand for.
        self.numbered: Recent[tuple[object, ...], Numbered] = Recent(each=4)
        self.common: Recent[tuple[object, ...], Common] = Recent(each=4)
        # The names that sections have from organisations' own files, and the sections that stand for
        # all that say the same, by what these say.
        self.names: Recent[tuple[object, ...], Names] = Recent(each=4)
        self.sections: Recent[tuple[object, ...], Alike] = Recent(each=4)

    def ran(self, wording: Wording, scope: Scope) -> Running:
        """What a wording comes to, whether or not everything it needs has a value."""
        if wording.fixed is not None:
            return wording.fixed
        key = (wording, scope.ids(wording))
        return self._runnings.get(key) or self._runnings.put(key, run(wording.tree, scope))

    def running(self, wording: Wording, scope: Scope) -> Running:
        """The pieces that print; raises Missing or Silent."""
        running, get = self.ran(wording, scope), scope.get
        missing = [name for name in running.looked_at if get(name) is None]
        if missing:
            raise Missing(sorted(missing))
        for name in running.printed:
            value = scope[name]
            if not value.items:
                raise Silent(name, value)
        return running

    def text(self, wording: Wording, scope: Scope) -> Text:
        """The text that prints; raises Missing or Silent."""
        if not wording.names and not scope.private:
            return self._plain.get(wording) or self._plain.setdefault(
                wording, self._same_for_all(wording, scope)
            )
        if scope.private:
            return self._made(wording, scope, self.running(wording, scope))
        if not scope.own.isdisjoint(wording.varying):
            return self._own(wording, scope)
        known = self._texts.get(wording)
        if known is None:
            known = self._texts[wording] = {}
        key = scope.keys(wording)
        text = known.get(key)
        if text is None:
            if len(known) >= VARIANTS:
                known.clear()
            text = known[key] = self._made(wording, scope, self.running(wording, scope))
        return text

    def _same_for_all(self, wording: Wording, scope: Scope) -> Text:
        """A text that names nothing."""
        running = self.running(wording, scope)
        whole = not wording.indent and running.pieces == (Span(0, len(wording.source)),)
        return _as_written(wording) if whole else self._made(wording, scope, running)

    def _own(self, wording: Wording, scope: Scope) -> Text:
        """A text of an organisation's own: others say the same, but have it written elsewhere."""
        key = scope.says(wording)
        like = self._alike.get(key)
        if like is not None:
            pieces = like.pieces
            return like.text(lambda: tuple(self._printed(wording, scope, pieces)))
        running = self.running(wording, scope)
        text = self._made(wording, scope, running)
        self._alike.put(key, _Like(text, running.pieces))
        return text

    def _made(self, wording: Wording, scope: Scope, running: Running) -> Text:
        runs = self._printed(wording, scope, running.pieces)
        covers: list[str] = []
        cites: list[str] = []
        for piece in running.pieces:
            if isinstance(piece, Insert):
                for item in _items(piece, scope[piece.name]):
                    covers += item.covers if item.words.strip() else ()
                    cites += item.cites
        covers += self._tested(wording, scope, running)
        return Text(
            runs=tuple(runs),
            covers=tuple(dict.fromkeys(covers)),
            cites=tuple(dict.fromkeys(cites)),
            slots=_names(wording, running),
            key=text_key(runs),
            live=any(run.live for run in runs),
        )

    def _printed(self, wording: Wording, scope: Scope, pieces: tuple[Piece, ...]) -> list[Run]:
        """The runs that some pieces print."""
        runs: list[Run] = []
        known = {} if scope.private else self._runs.setdefault(wording, {})
        for piece in pieces:
            if isinstance(piece, Span):
                # Counting the lines to a place takes long, and many texts share the words around
                # values.
                source = known.get(piece)
                if source is None:
                    source = known[piece] = _source(wording, piece)
                runs += source
                continue
            value = scope[piece.name]
            printed = value.printed.get(piece)
            if printed is None:
                printed = value.printed[piece] = inserted(piece, value, _items(piece, value))
            runs += printed
        return runs

    def _tested(self, wording: Wording, scope: Scope, running: Running) -> Iterable[str]:
        """What choices cover that print no words of their own, but decide that some text prints."""
        if not running.held:
            return
        printed = {p.name for p in running.pieces if isinstance(p, Insert) and p.item is None}
        for held in sorted(running.held):
            name, _, id = held.partition("=")
            value = scope[name]
            covers = [p for item in value.items if item.id == id for p in item.covers]
            if not covers or name in printed:
                continue
            without = replace(value, items=tuple(i for i in value.items if i.id != id))
            other = self.ran(wording, scope.with_value(name, without))
            if _says(wording, running) != _says(wording, other):
                yield from covers


def _names(wording: Wording, running: Running) -> tuple[str, ...]:
    """The names that print, in their order, and then those that conditions looked at."""
    if wording.fixed is not None:
        return running.printed
    return tuple(dict.fromkeys([*running.printed, *sorted(running.looked_at)]))


def _items(piece: Insert, value: Value) -> tuple[Item, ...]:
    return value.items if piece.item is None else (value.items[piece.item],)


def _says(wording: Wording, running: Running) -> list[object]:
    said: list[object] = []
    for piece in running.pieces:
        if isinstance(piece, Insert) or wording.source[piece.start : piece.end].strip():
            said.append(piece)
    return said


_LINK_MARKS = frozenset(("link-open", "link-middle", "link-close"))


def text_key(runs: Iterable[Run]) -> str:
    """Of what the runs say, live values aside: what is approved is not a telephone number.

    Nor is it whether an edition holds a page to link to.
    """
    return fingerprint(*keyed(runs))


def keyed(runs: Iterable[Run]) -> list[str]:
    """The texts that the key of some runs is made of."""
    return [
        run.slot if run.live else run.text
        for run in runs
        if run.slot not in _LINK_MARKS and run.formatter != "page"
    ]


def _source(wording: Wording, span: Span) -> list[Run]:
    text = wording.source[span.start : span.end]
    if not wording.indent:
        return [Run(RunKind.SOURCE, text, wording.place(span.start))]
    runs, offset = [], span.start
    for line in text.splitlines(keepends=True):
        runs.append(Run(RunKind.SOURCE, line, wording.place(offset)))
        offset += len(line)
    return runs


@cache
def product(name: str) -> Run:
    return Run(RunKind.PRODUCT, PRODUCT[name], slot=name)


def inserted(piece: Insert, value: Value, items: tuple[Item, ...]) -> list[Run]:
    """A value as its formatters print it."""
    printed = [[_words(piece.name, item, value.live)] for item in items]
    for formatter in piece.formatters:
        if formatter in ("any", "all"):
            printed = [_joined(printed, "or" if formatter == "any" else "and")]
        elif formatter == "bullets":
            printed = [
                _bullets(_linked(runs, item) for runs, item in zip(printed, items, strict=False))
            ]
            return printed[0]
        elif formatter == "contacts":
            rows = [
                _contact(runs, item, piece.name) for runs, item in zip(printed, items, strict=False)
            ]
            return _bullets(rows)
        else:
            printed = [
                _formatted(formatter, runs, items[i] if len(printed) == len(items) else None)
                for i, runs in enumerate(printed)
            ]
    if len(printed) == 1 == len(items):
        return _linked(printed[0], items[0])
    return [run for runs in printed for run in runs]


def _words(name: str, item: Item, live: bool) -> Run:
    if item.at is None:
        return Run(RunKind.PRODUCT, item.words, slot=name)
    raw = item.words if item.raw is None else item.raw
    return Run(RunKind.VALUE, item.words, item.at, name, item.formatter, raw, live)


def _formatted(formatter: str, runs: list[Run], item: Item | None) -> list[Run]:
    first, last = runs[0], runs[-1]
    if formatter == "start":
        text = first.text[:1].upper() + first.text[1:]
        return [_with(first, text, "start"), *runs[1:]]
    if formatter == "possessive":
        ending = "possessive-plural" if last.text.endswith("s") else "possessive"
        return [*runs, product(ending)]
    if formatter == "many" and item is not None and item.many is not None:
        return [replace(first, text=item.many, raw=item.many, at=item.many_at), *runs[1:]]
    if formatter == "words" and first.text.isdigit() and int(first.text) < len(_SMALL):
        return [_with(first, _SMALL[int(first.text)], "words"), *runs[1:]]
    return runs


def _with(run: Run, text: str, formatter: str) -> Run:
    name = f"{run.formatter}, {formatter}" if run.formatter else formatter
    return replace(run, text=text, formatter=name)


def _joined(printed: list[list[Run]], last: str) -> list[Run]:
    runs: list[Run] = []
    for index, part in enumerate(printed):
        if index:
            runs.append(product(last if index == len(printed) - 1 else "comma"))
        runs += part
    return runs


def _bullets(rows: Iterable[list[Run]]) -> list[Run]:
    runs: list[Run] = []
    for row in rows:
        if runs:
            runs.append(product("line"))
        runs += [product("bullet"), *row]
    return runs


def _contact(runs: list[Run], item: Item, name: str) -> list[Run]:
    row = list(runs)
    for index, (detail, at) in enumerate(item.details):
        row.append(product("colon" if index == 0 else "comma"))
        row.append(Run(RunKind.VALUE, detail, at, name, "contacts", detail, live=True))
    return row


def _linked(runs: list[Run], item: Item) -> list[Run]:
    if item.link is None:
        return runs
    link = item.link
    target = Run(RunKind.VALUE, link.target, link.at, "link-target", link.formatter, link.raw)
    return [product("link-open"), *runs, product("link-middle"), target, product("link-close")]
