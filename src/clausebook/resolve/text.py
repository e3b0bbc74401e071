"""A wording and values in; the runs of text that print out, each with its one origin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from clausebook.model import Item, Run, RunKind, Text, Value, fingerprint
from clausebook.wording import Insert, Running, Span, Wording

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

    Links to clauses and policies are known only after numbering; until then `pretend` stands in.
    """

    __slots__ = ("_base", "_modal", "_pretend")

    def __init__(
        self, base: Mapping[str, Value], modal: Value | None = None, pretend: Value | None = None
    ) -> None:
        self._base, self._modal, self._pretend = base, modal, pretend

    def get(self, name: str) -> Value | None:
        if name == "modal":
            return self._modal
        found = self._base.get(name)
        if found is None and self._pretend is not None and name.startswith(("clause.", "policy.")):
            return self._pretend
        return found

    def with_value(self, name: str, value: Value) -> Scope:
        """The same scope, had one name another value."""
        return Scope({**self._base, name: value}, self._modal, self._pretend)

    def keys(self, names: Iterable[str]) -> tuple[object, ...]:
        """What the values of some names print, to tell one set of inputs from another."""
        found = [self.get(name) for name in names]
        return tuple([value.key if value is not None else None for value in found])

    def __getitem__(self, name: str) -> Value:
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value


class Texts:
    """Resolves each wording once per distinct set of inputs, however many organisations share it."""

    def __init__(self) -> None:
        self._runnings: dict[tuple[object, ...], Running] = {}
        self._texts: dict[tuple[object, ...], Text] = {}

    def running(self, wording: Wording, scope: Scope) -> Running:
        """The pieces that print; raises Missing or Silent."""
        key = (wording, scope.keys(wording.names) if wording.conditional else ())
        running = self._runnings.get(key)
        if running is None:
            running = self._runnings[key] = wording.run(scope)
        missing = [name for name in running.looked_at if scope.get(name) is None]
        if missing:
            raise Missing(sorted(missing))
        for name in running.printed:
            value = scope[name]
            if value.silent:
                raise Silent(name, value)
        return running

    def text(self, wording: Wording, scope: Scope) -> Text:
        """The text that prints; raises Missing or Silent."""
        key = (wording, scope.keys(wording.names))
        text = self._texts.get(key)
        if text is None:
            text = self._texts[key] = self._made(wording, scope)
        return text

    def _made(self, wording: Wording, scope: Scope) -> Text:
        running = self.running(wording, scope)
        runs: list[Run] = []
        covers: list[str] = []
        cites: list[str] = []
        slots: list[str] = []
        for piece in running.pieces:
            if isinstance(piece, Span):
                runs += _source(wording, piece)
                continue
            value = scope[piece.name]
            items = value.items if piece.item is None else (value.items[piece.item],)
            runs += inserted(piece, value, items)
            slots.append(piece.name)
            covers += [p for item in items if item.words.strip() for p in item.covers]
            cites += [law for item in items for law in item.cites]
        covers += self._tested(wording, scope, running)
        return Text(
            runs=tuple(runs),
            covers=tuple(dict.fromkeys(covers)),
            cites=tuple(dict.fromkeys(cites)),
            slots=tuple(dict.fromkeys([*slots, *sorted(running.looked_at)])),
            key=text_key(runs),
            live=any(run.live for run in runs),
        )

    def _tested(self, wording: Wording, scope: Scope, running: Running) -> Iterable[str]:
        """What choices cover that print no words of their own, but decide that some text prints."""
        printed = {p.name for p in running.pieces if isinstance(p, Insert) and p.item is None}
        for held in sorted(running.held):
            name, _, id = held.partition("=")
            value = scope[name]
            covers = [p for item in value.items if item.id == id for p in item.covers]
            if not covers or name in printed:
                continue
            without = replace(value, items=tuple(i for i in value.items if i.id != id))
            other = wording.run(scope.with_value(name, without))
            if _says(wording, running) != _says(wording, other):
                yield from covers


def _says(wording: Wording, running: Running) -> list[object]:
    said: list[object] = []
    for piece in running.pieces:
        if isinstance(piece, Insert) or wording.source[piece.start : piece.end].strip():
            said.append(piece)
    return said


def text_key(runs: Iterable[Run]) -> str:
    """Of what the runs say, live values aside: what is approved is not a telephone number.

    Nor is it whether an edition holds a page to link to.
    """
    marks = ("link-open", "link-middle", "link-close")
    said = [run for run in runs if run.slot not in marks and run.formatter != "page"]
    return fingerprint(*[run.slot if run.live else run.text for run in said])


def _source(wording: Wording, span: Span) -> Iterable[Run]:
    text = wording.source[span.start : span.end]
    if not wording.indent:
        return [Run(RunKind.SOURCE, text, wording.place(span.start))]
    runs, offset = [], span.start
    for line in text.splitlines(keepends=True):
        runs.append(Run(RunKind.SOURCE, line, wording.place(offset)))
        offset += len(line)
    return runs


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
