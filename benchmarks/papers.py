"""One generated school in; its policies as other makers of documents take them out.

    papers.py write ROOT SCHOOL OUT     OUT/html, OUT/mkdocs and OUT/typst
    papers.py unchanged ROOT SCHOOL     seconds in which `clausebook build` finds that nothing has changed
    papers.py again ROOT SCHOOL         the same for `clausebook pdf`
    papers.py deciding ROOT SCHOOL      seconds to find that no document of a handbook in memory has
    papers.py merging ROOT SCHOOL       seconds and peak MiB of putting the whole handbook together
    papers.py making ROOT SCHOOL        peak MiB of the largest process that made a policy's document
    papers.py judge FOLDER              what is wrong with the PDFs in it, and their sizes

The HTML is what Clausebook gives its own engine: caught on its way there, with the same style sheets.
Each task but `write` prints one line of JSON. They are processes of their own, so that whoever
measures stays small.
"""

import contextlib
import gc
import html
import importlib
import io
import json
import multiprocessing
import re
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from unittest import mock

import peers
from clausebook.cli import main as clausebook
from clausebook.pdf import children
from clausebook.pdf.engine import Engine
from clausebook.render.site import whole_name
from clausebook.render.words import text_html
from clausebook.sites import Makers

STYLE = "style.css"
FONTS = Path(importlib.import_module("clausebook.pdf").__file__ or "").parent / "fonts"
_TITLE = re.compile(r"<title>(.*?)</title>", re.S)
_BODY = re.compile(r"<body[^>]*>(.*)</body>", re.S)
_LINK = re.compile(r'href="handbook:([^"#]*)\.pdf(#[^"]*)?"')


def main(argv: Sequence[str] | None = None) -> int:
    task, *rest = sys.argv[1:] if argv is None else argv
    if task == "write":
        write(Path(rest[0]), rest[1], Path(rest[2]))
        return 0
    if task == "judge":
        print(json.dumps(judge(Path(rest[0]))))
    else:
        gc.disable()  # as every command of Clausebook does
        within = {
            "unchanged": unchanged, "again": again, "deciding": deciding, "merging": merging,
            "making": making,
        }[task]  # fmt: skip
        print(json.dumps(within(Path(rest[0]), rest[1])))
    return 0


def write(root: Path, school: str, out: Path) -> None:
    makers = Makers.open(root)
    handbook = makers.handbook(school, peers.EDITION)
    caught = _caught(root, school, list(handbook.policies), out)
    singles = {id: caught[policy.title] for id, policy in handbook.policies.items()}
    for id, text in singles.items():
        text = _LINK.sub(
            lambda found: f'href="{_policy(found[1], school)}.pdf{found[2] or ""}"', text
        )
        _write(out / "html" / f"{id}.html", text)
    _write(out / "html" / "handbook.html", _together(singles, school))
    config = (
        f'<fontconfig><dir>{FONTS}</dir><cachedir prefix="xdg">fontconfig</cachedir></fontconfig>'
    )
    _write(out / "fonts.conf", f"<?xml version='1.0'?>\n{config}\n")
    site = peers.pages(handbook, makers.repository.library, everything=False)
    with_pdf = {
        "with-pdf": {
            "author": handbook.organisation.name,
            "cover_title": handbook.organisation.name,
            "output_path": "handbook.pdf",
            "back_cover": False,
        }
    }
    peers.write_plain(out / "mkdocs", site, handbook.organisation.name, with_pdf)
    for policy in handbook.policies.values():
        lines = [f"= {_typst_text(policy.title)}", "#outline()"]
        for section in policy.sections:
            lines.append(f"== {_typst_text(f'{section.number} {section.title}')}")
            for clause in section.clauses:
                lines.append(f"=== {_typst_text(f'{clause.number} {clause.title.words}')}")
                lines.append(_typst(text_html(clause.text.markdown)))
        head = f'#set document(title: "{policy.title}")\n#set page(paper: "a4", numbering: "1")\n'
        head += '#set text(lang: "en", region: "GB", font: "Clausebook Text", size: 11pt)\n'
        _write(out / "typst" / f"{policy.id}.typ", head + "\n\n".join(lines) + "\n")
    _write(out / "typst" / "all.py", _TYPST)


def _policy(file: str, school: str) -> str:
    return file.removeprefix(f"{school}-")


