"""Documents: Clausebook beside others that make PDFs of the same policies, and whether ours are sound.

The peers are given the HTML and the style sheets that Clausebook lays out itself: see `papers.py`.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import tools_beside
from aside import set_aside
from measure import Case, Sample, in_turn, run
from organisations import school_name
from portions import FOUR, HELD, PORTION, needed
from report import Report
from settings import CACHE, Settings, python
from site_times import edited_files, put_before, shared_clause

PAPERS = Path(__file__).parent / "papers.py"
FONTS = Path(__file__).parents[1] / "src" / "clausebook" / "pdf" / "fonts"
PAGES, KB, MB = 7, 60, 2.5
_SITE = "Clausebook, site with its documents"
# So many by Chromium, which takes a second for each, whatever it is asked.
_SOME = 10


def measure(settings: Settings, folder: Path) -> Report:
    count = settings.policies
    report = Report(
        part="documents",
        about=f"the {count} policies of one school, and its whole handbook",
        small=settings.small,
    )
    # The generator needs more than one school to give each something of its own.
    root = settings.handbook(folder, 2, count)
    school, beside = school_name(0)[0], folder / "papers"
    python(PAPERS, "write", root, school, beside)
    set_aside(root / CACHE)
    ids = sorted(path.stem for path in (beside / "typst").glob("*.typ"))
    ours = _ours(settings, root, school, ids)
    peers = _peers(settings, report, beside, ids)
    # Ours come after: what is asked of the last of them alone relies on what it leaves behind.
    held = _held(ours[0], peers) if needed() else []
    report.samples = in_turn([*held, *ours, *peers], settings.runs, settings.said)
    some = min(_SOME, count)
    chromium = f"Chromium, {some} policies, one after another"
    if chromium in report.samples and some < count:
        report.samples[f"Chromium, {count} policies, one after another"] = report.samples.pop(
            chromium
        ).times(count // some)
    _from_within(settings, report, root, school, ours[0])
    run(ours[1].command)
    # A document's process is a child of one that only holds the engine, which nobody watches here.
    largest = json.loads(python(PAPERS, "making", root, school).splitlines()[-1])["peak_mib"]
    _claims(report, count, largest)
    _judged(report, root / "pdf", school)
    return report


# ------------------------------------------------------------------------------ cases


def _ours(settings: Settings, root: Path, school: str, ids: list[str]) -> list[Case]:
    out = root / "pdf"
    to = ("--edition", "staff", "--root", str(root), "--out", str(out))
    whole = (*settings.clausebook, "pdf", school, *to)

    def fresh(number: int) -> None:
        set_aside(root / CACHE)
        set_aside(out)

    def case(how: str, given: tuple[str, ...], prepare: Callable[[int], None]) -> Case:
        return Case(name=f"Clausebook, {how}", command=given, prepare=prepare, out=out)

    section, _, _ = edited_files(root)
    edit = put_before(section, shared_clause().text)
    site = root / "site"
    build = ("build", school, "--edition", "staff", "--root", str(root), "--out", str(site))

    def fresh_site(number: int) -> None:
        fresh(number)
        set_aside(site)

    def built(how: str, prepare: Callable[[int], None]) -> Case:
        command = (*settings.clausebook, *build)
        return Case(name=f"{_SITE}{how}", command=command, prepare=prepare, out=site)

    # Each case leaves a warm cache for the next; an edit is new whenever one is made.
    return [
        case(f"{len(ids)} policies", (*settings.clausebook, "pdf", school, *ids, *to), fresh),
        case("policies and handbook", whole, fresh),
        case("policies and handbook, nothing changed", whole, lambda number: None),
        case("policies and handbook, one clause edited", whole, lambda number: edit(2 * number)),
        built("", fresh_site),
        built(", nothing changed", lambda number: None),
        built(", one clause edited", lambda number: edit(2 * number + 1)),
    ]


def _held(ours: Case, peers: list[Case]) -> list[Case]:
    """Our policies by four processes and the loop beside them, with a portion of a processor each."""
    four = f"{ours.name}, {FOUR} processes, {HELD}"
    cases = [replace(ours, name=four, command=(*ours.command, "--jobs", str(FOUR)))]
    cases += [
        replace(case, name=f"{case.name}, {HELD}", once=True) for case in peers if _is_loop(case)
    ]
    return [replace(case, portion=PORTION) for case in cases]


def _is_loop(case: Case) -> bool:
    return case.name.startswith("weasyprint") and case.name.endswith("one after another")


def _peers(settings: Settings, report: Report, beside: Path, ids: list[str]) -> list[Case]:
    if not settings.peers:
        report.remarks.append("No other tools were measured: --no-peers.")
        return []
    cases: list[Case] = []
    try:
        programs = tools_beside.environment("documents")
    except tools_beside.NotHere as reason:
        report.remarks.append(f"WeasyPrint, mkdocs-with-pdf and Typst were not measured: {reason}.")
    else:
        cases = _from_pypi(report, programs, beside, ids)
    try:
        chromium = tools_beside.chromium()
    except tools_beside.NotHere as reason:
        report.remarks.append(f"Chromium was not measured: {reason}.")
        return cases
    report.versions["Chromium"] = tools_beside.version(chromium)
    some = ids[:_SOME]
    out, pages = beside / "chromium", (beside / "html").as_uri()
    # A browser takes its styles from the page.
    for id in some:
        page = beside / "html" / f"{id}.html"
        linked = '<link rel="stylesheet" href="style.css"></head>'
        text = page.read_text(encoding="utf-8").replace("</head>", linked, 1)
        page.with_suffix(".browser.html").write_text(text, encoding="utf-8")
    browser = f"'{chromium}' --headless --no-sandbox --disable-gpu"
    loop = f"for id in {' '.join(some)}; do {browser}"
    loop += f" --print-to-pdf='{out}'/$id.pdf '{pages}'/$id.browser.html || exit 1; done"
    cases.append(
        Case(
            name=f"Chromium, {len(some)} policies, one after another",
            command=("sh", "-c", loop),
            prepare=_made_anew(out),
            out=out,
        )
    )
    return cases


def _from_pypi(report: Report, programs: Path, beside: Path, ids: list[str]) -> list[Case]:
    for line in (tools_beside.HERE / "requirements-documents.txt").read_text("utf-8").splitlines():
        name, _, version = line.partition("==")
        if name in ("weasyprint", "mkdocs-with-pdf", "typst", "mkdocs"):
            report.versions[name] = version
    fonts = {"FONTCONFIG_FILE": str(beside / "fonts.conf")}
    out = beside / "weasyprint"
    one = f"'{programs / 'weasyprint'}' --quiet --pdf-variant pdf/a-2a --stylesheet style.css"
    loop = f"for id in {' '.join(ids)}; do {one} $id.html '{out}'/$id.pdf || exit 1; done"
    return [
        Case(
            name=f"weasyprint command, {len(ids)} policies, one after another",
            command=("sh", "-c", loop),
            prepare=_made_anew(out),
            out=out,
            cwd=beside / "html",
            environment=fonts,
        ),
        Case(
            name="weasyprint command, whole handbook in one layout",
            command=("sh", "-c", f"exec {one} handbook.html '{out}'/handbook.pdf"),
            prepare=_made_anew(out),
            out=out,
            cwd=beside / "html",
            environment=fonts,
        ),
        Case(
            name="mkdocs-with-pdf, whole handbook",
            command=(str(programs / "mkdocs"), "build", "--quiet"),
            prepare=lambda number: set_aside(beside / "mkdocs" / "site"),
            out=beside / "mkdocs" / "site",
            cwd=beside / "mkdocs",
            environment={"NO_MKDOCS_2_WARNING": "1"},
        ),
        Case(
            name=f"Typst, {len(ids)} policies in one process",
            command=(str(programs / "python"), str(beside / "typst" / "all.py"), str(FONTS)),
            cwd=beside / "typst",
        ),
    ]


def _made_anew(folder: Path) -> Callable[[int], None]:
    def prepare(number: int) -> None:
        set_aside(folder)
        folder.mkdir(parents=True)

    return prepare


# ------------------------------------------------------------------------------ claims


def _from_within(
    settings: Settings, report: Report, root: Path, school: str, policies: Case
) -> None:
    """What a whole command cannot show: deciding and merging without reading the handbook's files."""
    for name, task in (
        ("Clausebook, finding that a site with its documents is as it was", "unchanged"),
        ("Clausebook, finding that documents are as they were", "again"),
        ("Clausebook, deciding by the texts of documents", "deciding"),
        ("Clausebook, merging the handbook", "merging"),
    ):
        seconds, peak = [], 0.0
        for number in range(settings.runs):
            if task == "merging":
                policies.prepare(number)
                run(policies.command)
            said = json.loads(python(PAPERS, task, root, school).splitlines()[-1])
            seconds.append(float(said["seconds"]))
            peak = max(peak, float(said.get("peak_mib", 0)))
            settings.said(f"{name}: {seconds[-1]:.3f} s")
        report.samples[name] = Sample(
            wall=sorted(seconds)[len(seconds) // 2],
            user=0,
            system=0,
            peak_mib=peak,
            parent_mib=0,
            child_mib=0,
            runs=len(seconds),
        )


def _claims(report: Report, count: int, largest: float) -> None:
    policies, both = f"Clausebook, {count} policies", "Clausebook, policies and handbook"
    loop = f"weasyprint command, {count} policies, one after another"
    layout = "weasyprint command, whole handbook in one layout"
    with_pdf, merging = "mkdocs-with-pdf, whole handbook", "Clausebook, merging the handbook"
    small = report.small

    def wanted(figure: float) -> float | None:
        return None if small else figure

    on_four = f"{policies}, {FOUR} processes, {HELD}"
    judged = on_four if on_four in report.samples else policies
    for mine, held in ((policies, ""), (on_four, f", {HELD}")):
        said = (
            f"Policies{f', {FOUR} processes{held}' if held else ''}, loop of the weasyprint command"
        )
        report.faster(said, mine, f"{loop}{held}", wanted(9) if mine == judged else None)
    if largest:
        report.at_most("Memory of a document's process", largest, "MiB", wanted(100))
    report.faster(
        "Handbook by merging, one layout by the weasyprint command", merging, layout, wanted(30)
    )
    if layout in report.samples:
        part = report.samples[merging].peak_mib / report.samples[layout].peak_mib
        report.at_most("Memory of merging, of one layout", part, "of it", wanted(1 / 3))
    report.faster("Everything from nothing, mkdocs-with-pdf", both, with_pdf, wanted(3))
    report.faster(
        "After one edit of a clause, mkdocs-with-pdf",
        f"{both}, one clause edited",
        with_pdf,
        wanted(20),
    )
    report.faster("Site and documents from nothing, mkdocs-with-pdf", _SITE, with_pdf, wanted(3))
    edited = f"{_SITE}, one clause edited"
    report.faster(
        "Site and documents after one edit, mkdocs-with-pdf", edited, with_pdf, wanted(20)
    )
    made = report.samples[edited].changed_pdfs
    report.at_most("Documents made again after one edit: a policy, the handbook", made, "", 2)
    found = report.samples["Clausebook, finding that a site with its documents is as it was"].wall
    report.at_most("Deciding that nothing changed, by a build", found * 1000, "ms", wanted(50))
    found = report.samples["Clausebook, finding that documents are as they were"].wall
    report.at_most(
        "Deciding that nothing changed, of documents alone", found * 1000, "ms", wanted(50)
    )
    deciding = report.samples["Clausebook, deciding by the texts of documents"].wall
    report.at_most(
        "The same by their texts, when something else changed", deciding * 1000, "ms", None
    )
    for anchor in (
        f"Typst, {count} policies in one process",
        f"Chromium, {count} policies, one after another",
    ):
        report.faster(f"Policies, {anchor.partition(',')[0]}", policies, anchor)


def _judged(report: Report, folder: Path, school: str) -> None:
    """Three validators over every document, and how large they are."""
    said: Mapping[str, Any] = json.loads(python(PAPERS, "judge", folder).splitlines()[-1])
    faults: Mapping[str, list[str]] = said["faults"]
    report.at_most(f"Documents with a fault, of {said['files']}", len(faults), "", 0)
    for name, found in list(faults.items())[:5]:
        report.remarks.append(f"{name}: {found[0]}")
    sizes: dict[str, tuple[int, int]] = dict(said["sizes"])
    size, pages = sizes.pop(f"{school}-handbook.pdf")
    report.at_most(
        f"Size of the handbook, {pages} pages", size / 1e6, "MB", None if report.small else MB
    )
    largest = max(size / 1000 * PAGES / max(pages, PAGES) for size, pages in sizes.values())
    report.at_most(f"Largest policy, for each {PAGES} pages", largest, "KB", KB)
