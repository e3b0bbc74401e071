"""Small pieces of HTML, each with the structure its PDF must have, or why it must be refused.

In a structure, `·` is words or a picture, `@` a place to click, `3×` the same three times. In brackets:
the language, alternative or expansion, the kind of list, what a header cell is for, spans.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

import pikepdf
from pikepdf import Array, Dictionary, Name
from PIL import Image


@dataclass(frozen=True)
class Conforming:
    """HTML that makes a PDF of this structure."""

    name: str
    html: str
    shape: str
    css: str = ""


@dataclass(frozen=True)
class Refused:
    """HTML that is refused: by which rule, near which id, about which words."""

    name: str
    html: str
    reason: tuple[str, str | None, str]
    css: str = ""


def page(body: str, head: str = "") -> str:
    """A whole document."""
    return (
        f'<!DOCTYPE html><html lang="en-GB"><head><meta charset="utf-8"><title>Trips</title>{head}'
        f"</head><body>{body}</body></html>"
    )


def shape(data: bytes) -> str:
    """The structure of a PDF in one line."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        (document,) = _kids(pdf.Root.StructTreeRoot)
        return _fold(_shape(kid) for kid in _kids(document))


def _shape(element: object) -> str:
    if not isinstance(element, Dictionary):
        return "·"
    if element.get(Name.Type) in (Name.OBJR, Name.MCR):
        return "@" if element.Type == Name.OBJR else "·"
    made = str(element.S)[1:]
    for key, name in (("Lang", Name.Lang), ("Alt", Name.Alt), ("E", Name.E)):
        if name in element:
            made += f"[{key}={element[name]}]"
    attributes = element.get(Name.A, Array())
    for one in list(attributes) if isinstance(attributes, Array) else [attributes]:
        for key, value in one.items():
            if key not in ("/O", "/BBox"):
                said = str(value).lstrip("/")
                made += f"[{key[1:]}={said}]" if key.endswith("Span") else f"[{said}]"
    inside = _fold(_shape(kid) for kid in _kids(element))
    return f"{made}({inside})" if inside else made


def _kids(element: object) -> list[object]:
    assert isinstance(element, Dictionary)
    kids = element.get(Name.K, Array())
    return list(kids) if isinstance(kids, Array) else [kids]


def _fold(shapes: Iterable[str]) -> str:
    parts = []
    for one, same in groupby(shapes):
        number = len(list(same))
        parts.append(one if number == 1 or one in "·@" else f"{number}×{one}")
    return " ".join(parts)


def _picture(mode: str, kind: str, colour: tuple[int, ...] | None = None) -> bytes:
    made = io.BytesIO()
    Image.new(mode, (40, 20), colour or 0).save(made, kind)
    return made.getvalue()