def _caught(root: Path, school: str, policies: Sequence[str], out: Path) -> dict[str, str]:
    """The last HTML that was laid out for each policy, by its title: with contents if it has them."""
    start, render = Engine.__init__, Engine.render
    found: dict[str, str] = {}

    def started(engine: Engine, *styles: str | Path) -> None:
        sheets = [s.read_text(encoding="utf-8") if isinstance(s, Path) else s for s in styles]
        _write(out / "html" / STYLE, "\n".join(sheets))
        start(engine, *styles)

    def rendered(engine: Engine, text: str, **more: Any) -> bytes:
        found[html.unescape(_TITLE.findall(text)[0]).rpartition(" – ")[0]] = text
        for name, data in (more.get("assets") or {}).items():
            path = out / "html" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return render(engine, text, **more)

    def here(
        jobs: Iterable[children.Job], *limits: object, **more: object
    ) -> Iterator[children.Done]:
        """In this process: a child could not hand the HTML over."""
        for job in jobs:
            yield children.Done(job=job, data=job.make(*job.given))

    command = ["pdf", school, *policies, "--edition", peers.EDITION, "--root", str(root)]
    with (
        mock.patch.object(Engine, "__init__", started),
        mock.patch.object(Engine, "render", rendered),
        mock.patch.object(children, "run", here),
        tempfile.TemporaryDirectory() as made,
        contextlib.redirect_stdout(io.StringIO()),
    ):
        if clausebook([*command, "--out", made]):
            raise RuntimeError(f"the documents of {school} could not be made")
    return found


def _together(texts: Mapping[str, str], school: str) -> str:
    """All policies as one document, as somebody would who has no merging: ids made distinct."""
    bodies = []
    for id, text in texts.items():
        body = _BODY.findall(text)[0]
        body = re.sub(r'\bid="([^"]*)"', rf'id="{id}--\1"', body)
        body = re.sub(r'href="#([^"]*)"', rf'href="#{id}--\1"', body)
        body = re.sub(r'headers="([^"]*)"', "", body)
        body = _LINK.sub(
            lambda found: f'href="#{_policy(found[1], school)}--{_at(found[2])}"', body
        )
        bodies.append(f"<div>{body}</div>")
    first = next(iter(texts.values()))
    return first[: first.index("<body")] + "<body>" + "\n".join(bodies) + "</body></html>"


def _at(fragment: str | None) -> str:
    return fragment.removeprefix("#") if fragment else "cover"


# ------------------------------------------------------------------------------ Typst

# All policies in one process, as Typst's own users would: with both standards asked for.
_TYPST = """\
import sys
from pathlib import Path

import typst

here, fonts = Path(__file__).parent, sys.argv[1]
for path in sorted(here.glob("*.typ")):
    typst.compile(
        str(path),
        output=str(path.with_suffix(".pdf")),
        font_paths=[fonts],
        pdf_standards=["ua-1", "a-2a"],
    )
"""


class _Typst(HTMLParser):
    """The HTML of a clause as Typst's markup: paragraphs, lists, tables and links."""

    def __init__(self) -> None:
        super().__init__()
        self.out: list[str] = []
        self.lists: list[str] = []
        self.cells = 0

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        if tag in ("ul", "ol"):
            self.lists.append("-" if tag == "ul" else "+")
        elif tag == "li":
            self.out.append("\n" + "  " * (len(self.lists) - 1) + self.lists[-1] + " ")
        elif tag == "p" and not self.lists:
            self.out.append("\n\n")
        elif tag == "table":
            self.out.append("\n\n\0")
            self.cells = 0
        elif tag == "thead":
            self.out.append("table.header(")
        elif tag in ("td", "th"):
            self.cells += tag == "th"
            self.out.append("[")
        elif tag == "a":
            target = dict(attrs).get("href") or ""
            outside = target.startswith("http")
            self.out.append(f'#link("{target}")[' if outside else "#underline[")
        elif tag in ("strong", "em"):
            self.out.append(f"#{'strong' if tag == 'strong' else 'emph'}[")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("ul", "ol"):
            self.lists.pop()
            self.out.append("\n")
        elif tag == "table":
            text = "".join(self.out).replace("\0", f"#table(columns: {self.cells}, ") + ")\n"
            self.out = [text]
        elif tag == "thead":
            self.out.append("), ")
        elif tag in ("td", "th"):
            self.out.append("], ")
        elif tag in ("a", "strong", "em"):
            self.out.append("]")

    def handle_data(self, data: str) -> None:
        if data.strip() or not self.out or not self.out[-1].endswith(("(", ", ", ")")):
            self.out.append(_typst_text(data))


def _typst(text: str) -> str:
    parser = _Typst()
    parser.feed(text)
    return "".join(parser.out).strip()


def _typst_text(text: str) -> str:
    return re.sub(r"([\\#$*_`<>@\[\]~=+/-])", r"\\\1", text)


# ------------------------------------------------------------------------------ from within


