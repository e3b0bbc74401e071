"""A PDF in; its words in structure order, and which of the words that should be there are not, out.

The order is that of the tagged tree, which is what a screen reader reads and what stays when the
page is reflowed. Artifacts (running headers, page numbers, ornaments) are no part of it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher

from clausebook.pdf.reading import Content, Element, Reading, Run, read

# Elements that stand in a line of text; before and after any other, a word ends.
_IN_LINE = frozenset("Span Quote Reference BibEntry Code Link Annot Em Strong NonStruct".split())
_PICTURES = frozenset(("Figure", "Formula"))
# Hyphens that a line break puts into a word, or would.
_BREAKS = "\u2010\u00ad"
_TIED = ("-", "\u2011", "–", "—", "/")
_KEY = re.compile(r"[^\W_]+|[^\w\s]")


def words(data: bytes | Reading) -> list[str]:
    """The words of a PDF in structure order, words hyphenated at the end of a line put together."""
    joined: list[str] = []
    for text, tie in _pieces(data if isinstance(data, Reading) else read(data)):
        if tie and joined and text:
            last = joined[-1]
            if last.endswith(tuple(_BREAKS)):
                joined[-1] = last.rstrip(_BREAKS) + text
                continue
            if last.endswith(_TIED) and last[-2:-1].isalnum() and text[0].isalnum():
                joined[-1] = last + text
                continue
        joined.append(text)
    return [word for word in joined if word]


def lost(expected: Sequence[str], data: bytes | Reading) -> list[str]:
    """What of the expected words a PDF lacks or has out of order: each gap as one phrase.

    Nothing is lost when all can be found in the PDF one after the other; what the PDF says
    besides (list numbers, page numbers) does not matter. Case, punctuation and hyphens do not
    matter either, nor where a line broke.
    """
    reading = data if isinstance(data, Reading) else read(data)
    wanted = [(key, word) for word in expected for key in keys(word)]
    have = list(_keys(_pieces(reading)))
    if _fits([key for key, _ in wanted], have):
        return []
    return _gaps(wanted, have)


def keys(text: str) -> list[str]:
    """What words are compared by: letters and digits in lower case, and signs such as £."""
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_GONE)
    return [
        key for key in _KEY.findall(plain) if key.isalnum() or unicodedata.category(key)[0] == "S"
    ]


_GONE = dict.fromkeys(map(ord, _BREAKS))


# ------------------------------------------------------------------------------ the pieces


def _pieces(reading: Reading) -> Iterator[tuple[str, bool]]:
    """Words and parts of words; True with one that may go on from the last, over a line break."""
    ended = True
    for text, tie in _spans(reading):
        if text is None:
            ended = True
            continue
        if text[0].isspace():
            tie = False
        for n, piece in enumerate(text.split()):
            yield piece, tie and not ended and n == 0
            ended = False
        if text[-1].isspace():
            ended = True


def _spans(reading: Reading) -> Iterator[tuple[str | None, bool]]:
    """Text as it is painted, with whether it may go on from the last; None where a word ends."""
    joined: list[str] = []
    last: Run | None = None
    tie = False
    for run in _runs(reading):
        if isinstance(run, Run):
            if not run.text:
                continue
            if joined and last is not None and _goes_on(last, run):
                joined.append(run.text)
            else:
                if joined:
                    yield "".join(joined), tie
                joined, tie = [run.text], last is not None
            last = run
            continue
        if joined:
            yield "".join(joined), tie
        joined, last, tie = [], None, False
        yield None, False
        if run:
            yield run, False
            yield None, False
    if joined:
        yield "".join(joined), tie


def _goes_on(last: Run, run: Run) -> bool:
    """Does text stand right after other text, on the same line?"""
    size = max(last.size, run.size)
    return abs(run.y - last.end_y) < 0.05 * size and abs(run.x - last.end_x) < 0.12 * size


def _runs(reading: Reading) -> Iterator[Run | str]:
    """Runs of glyphs in structure order; a string is text that stands for what is painted.

    An empty string says that a word ends here.
    """
    for root in reading.roots:
        yield from _below(root, reading)
        yield ""


def _below(element: Element, reading: Reading) -> Iterator[Run | str]:
    if element.actual is not None:
        yield element.actual
        return
    in_line = element.kind in _IN_LINE
    if not in_line:
        yield ""
    instead = element.kind in _PICTURES and element.alt is not None
    if instead:
        yield element.alt or ""
    for kid in element.kids:
        if isinstance(kid, Element):
            if not instead or kid.kind == "Caption":
                yield from _below(kid, reading)
        elif isinstance(kid, Content) and not instead:
            yield from _painted(kid, reading)
    if not in_line:
        yield ""


def _painted(content: Content, reading: Reading) -> Iterator[Run | str]:
    painted = None if content.within is None else reading.painted.get(content.within)
    mark = None if painted is None else painted.marks.get(content.mcid)
    if mark is None:
        return
    if mark.actual is not None:
        yield mark.actual
    else:
        yield from mark.runs


def said(element: Element, reading: Reading, most: int = 60) -> str:
    """How an element begins, to find it by."""
    text = " ".join(
        " ".join(run.text if isinstance(run, Run) else run for run in _below(element, reading))
        .split()
    )  # fmt: skip
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


# ------------------------------------------------------------------------------ comparing


def _keys(pieces: Iterable[tuple[str, bool]]) -> Iterator[tuple[str, bool]]:
    for text, tie in pieces:
        for n, key in enumerate(keys(text)):
            yield key, tie and n == 0


def _fits(wanted: Sequence[str], have: Sequence[tuple[str, bool]]) -> bool:
    """Can the wanted keys be found one after the other? Taking each as early as can be decides it."""
    at = 0
    for key in wanted:
        while at < len(have) and not _ends_here(key, have, at):
            at += 1
        if at == len(have):
            return False
        at += 1
    return True


def _ends_here(key: str, have: Sequence[tuple[str, bool]], at: int) -> bool:
    """Is the key the piece at this place, or this and the parts of it on the lines before?"""
    text, tie = have[at]
    while text != key:
        if not tie or not at or not key.endswith(text):
            return False
        at -= 1
        text, tie = have[at][0] + text, have[at][1]
    return True


def _gaps(wanted: Sequence[tuple[str, str]], have: Sequence[tuple[str, bool]]) -> list[str]:
    """What is missing, as phrases."""
    known = {key for key, _ in wanted}
    there: list[str] = []
    for key, tie in have:
        if tie and there and there[-1] + key in known and not {there[-1], key} <= known:
            there[-1] += key
        else:
            there.append(key)
    matcher = SequenceMatcher(None, [key for key, _ in wanted], there, autojunk=False)
    found: list[str] = []
    for operation, first, last, start, end in matcher.get_opcodes():
        missing = wanted[first:last]
        if operation == "equal" or not missing:
            continue
        if "".join(key for key, _ in missing) != "".join(there[start:end]):
            found.append(_phrase(missing))
    return found


def _phrase(missing: Sequence[tuple[str, str]]) -> str:
    said: list[str] = []
    for n, (_, word) in enumerate(missing):
        if n == 0 or word is not missing[n - 1][1]:
            said.append(word)
    return " ".join(said)