def _bomb() -> bytes:
    """A PNG that says it has 400 million points."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    head = struct.pack(">IIBBBBB", 20000, 20000, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


_SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40">%s</svg>'
ASSETS = {
    "flow.png": _picture("RGB", "PNG", (10, 80, 20)),
    "stamp.png": _picture("RGBA", "PNG", (9, 9, 9, 90)),
    "photo.jpg": _picture("RGB", "JPEG"),
    "press.jpg": _picture("CMYK", "JPEG"),
    "crest.svg": _SVG % b'<rect width="40" height="40"/>',
    "draft.svg": _SVG % b'<path d="M5 5H35V12H5z" fill="#ddd"/>',
    **{f"{mode}.png".lower(): _picture(mode, "PNG") for mode in ("1", "L", "LA", "P", "I;16")},
    "p.gif": _picture("P", "GIF"),
    "l.jpg": _picture("L", "JPEG"),
    "scene.svg": _SVG
    % (
        b'<defs><linearGradient id="g"><stop offset="0" stop-color="#fff"/><stop offset="1"/>'
        b'</linearGradient><clipPath id="c"><circle cx="20" cy="20" r="9"/></clipPath></defs>'
        b'<rect width="40" height="40" fill="url(#g)" clip-path="url(#c)" opacity=".5"/>'
        b'<text x="3" y="30" font-family="Arial" font-size="8">Elm</text>'
    ),
    "huge.png": _bomb(),
    "words.txt": b"not a picture",
}

H = "<h1>Trips</h1>"
T = (
    '<table><caption>Who</caption><thead><tr><th scope="col">a</th><th scope="col">b</th></tr></thead>'
    "<tbody>%s</tbody>%s</table>"
)

CONFORMING = (
    # Words.
    Conforming("paragraph", H + "<p>Ask first.</p>", "H1(·) P(·)"),
    Conforming(
        "words-in-body", H + "loose words<div>in a box</div><div>in another</div>", "H1(·) 3×P(·)"
    ),
    Conforming(
        "bold-and-italic",
        H + "<p>You <strong>must</strong> <em>ask <b>twice</b></em>.</p>",
        "H1(·) P(·)",
    ),
    Conforming(
        "small-raised-marked",
        H + "<p><mark>x</mark><sup>1</sup><sub>2</sub><small>s</small><s>old</s><u>u</u></p>",
        "H1(·) P(·)",
    ),
    Conforming("line-breaks", H + "<p>one<br>two<wbr>three</p>", "H1(·) P(·)"),
    Conforming("rule-between", H + "<p>one</p><hr><p>two</p>", "H1(·) 2×P(·)"),
    Conforming(
        "code-in-words",
        H + "<p>Type <code>yes</code> and press <kbd>Enter</kbd>.</p>",
        "H1(·) P(· Code(·) · Code(·) ·)",
    ),
    Conforming("code-block", H + "<pre><code>a = 1\nb = 2</code></pre>", "H1(·) P(Code(·))"),
    Conforming(
        "abbreviation",
        H + '<p>Tell the <abbr title="designated safeguarding lead">DSL</abbr>.</p>',
        "H1(·) P(· Span[E=designated safeguarding lead](·) ·)",
    ),
    Conforming(
        "inserted-and-deleted",
        H + "<p>The head <del>may</del><ins>must</ins> report.</p>",
        "H1(·) P(· Span[LineThrough](·) Span[Underline](·) ·)",
    ),
    Conforming(
        "inserted-blocks",
        H + "<ins><p>New.</p></ins><del><ul><li>old</li></ul></del>",
        "H1(·) P(·) L[Disc](LI(Lbl(·) LBody(·)))",
    ),
    Conforming(
        "quotation-in-words", H + "<p>She said <q>ask first</q>.</p>", "H1(·) P(· Quote(·) ·)"
    ),
    Conforming(
        "quotation",
        H + "<blockquote><p>Ask.</p><p>Wait.</p></blockquote>",
        "H1(·) BlockQuote(2×P(·))",
    ),
    Conforming(
        "quotation-in-quotation",
        H + "<blockquote>Outer<blockquote><p>inner</p></blockquote></blockquote>",
        "H1(·) BlockQuote(P(·) BlockQuote(P(·)))",
    ),
    Conforming(
        "quotation-with-list",
        H + "<blockquote><ul><li>a</li></ul></blockquote>",
        "H1(·) BlockQuote(L[Disc](LI(Lbl(·) LBody(·))))",
    ),
    Conforming("address", H + "<address>1 School Lane<br>Anytown</address>", "H1(·) P(·)"),
    Conforming("aside", H + "<aside><p>Beside.</p></aside>", "H1(·) P(·)"),
    Conforming(
        "details",
        H + "<details open><summary>More</summary><p>Inside.</p></details>",
        "H1(·) 2×P(·)",
    ),
    Conforming(
        "welsh-phrase",
        H + '<p>In Welsh: <span lang="cy">Polisi ŵyl yr ysgol</span>.</p>',
        "H1(·) P(· Span[Lang=cy](·) ·)",
    ),
    Conforming("welsh-paragraph", H + '<p lang="cy">Polisi ysgol</p>', "H1(·) P[Lang=cy](·)"),
    Conforming(
        "welsh-block", H + '<div lang="cy"><p>Un</p><p>Dau</p></div>', "H1(·) Div[Lang=cy](2×P(·))"
    ),
    Conforming(
        "welsh-emphasis",
        H + '<p>Say <em lang="cy">diolch</em>.</p>',
        "H1(·) P(· Span[Lang=cy](·) ·)",
    ),
    Conforming("same-language-again", H + '<p lang="en-GB">Plain.</p>', "H1(·) P(·)"),
    Conforming(
        "signs", H + "<p>✓ ✗ ☐ ☑ ☒ → ≥ ≤ ○ ● □ ■ £ € ½ … – ’ \u2011 ŵ ŷ ẁ ★ ⚠</p>", "H1(·) P(·)"
    ),
    Conforming(
        "signs-in-bold-italic", H + "<p><strong><em>✓ ☒ → ŵ</em></strong></p>", "H1(·) P(·)"
    ),
    Conforming("soft-hyphens", H + "<p>Safe&shy;guard&shy;ing and no\u2011break</p>", "H1(·) P(·)"),
    Conforming(
        "wide-language-names", H + "<p>Łukasz, Nguyễn, Ștefan, Çelik, Zoë, Seán</p>", "H1(·) P(·)"
    ),
    Conforming("paragraph-over-pages", H + "<p>" + "word " * 900 + "</p>", "H1(·) P(·)"),
    Conforming(
        "words-in-boxes",
        H + '<div class="flex"><div>a</div><div>b</div></div>',
        "H1(·) 2×P(·)",
        css=".flex{display:flex}",
    ),
    Conforming(
        "two-columns",
        H + '<div class="two"><p>' + "word " * 300 + "</p></div>",
        "H1(·) P(·)",
        css=".two{columns:2}",
    ),
    Conforming(
        "number-beside",
        H + '<p class="cl"><span class="no">1.1</span> Ask.</p>',
        "H1(·) P(·)",
        css=".cl{position:relative;padding-left:10mm}.no{position:absolute;left:0}",
    ),
    Conforming(
        "number-floated",
        H + '<p><span class="no">1.1</span> Ask.</p>',
        "H1(·) P(·)",
        css=".no{float:left}",
    ),
    Conforming(
        "generated-words",
        H + '<p class="x">Ask.</p>',
        "H1(·) P(·)",
        css=".x::before{content:'Rule: '}.x::after{content:' (end)'}",
    ),
    Conforming(
        "small-capitals",
        H + '<p class="x">Ask.</p>',
        "H1(·) P(·)",
        css=".x{font-variant:small-caps}",
    ),
    Conforming(
        "faint-colour",
        H + '<p class="x">Ask.</p>',
        "H1(·) P(·)",
        css=".x{color:rgba(0,0,0,.6);background:#eef}",
    ),
    # Headings and parts.
    Conforming(
        "own-letters-and-lines",
        H + '<p class="x">hello ' + "straße " * 60 + "</p>",
        "H1(·) P(·)",
        css=".x::first-letter{font-size:20pt}.x::first-line{font-weight:bold}.x{text-transform:uppercase}",
    ),
    Conforming(
        "long-words-hyphenated",
        H + '<p class="x">' + "accommodation responsibilities inter&shy;national " * 20 + "</p>",
        "H1(·) P(·)",
        css=".x{hyphens:auto;width:40mm}",
    ),
    Conforming("loose-words-over-pages", H + "<div>" + "word " * 900 + "</div>", "H1(·) P(·)"),
    Conforming(
        "welsh-over-pages",
        H + '<p>In <span lang="cy">' + "gair " * 900 + "</span>.</p>",
        "H1(·) P(· Span[Lang=cy](·) ·)",
    ),
    Conforming("headings", H + "<h2>One</h2><h3>One a</h3><h2>Two</h2>", "H1(·) H2(·) H3(·) H2(·)"),
    Conforming(
        "all-levels",
        H + "<h2>2</h2><h3>3</h3><h4>4</h4><h5>5</h5><h6>6</h6>",
        "H1(·) H2(·) H3(·) H4(·) H5(·) H6(·)",
    ),
    Conforming("two-titles", H + "<h2>a</h2><h1>Again</h1><h2>b</h2>", "H1(·) H2(·) H1(·) H2(·)"),
    Conforming(
        "long-heading", "<h1>" + "A long heading that goes on " * 8 + "</h1><p>x</p>", "H1(·) P(·)"
    ),
    Conforming(
        "heading-with-parts", '<h1><span class="number">1</span> A <em>title</em></h1>', "H1(·)"
    ),
    Conforming(
        "sections",
        "<article>" + H + '<section id="one"><h2>One</h2><p>x</p></section></article>',
        "Art(H1(·) Sect(H2(·) P(·)))",
    ),
    Conforming(
        "main-and-header",
        "<header>" + H + "</header><main><p>x</p></main><footer><p>y</p></footer>",
        "H1(·) 2×P(·)",
    ),
    # Lists.
    Conforming(
        "bullets", H + "<ul><li>a</li><li>b</li></ul>", "H1(·) L[Disc](2×LI(Lbl(·) LBody(·)))"
    ),
    Conforming(
        "numbers", H + "<ol><li>a</li><li>b</li></ol>", "H1(·) L[Decimal](2×LI(Lbl(·) LBody(·)))"
    ),
    Conforming(
        "letters",
        H + '<ol class="x"><li>a</li></ol>',
        "H1(·) L[LowerAlpha](LI(Lbl(·) LBody(·)))",
        css=".x{list-style:lower-alpha}",
    ),
    Conforming(
        "loose-list",
        H + "<ol><li><p>a</p></li><li><p>b</p><p>c</p></li></ol>",
        "H1(·) L[Decimal](LI(Lbl(·) LBody(P(·))) LI(Lbl(·) LBody(2×P(·))))",
    ),
    Conforming(
        "list-in-list",
        H + "<ul><li>a<ul><li>b<ol><li>c</li></ol></li></ul></li><li>d</li></ul>",
        "H1(·) L[Disc](LI(Lbl(·) LBody(· L[Circle](LI(Lbl(·) LBody(· L[Decimal](LI(Lbl(·) LBody(·)))))))) LI(Lbl(·) LBody(·)))",
    ),
    Conforming(
        "loose-list-in-list",
        H + "<ul><li><p>a</p><ul><li><p>b</p></li></ul><p>after</p></li></ul>",
        "H1(·) L[Disc](LI(Lbl(·) LBody(P(·) L[Circle](LI(Lbl(·) LBody(P(·)))) P(·))))",
    ),
    Conforming(
        "list-without-bullets",
        H + '<ul class="x"><li>a</li></ul>',
        "H1(·) L[None](LI(LBody(·)))",
        css=".x{list-style:none}",
    ),
    Conforming(
        "bullets-inside",
        H + '<ul class="x"><li>a</li><li><p>b</p></li></ul>',
        "H1(·) L[Disc](LI(Lbl(·) LBody(·)) LI(Lbl(·) LBody(P(·))))",
        css=".x{list-style-position:inside}",
    ),
    Conforming(
        "own-bullets",
        H + '<ul class="x"><li>a</li></ul>',
        "H1(·) L[Disc](LI(Lbl(·) LBody(·)))",
        css=".x{list-style-type:'→ '}",
    ),
    Conforming(
        "empty-item", H + "<ul><li></li><li>a</li></ul>", "H1(·) L[Disc](2×LI(Lbl(·) LBody(·)))"
    ),
    Conforming("empty-list", H + "<p>x</p><ul></ul>", "H1(·) P(·)"),
    Conforming(
        "item-with-table",
        H + '<ul><li><table><tr><th scope="col">x</th></tr><tr><td>y</td></tr></table></li></ul>',
        "H1(·) L[Disc](LI(Lbl(·) LBody(Table(TBody(TR(TH[Column](·)) TR(TD(·)))))))",
    ),
    Conforming(
        "list-over-pages",
        H + "<ol>" + "".join(f"<li>item {i}<br>more</li>" for i in range(60)) + "</ol>",
        "H1(·) L[Decimal](60×LI(Lbl(·) LBody(·)))",
    ),
    Conforming(
        "item-over-pages",
        H + "<ul><li><p>" + "word " * 900 + "</p></li></ul>",
        "H1(·) L[Disc](LI(Lbl(·) LBody(P(·))))",
    ),
    Conforming(
        "definition-over-pages",
        H + "<dl><dt>a</dt><dd>" + "word " * 900 + "</dd><dt>b</dt><dd>c</dd></dl>",
        "H1(·) L(2×LI(Lbl(·) LBody(Div(P(·)))))",
    ),
    Conforming(
        "numbers-by-styles",
        H + '<ol class="x"><li>a</li><li>b</li></ol>',
        "H1(·) L[None](2×LI(LBody(·)))",
        css=".x{list-style:none;counter-reset:n}.x li::before{counter-increment:n;content:counter(n)'. '}",
    ),
    Conforming(
        "list-in-table",
        H + '<table><tr><th scope="row">a</th><td><ul><li>b</li></ul></td></tr></table>',
        "H1(·) Table(TBody(TR(TH[Row](·) TD(L[Disc](LI(Lbl(·) LBody(·)))))))",
    ),
    Conforming(
        "definitions",
        H + "<dl><dt>a</dt><dd>b</dd><dt>c</dt><dd><p>d</p><p>e</p></dd></dl>",
        "H1(·) L(LI(Lbl(·) LBody(Div(P(·)))) LI(Lbl(·) LBody(Div(2×P(·)))))",
    ),
    Conforming(
        "definitions-shared",
        H + "<dl><dt>a</dt><dt>b</dt><dd>c</dd><dd>d</dd></dl>",
        "H1(·) L(LI(2×Lbl(·) LBody(2×Div(P(·)))))",
    ),
    Conforming(
        "definitions-in-boxes",
        H + "<dl><div><dt>a</dt><dd>b</dd></div><div><dt>c</dt><dd>d</dd></div></dl>",
        "H1(·) L(2×LI(Lbl(·) LBody(Div(P(·)))))",
    ),
    # Tables.
    Conforming(
        "table",
        H + T % ('<tr><th scope="row">c</th><td>d</td></tr>', ""),
        "H1(·) Table(Caption(·) THead(TR(2×TH[Column](·))) TBody(TR(TH[Row](·) TD(·))))",
    ),
    Conforming(
        "table-scope-inferred",
        H
        + "<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><th>c</th><td>d</td></tr></tbody></table>",
        "H1(·) Table(THead(TR(2×TH[Column](·))) TBody(TR(TH[Row](·) TD(·))))",
    ),
    Conforming(
        "table-caption-below",
        H + T % ("<tr><td>c</td><td>d</td></tr>", ""),
        "H1(·) Table(Caption(·) THead(TR(2×TH[Column](·))) TBody(TR(2×TD(·))))",
        css="caption{caption-side:bottom}",
    ),
    Conforming(
        "table-with-foot",
        H + T % ("<tr><td>c</td><td>d</td></tr>", "<tfoot><tr><td>e</td><td>f</td></tr></tfoot>"),
        "H1(·) Table(Caption(·) THead(TR(2×TH[Column](·))) TBody(TR(2×TD(·))) TFoot(TR(2×TD(·))))",
    ),
    Conforming(
        "table-without-heads",
        H + "<table><tr><td>a</td><td>b</td></tr></table>",
        "H1(·) Table(TBody(TR(2×TD(·))))",
    ),
    Conforming(
        "table-with-spans",
        H
        + '<table><thead><tr><th scope="col" rowspan="2">a</th><th scope="colgroup" colspan="2">b</th></tr><tr><th scope="col">c</th><th scope="col">d</th></tr></thead><tbody><tr><th scope="row" rowspan="2">e</th><td>f</td><td>g</td></tr><tr><td colspan="2">h</td></tr></tbody></table>',
        "H1(·) Table(THead(TR(TH[RowSpan=2][Column](·) TH[ColSpan=2][Column](·)) TR(2×TH[Column](·))) TBody(TR(TH[RowSpan=2][Row](·) 2×TD(·)) TR(TD[ColSpan=2](·))))",
    ),
    Conforming(
        "table-with-empty-cells",
        H
        + '<table><tr><th scope="col"></th><th scope="col">b</th></tr><tr><td>c</td><td></td></tr></table>',
        "H1(·) Table(TBody(TR(TH[Column] TH[Column](·)) TR(TD(·) TD)))",
    ),
    Conforming(
        "table-over-pages",
        H
        + T
        % (
            "".join(f"<tr><td>{i}</td><td>y<br>y</td></tr>" for i in range(60)),
            "<tfoot><tr><td>e</td><td>f</td></tr></tfoot>",
        ),
        "H1(·) Table(Caption(·) THead(TR(2×TH[Column](·))) TBody(60×TR(2×TD(·))) TFoot(TR(2×TD(·))))",
    ),
    Conforming(
        "table-spans-over-pages",
        H
        + T
        % (
            "".join(
                (f'<tr><td rowspan="4">{i}</td>' if i % 4 == 0 else "<tr>") + "<td>y<br>y</td></tr>"
                for i in range(60)
            ),
            "",
        ),
        "H1(·) Table(Caption(·) THead(TR(2×TH[Column](·))) TBody(TR(TD[RowSpan=4](·) TD(·)) 3×TR(TD(·)) TR(TD[RowSpan=4](·) TD(·)) 3×TR(TD(·)) TR(TD[RowSpan=4](·) TD(·)) 3×TR(TD(·)) TR(TD[RowSpan=4](·) TD(·)) 3×TR(TD(·)) TR(TD[RowSpan=4](·) TD(·)) 3×TR(TD(·)) TR(TD[RowSpan=4](·) TD(·)) 3×TR(TD(·)) TR(TD[RowSpan=4](·) TD(·)) 3×TR(TD(·)) TR(TD[RowSpan=4](·) TD(·)) 3×TR(TD(·)) TR(TD[RowSpan=4](·) TD(·)) 3×TR(TD(·)) TR(TD[RowSpan=4](·) TD(·)) 3×TR(TD(·)) TR(TD[RowSpan=4](·) TD(·)) 3×TR(TD(·)) TR(TD[RowSpan=4](·) TD(·)) 3×TR(TD(·)) TR(TD[RowSpan=4](·) TD(·)) 3×TR(TD(·)) TR(TD[RowSpan=4](·) TD(·)) 3×TR(TD(·)) TR(TD[RowSpan=4](·) TD(·)) 3×TR(TD(·))))",
    ),
    Conforming(
        "table-in-columns",
        H
        + '<div class="x"><table><thead><tr><th scope="col">a</th></tr></thead><tbody>'
        + "<tr><td>1<br>2</td></tr>" * 50
        + "</tbody></table></div>",
        "H1(·) Table(THead(TR(TH[Column](·))) TBody(50×TR(TD(·))))",
        css=".x{columns:2}",
    ),
    Conforming(
        "table-in-table-over-pages",
        H
        + '<table><tr><td><table><thead><tr><th scope="col">a</th></tr></thead><tbody>'
        + "<tr><td>1<br>2</td></tr>" * 60
        + "</tbody></table></td></tr></table>",
        "H1(·) Table(TBody(TR(TD(Table(THead(TR(TH[Column](·))) TBody(60×TR(TD(·))))))))",
    ),
    Conforming(
        "cell-over-pages",
        H + T % ("<tr><td>x</td><td>" + "word " * 700 + "</td></tr>", ""),
        "H1(·) Table(Caption(·) THead(TR(2×TH[Column](·))) TBody(TR(2×TD(·))))",
    ),
    Conforming(
        "table-in-table",
        H + T % ("<tr><td>x</td><td><table><tr><td>in</td></tr></table></td></tr>", ""),
        "H1(·) Table(Caption(·) THead(TR(2×TH[Column](·))) TBody(TR(TD(·) TD(Table(TBody(TR(TD(·))))))))",
    ),
    Conforming(
        "table-collapsed-borders",
        H + T % ("<tr><td>c</td><td>d</td></tr>", ""),
        "H1(·) Table(Caption(·) THead(TR(2×TH[Column](·))) TBody(TR(2×TD(·))))",
        css="table{border-collapse:collapse}td,th{border:1pt solid}",
    ),
    Conforming(
        "two-bodies",
        H + T % ("<tr><td>c</td><td>d</td></tr></tbody><tbody><tr><td>e</td><td>f</td></tr>", ""),
        "H1(·) Table(Caption(·) THead(TR(2×TH[Column](·))) 2×TBody(TR(2×TD(·))))",
    ),
    # Links.
    Conforming(
        "link",
        '<h1 id="t">T</h1><p><a href="https://x.example/">the site</a> and <a href="#t">up</a></p>',
        "H1(·) P(Link(@ ·) · Link(@ ·))",
    ),
    Conforming(
        "bold-in-link",
        H + '<p><a href="https://x.example/"><strong>x</strong> <em>y</em></a></p>',
        "H1(·) P(Link(@ ·))",
    ),
    Conforming(
        "link-over-lines",
        H
        + "<p>"
        + "word " * 18
        + '<a href="https://x.example/">a link that is long enough to wrap on to the next line of the page</a></p>',
        "H1(·) P(· Link(@ ·))",
    ),
    Conforming(
        "link-over-pages",
        H + "<p>" + "word " * 640 + '<a href="https://x.example/">' + "link " * 60 + "</a></p>",
        "H1(·) P(· Link(@ · @ · @ · @ ·))",
    ),
    Conforming(
        "picture-in-link",
        H + '<p><a href="https://x.example/"><img alt="Flow" src="flow.png"></a></p>',
        "H1(·) P(Link(@ Figure[Alt=Flow](·)))",
    ),
    Conforming(
        "drawing-in-link",
        H
        + '<p><a href="https://x.example/"><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">'
        + '<title>Site</title><rect width="9" height="9"/></svg></a></p>',
        "H1(·) P(Link(@ Figure[Alt=Site](·)))",
    ),
    Conforming(
        "picture-and-words-in-link",
        H + '<p><a href="https://x.example/"><img alt="" src="flow.png"> Flow</a></p>',
        "H1(·) P(Link(@ ·))",
    ),
    Conforming(
        "block-link",
        H + '<a class="x" href="https://x.example/"><p>a</p><p>b</p></a>',
        "H1(·) Link(@ 2×P(·))",
        css=".x{display:block}",
    ),
    Conforming("link-in-heading", '<h1 id="t"><a href="#t">T</a></h1>', "H1(Link(@ ·))"),
    Conforming(
        "link-in-item",
        H + '<ul><li><a href="https://x.example/">a</a></li></ul>',
        "H1(·) L[Disc](LI(Lbl(·) LBody(Link(@ ·))))",
    ),
    Conforming(
        "link-in-cell",
        H + T % ('<tr><td>c</td><td><a href="https://x.example/">d</a></td></tr>', ""),
        "H1(·) Table(Caption(·) THead(TR(2×TH[Column](·))) TBody(TR(TD(·) TD(Link(@ ·)))))",
    ),
    Conforming(
        "link-in-repeated-head",
        H
        + '<table><thead><tr><th scope="col"><a href="https://x.example/">a</a></th></tr></thead><tbody>'
        + "".join(f"<tr><td>{i}<br>y</td></tr>" for i in range(60))
        + "</tbody></table>",
        "H1(·) Table(THead(TR(TH[Column](Link(@ ·)))) TBody(60×TR(TD(·))))",
    ),
    Conforming(
        "welsh-link",
        H + '<p><a href="https://x.example/" lang="cy">Polisi</a></p>',
        "H1(·) P(Link[Lang=cy](@ ·))",
    ),
    Conforming(
        "link-with-label",
        H + '<p><a href="https://x.example/" aria-label="The guidance">here</a></p>',
        "H1(·) P(Link(@ ·))",
    ),
    Conforming(
        "mail-and-telephone",
        H + '<p><a href="mailto:a@x.example">a@x.example</a> <a href="tel:+441234">01234</a></p>',
        "H1(·) P(2×Link(@ ·))",
    ),
    Conforming(
        "link-positioned",
        H + '<p class="x"><a href="https://x.example/">top</a> words</p>',
        "H1(·) P(Link(@ ·) ·)",
        css=".x{position:relative;padding-left:30mm}.x a{position:absolute;left:0}",
    ),
    Conforming(
        "link-in-two-columns",
        H
        + '<div class="two"><p>'
        + "word " * 100
        + '<a href="https://x.example/">link</a></p></div>',
        "H1(·) P(· Link(@ ·))",
        css=".two{columns:2}",
    ),
    # Contents and notes.
    Conforming(
        "contents",
        H
        + '<nav class="contents"><h2>Contents</h2><ol><li><a href="#one">One</a><ol><li><a href="#two">Two</a></li></ol></li></ol></nav><h2 id="one">One</h2><h3 id="two">Two</h3>',
        "H1(·) Sect(H2(·) TOC(TOCI(Lbl(·) Reference(Link(@ ·)) TOC(TOCI(Lbl(·) Reference(Link(@ ·))))))) H2(·) H3(·)",
        css=".contents a::after{content:target-counter(attr(href),page);float:right}.contents a{display:block}",
    ),
    Conforming(
        "contents-leaders",
        H
        + '<nav role="doc-toc"><ol><li><a href="#one">One</a></li></ol></nav><h2 id="one">One</h2>',
        "H1(·) Sect(TOC(TOCI(Lbl(·) Reference(Link(@ ·))))) H2(·)",
        css="nav a::after{content:leader('.') target-counter(attr(href),page)}",
    ),
    Conforming(
        "contents-over-pages",
        H
        + '<nav class="toc"><ol>'
        + "".join(f'<li><a href="#s{n}">Part {n}</a></li>' for n in range(60))
        + "</ol></nav>"
        + "".join(f'<h2 id="s{n}">Part {n}</h2>' for n in range(60)),
        "H1(·) Sect(TOC(60×TOCI(Lbl(·) Reference(Link(@ ·))))) 60×H2(·)",
    ),
    Conforming(
        "contents-loose",
        H
        + '<nav class="toc"><ul><li><p><a href="#one">One</a></p></li><li>words</li></ul></nav><h2 id="one">One</h2>',
        "H1(·) Sect(TOC(TOCI(Lbl(·) P(Link(@ ·))) TOCI(Lbl(·) P(·)))) H2(·)",
    ),
    Conforming(
        "other-navigation",
        H + '<nav><ul><li><a href="https://x.example/">One</a></li></ul></nav>',
        "H1(·) Sect(L[Disc](LI(Lbl(·) LBody(Link(@ ·)))))",
    ),
    Conforming(
        "end-notes",
        H
        + '<p id="r1">Ask<sup><a href="#n1" role="doc-noteref">1</a></sup>.</p><section role="doc-endnotes"><h2>Notes</h2><ol><li id="n1">See <a href="#r1">above</a>.</li><li><p>Two</p></li></ol></section>',
        "H1(·) P(· Reference(Link(@ ·)) ·) Sect(H2(·) L[Decimal](LI(Lbl(·) LBody(Note(· Link(@ ·) ·))) LI(Lbl(·) LBody(Note(P(·))))))",
    ),
    # Pictures.
    Conforming(
        "picture", H + '<img alt="Flow chart" src="flow.png">', "H1(·) Figure[Alt=Flow chart](·)"
    ),
    Conforming(
        "picture-in-words",
        H + '<p>See <img alt="a tick" src="flow.png"> here.</p>',
        "H1(·) P(· Figure[Alt=a tick](·) ·)",
    ),
    Conforming("decoration", H + '<p>x</p><img alt="" src="flow.png">', "H1(·) P(·)"),
    Conforming(
        "photograph",
        H + '<p><img alt="The hall" src="photo.jpg"></p>',
        "H1(·) P(Figure[Alt=The hall](·))",
    ),
    Conforming(
        "figure",
        H + '<figure><img alt="Flow" src="flow.png"><figcaption>How it goes</figcaption></figure>',
        "H1(·) Div(Figure[Alt=Flow](·) Caption(·))",
    ),
    Conforming(
        "figure-with-table",
        H + "<figure><table><tr><td>a</td></tr></table><figcaption>How</figcaption></figure>",
        "H1(·) Div(Table(TBody(TR(TD(·)))) Caption(·))",
    ),
    Conforming(
        "drawing",
        H
        + '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><title>A square</title><rect width="40" height="40" fill="#135"/></svg>',
        "H1(·) Figure[Alt=A square](·)",
    ),
    Conforming(
        "drawing-decoration",
        H
        + '<p>x</p><svg xmlns="http://www.w3.org/2000/svg" width="40" height="40" aria-hidden="true"><rect width="40" height="40"/></svg>',
        "H1(·) P(·)",
    ),
    Conforming(
        "drawing-with-words",
        H
        + '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="40"><title>Chart</title><text x="5" y="20">hi</text></svg>',
        "H1(·) Figure[Alt=Chart](·)",
    ),
    Conforming(
        "drawing-as-picture",
        H + '<img alt="Crest" src="crest.svg" width="40">',
        "H1(·) Figure[Alt=Crest](·)",
    ),
    Conforming(
        "pictures-of-all-kinds",
        H
        + "".join(
            f'<p><img alt="{name}" src="{name}"></p>'
            for name in ("1.png", "l.png", "la.png", "p.png", "p.gif", "l.jpg")
        ),
        "H1(·) P(Figure[Alt=1.png](·)) P(Figure[Alt=l.png](·)) P(Figure[Alt=la.png](·)) "
        "P(Figure[Alt=p.png](·)) P(Figure[Alt=p.gif](·)) "
        "P(Figure[Alt=l.jpg](·))",
    ),
    Conforming(
        "drawing-with-effects", H + '<img alt="Elm" src="scene.svg">', "H1(·) Figure[Alt=Elm](·)"
    ),
    Conforming(
        "see-through-picture", H + '<img alt="Stamp" src="stamp.png">', "H1(·) Figure[Alt=Stamp](·)"
    ),
    Conforming(
        "background-picture", '<h1 class="x">T</h1>', "H1(·)", css=".x{background:url(flow.png)}"
    ),
    Conforming(
        "bullet-picture",
        H + '<ul class="x"><li>a</li></ul>',
        "H1(·) L[Disc](LI(LBody(·)))",
        css=".x{list-style-image:url(flow.png)}",
    ),
    # What a page brings, and looks.
    Conforming(
        "running-head",
        H + "<p>x</p>",
        "H1(·) P(·)",
        css="@page{@top-left{content:'School'}@bottom-right{content:'Page ' counter(page) ' of ' counter(pages)}}",
    ),
    Conforming(
        "running-element",
        '<div class="run">School <b>x</b></div>' + H,
        "H1(·)",
        css="@page{@top-center{content:element(run)}}.run{position:running(run)}",
    ),
    Conforming(
        "watermark-words",
        H + "<p>" + "word " * 700 + "</p>",
        "H1(·) P(·)",
        css="body::before{content:'DRAFT';position:fixed;top:90mm;font-size:80pt;color:#eee}",
    ),
    Conforming(
        "watermark-drawing",
        H + "<p>x</p>",
        "H1(·) P(·)",
        css="@page{background:url(draft.svg) center no-repeat}",
    ),
    Conforming(
        "hidden-from-readers",
        H
        + '<p>a <span aria-hidden="true">§</span> b</p><div aria-hidden="true"><p>twice</p></div>',
        "H1(·) P(·)",
    ),
    Conforming(
        "sign-here",
        H + '<p>Signed: <span class="line"></span></p>',
        "H1(·) P(·)",
        css=".line{display:inline-block;width:60mm;border-bottom:1pt solid}",
    ),
    Conforming(
        "boxes-and-shadows",
        H + '<p class="x">x</p>',
        "H1(·) P(·)",
        css=".x{border:1pt dashed;border-radius:3pt;background:#eee;box-shadow:2px 2px 3px #888}",
    ),
    Conforming(
        "gradient", '<h1 class="x">T</h1>', "H1(·)", css=".x{background:linear-gradient(#eef,#fff)}"
    ),
    Conforming(
        "turned-words", H + '<p class="x">x</p>', "H1(·) P(·)", css=".x{transform:rotate(-3deg)}"
    ),
    Conforming(
        "pages-turned",
        H + '<div class="x"><p>wide</p></div>',
        "H1(·) P(·)",
        css=".x{page:wide}@page wide{size:A4 landscape}",
    ),
    Conforming(
        "outline", '<h1 class="x">T</h1><h2>a</h2>', "H1(·) H2(·)", css=".x{bookmark-label:'Title'}"
    ),
    Conforming("empty-paragraph", H + "<p></p><p> </p><p>x</p>", "H1(·) P(·)"),
)

REFUSED = (
    Refused("no-heading", "<p>x</p>", ("no-heading", None, "h1")),
    Refused("heading-skipped", H + '<h2 id="a">a</h2><h4>b</h4>', ("skipped-heading", "a", "b")),
    Refused(
        "heading-second-first",
        '<h2 id="a">Contents</h2><h1>T</h1>',
        ("first-heading", "a", "Contents"),
    ),
    Refused("heading-empty", H + '<h2 id="a"></h2><p>x</p>', ("empty-heading", "a", "h2")),
    Refused(
        "picture-without-alternative",
        H + '<h2 id="a">a</h2><p><img src="flow.png"></p>',
        ("alternative", "a", "flow.png"),
    ),
    Refused(
        "picture-missing",
        H + '<h2 id="a">a</h2><img alt="Gone" src="gone.png">',
        ("asset", "a", "gone.png"),
    ),
    Refused(
        "picture-from-elsewhere",
        H + '<p id="a"><img alt="x" src="file:///etc/passwd"></p>',
        ("asset", "a", "file:///etc/passwd"),
    ),
    Refused(
        "picture-for-press",
        H + '<p id="a"><img alt="x" src="press.jpg"></p>',
        ("asset", "a", "press.jpg"),
    ),
    Refused(
        "picture-of-measurements",
        H + '<p id="a"><img alt="x" src="i;16.png"></p>',
        ("asset", "a", "i;16.png"),
    ),
    Refused(
        "drawing-without-title",
        H
        + '<p id="a"><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg></p>',
        ("alternative", "a", "svg"),
    ),
    Refused(
        "table-ragged",
        H
        + '<h2 id="a">a</h2><table><tr><th scope="col">a</th><th scope="col">b</th></tr><tr><td>c</td></tr></table>',
        ("ragged-table", "a", "c"),
    ),
    Refused(
        "table-ragged-by-span",
        H
        + '<h2 id="a">a</h2><table><tr><td>a</td><td>b</td></tr><tr><td colspan="3">c</td></tr></table>',
        ("ragged-table", "a", "c"),
    ),
    Refused(
        "table-span-past-end",
        H
        + '<h2 id="a">a</h2><table><tr><td rowspan="3">a</td><td>b</td></tr><tr><td>c</td></tr></table>',
        ("ragged-table", "a", "c"),
    ),
    Refused(
        "table-span-endless",
        H + '<h2 id="a">a</h2><table><tr><td colspan="9999">a</td></tr></table>',
        ("ragged-table", "a", "a"),
    ),
    Refused(
        "table-header-unclear",
        H
        + '<h2 id="a">a</h2><table><tr><td>a</td><th>b</th></tr><tr><td>c</td><td>d</td></tr></table>',
        ("header-scope", "a", "b"),
    ),
    Refused("table-empty", H + '<table id="a"></table><p>x</p>', ("empty-table", "a", "table")),
    Refused("see-through-style", H + '<p id="a" style="opacity: 0.5">x</p>', ("opacity", "a", "x")),
    Refused(
        "see-through-by-class",
        H + '<p id="a" class="x">pale</p>',
        ("opacity", "a", "pale"),
        css=".x{opacity:.5}",
    ),
    Refused("own-style", H + '<p id="a" style="color:red">x</p>', ("style", "a", "x")),
    Refused(
        "style-sheet-in-text",
        H + '<div id="a"><style>p{display:none}</style><p>x</p></div>',
        ("element", "a", "p{display:none}"),
    ),
    Refused(
        "linked-sheet",
        H + '<div id="a"><link rel="attachment" href="file:///etc/passwd"></div>',
        ("element", "a", "<link>"),
    ),
    Refused("base", H + '<div id="a"><base href="file:///etc/"></div>', ("element", "a", "<base>")),
    Refused("form", H + '<form id="a"><input name="x"></form>', ("element", "a", "<form>")),
    Refused("script", H + '<p id="a" onclick="x()">x</p>', ("script", "a", "x")),
    Refused("same-id-twice", H + '<p id="a">x</p><p id="a">y</p>', ("duplicate-id", "a", "y")),
    Refused(
        "link-empty",
        H + '<p id="a"><a href="https://x.example/"></a>text</p>',
        ("empty-link", "a", "https://x.example/"),
    ),
    Refused(
        "link-to-nowhere", H + '<p id="a"><a href="#gone">x</a></p>', ("link-target", "a", "x")
    ),
    Refused(
        "link-relative", H + '<p id="a"><a href="other.html">x</a></p>', ("link-address", "a", "x")
    ),
    Refused(
        "link-in-running-head",
        '<div class="run"><a href="https://x.example/">x</a></div>' + H,
        ("link-in-margin", None, "https://x.example/"),
        css="@page{@top-center{content:element(run)}}.run{position:running(run)}",
    ),
    Refused("glyph-missing", H + '<p id="a">See 漢.</p>', ("glyph", "a", "漢")),
    Refused("emoji", H + '<p id="a">Well done 🎉</p>', ("glyph", "a", "🎉")),
    Refused(
        "font-unknown",
        H + '<p id="a" class="x">x</p>',
        ("font", None, "Comic Sans MS"),
        css='.x{font-family:"Comic Sans MS"}',
    ),
    Refused(
        "note-floated",
        H + '<p id="a">x<span class="x">note</span></p>',
        ("floated-note", None, "float: footnote"),
        css=".x{float:footnote}",
    ),
    Refused(
        "boxes-without-end",
        H + '<div id="a">' + "<span>" * 5000 + "x" + "</span>" * 5000 + "</div>",
        ("too-deep", "a", "x"),
    ),
    Refused(
        "glyph-missing-in-drawing",
        H
        + '<p id="a"><svg xmlns="http://www.w3.org/2000/svg"><title>t</title><text>漢</text></svg></p>',
        ("glyph", "a", "漢"),
    ),
    Refused(
        "glyph-missing-in-styles",
        H + '<p class="x">x</p>',
        ("glyph", None, "漢"),
        css=".x::before{content:'漢'}",
    ),
    Refused(
        "table-head-too-tall",
        H + '<table><thead><tr><th id="a" scope="col">' + "word " * 900 + "</th></tr></thead>"
        "<tbody><tr><td>x</td></tr></tbody></table>",
        ("words-left-out", "a", ("word " * 16)[:79] + "…"),
    ),
    Refused(
        "words-hidden-by-styles",
        H + '<p id="a">x <span class="x">hidden</span></p>',
        ("words-left-out", "a", "hidden"),
        css=".x{display:none}",
    ),
    Refused(
        "words-invisible",
        H + '<p id="a">x <span class="x">hidden</span></p>',
        ("words-left-out", "a", "hidden"),
        css=".x{visibility:hidden}",
    ),
    Refused("words-hidden", H + '<p id="a" hidden>x</p>', ("words-left-out", "a", "x")),
    Refused(
        "words-cut-short",
        H + '<p id="a" class="x">' + "word " * 300 + "</p>",
        ("words-left-out", "a", ("word " * 16)[:79] + "…"),
        css=".x{max-lines:2;continue:discard}",
    ),
    Refused("mathematics", H + '<p id="a"><math><mi>x</mi></math></p>', ("element", "a", "x")),
    Refused(
        "list-with-stray-words",
        H + '<ul id="a">loose<li>x</li></ul>',
        ("stray-in-list", "a", "loose"),
    ),
    Refused(
        "list-with-stray-box", H + '<ul id="a"><p>x</p><li>y</li></ul>', ("stray-in-list", "a", "x")
    ),
    Refused(
        "link-in-hidden",
        H + '<p id="a" aria-hidden="true"><a href="https://x.example/">x</a></p>',
        ("hidden-link", "a", "x"),
    ),
    Refused(
        "wrong-language-code",
        H + '<p id="a"><span lang="Welsh!">x</span></p>',
        ("language", "a", "x"),
    ),
    Refused(
        "drawing-that-fetches",
        H
        + '<p id="a"><svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9" height="9"><title>t</title><image xlink:href="file:///etc/hostname" width="9" height="9"/></svg></p>',
        ("element", "a", "<image>"),
    ),
    Refused(
        "huge-picture", H + '<p id="a"><img alt="x" src="huge.png"></p>', ("asset", "a", "huge.png")
    ),
    Refused(
        "text-for-a-picture",
        H + '<p id="a"><img alt="x" src="words.txt"></p>',
        ("asset", "a", "words.txt"),
    ),
)