def unchanged(root: Path, school: str) -> dict[str, float]:
    """The command itself, in a process that is there already."""
    site = ("--edition", peers.EDITION, "--root", str(root), "--out", str(root / "site"))
    said = io.StringIO()
    began = time.perf_counter()
    with contextlib.redirect_stdout(said):
        clausebook(["build", school, *site])
    seconds = time.perf_counter() - began
    if "nothing changed" not in said.getvalue():
        raise RuntimeError(said.getvalue())
    return {"seconds": seconds}


def again(root: Path, school: str) -> dict[str, float]:
    """The command itself, asked for all documents of which it made or found every one before."""
    where = ("--edition", peers.EDITION, "--root", str(root), "--out", str(root / "again"))
    command = ["pdf", school, *where]
    with contextlib.redirect_stdout(io.StringIO()), mock.patch.object(children, "run", _none):
        clausebook(command)
        began = time.perf_counter()
        if clausebook(command):
            raise RuntimeError(f"the documents of {school} could not be found again")
        return {"seconds": time.perf_counter() - began}


def deciding(root: Path, school: str) -> dict[str, float]:
    """From a handbook in memory to knowing that every document of it is there already."""
    from clausebook.pdf.shelf import Asked, shelves

    makers = Makers.open(root)
    key = (school, peers.EDITION)
    handbook = makers.handbook(*key)
    asked = {key: Asked(handbook, *makers.changes(handbook))}
    with mock.patch.object(children, "run", _none):
        began = time.perf_counter()
        shelves(asked, makers.repository.library, root)
        return {"seconds": time.perf_counter() - began}


def _none(jobs: Iterable[children.Job], *limits: object, **more: object) -> list[children.Done]:
    made = [job.name for job in jobs]
    if made:
        raise RuntimeError(f"not decided: {', '.join(made)} would be made again")
    return []


def merging(root: Path, school: str) -> dict[str, float]:
    """The whole handbook from its policies' PDFs, in a process that has made none of them."""
    from clausebook.pdf.shelf import Asked, shelves

    makers = Makers.open(root)
    key = (school, peers.EDITION)
    handbook = makers.handbook(*key)
    asked = {key: Asked(handbook, *makers.changes(handbook))}
    files = shelves(asked, makers.repository.library, root, wholes=False)[key].files
    assert whole_name(school) not in files
    peaks: list[int] = []
    with mock.patch.object(children, "run", _noting(peaks)):
        began = time.perf_counter()
        files = shelves(asked, makers.repository.library, root)[key].files
        seconds = time.perf_counter() - began
    assert whole_name(school) in files
    return {"seconds": seconds, "peak_mib": max(peaks) / 2**20}


def making(root: Path, school: str) -> dict[str, float]:
    """Every policy's document made anew: what the system says of the process that made each."""
    from clausebook.pdf.shelf import Asked, shelves

    makers = Makers.open(root)
    key = (school, peers.EDITION)
    handbook = makers.handbook(*key)
    asked = {key: Asked(handbook, *makers.changes(handbook))}
    peaks: list[int] = []
    with (
        mock.patch.object(children, "run", _noting(peaks)),
        tempfile.TemporaryDirectory() as empty,
    ):
        shelves(asked, makers.repository.library, Path(empty), wholes=False)
    return {"peak_mib": max(peaks) / 2**20}


def _noting(peaks: list[int]) -> Any:
    """As documents are made, with the most memory that the process of each had, as its parent hears."""
    run = children.run

    def noted(*given: Any, **more: Any) -> Iterator[children.Done]:
        for done in run(*given, **more):
            peaks.append(done.memory)
            yield done

    return noted


# ------------------------------------------------------------------------------ judging


def judge(folder: Path) -> dict[str, object]:
    """Faults by three who do not know each other, and sizes, of every PDF in a folder."""
    sys.path.append(str(Path(__file__).parents[1]))
    paths = sorted(folder.glob("*.pdf"))
    with multiprocessing.Pool() as pool:
        found = dict(zip((path.name for path in paths), pool.imap(_judged, paths), strict=True))
    return {
        "files": len(found),
        "faults": {name: faults for name, (faults, _, _) in found.items() if faults},
        "sizes": {name: [size, pages] for name, (_, size, pages) in found.items()},
    }


def _judged(path: Path) -> tuple[list[str], int, int]:
    import pikepdf

    from clausebook.pdf.checker import check

    checks = importlib.import_module("tests.pdf.checks")
    data = path.read_bytes()
    faults = [*checks.not_sound(data), *checks.not_archival(data), *map(str, check(data))]
    with pikepdf.open(path) as pdf:
        return faults, len(data), len(pdf.pages)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    raise SystemExit(main())
