"""The results of the benchmark in, its page in the docs out: docs/benchmarks.md and docs/images/benchmarks.svg.

    python benchmarks/page.py            after a run of bench.py

Figures come from benchmarks/results/*.json, and only from there; words are below. Small runs are left out.
"""

import argparse
import html
import json
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from report import CLAIM_COLUMNS, FOLDER, SAMPLE_COLUMNS, claim_row, figure, sample_row

DOCS = Path(__file__).parents[1] / "docs"
PAGE, CHART = DOCS / "benchmarks.md", DOCS / "images" / "benchmarks.svg"

_INTRO = """\
# How fast it is

Made by `make bench` and `python benchmarks/page.py`; every figure is in `benchmarks/results/`. Ratios
come first: they were measured side by side, in turn, in one run. Seconds are those of one machine on
one day.

![Bars: how many times faster Clausebook was than each other tool; the list below says the same](images/benchmarks.svg)
"""

_METHOD = """\
## Method

- **The handbook** is made up by `benchmarks/generate.py`: 60 policies of about 2,800 words, six in ten
  clauses with values, and for each school twelve rules of its own. The same arguments give the same bytes.
- **The loop of MkDocs builds** is what a school's web person writes today: one tree of Markdown with
  `{{ values }}` by mkdocs-macros-plugin, and a `mkdocs-SCHOOL.yml` for each school with its values and
  its own wordings; Material theme, search. It runs school by school, or four at a time with `xargs -P 4`.
  “The same pages” has every page that Clausebook makes; “policies only” has the policies and a first page.
- **Hugo** builds the same pages with the values already in place, with a small theme and a search index.
- **The same words**: before a ratio counts, the words of every clause are looked for, in order, on the
  pages of all of them. Numbers, explained terms, check codes and document control are made by
  Clausebook only, which is in favour of the others.
- **From nothing** means without Clausebook's cache and without output. Files may be in the system's memory.
  What an earlier run wrote is moved aside and not removed: ext4 passes over removed files for some minutes,
  one by one, each time that it makes one, and a build took up to twice as long for it. Before each build of
  sites, 2.5 GB of memory were in use just before: a virtual machine gives its host back what is free for a
  while, and asking for it again took a third of the processor time of a build of 100 schools.
- **One clause edited** is a sentence in a library clause that every school publishes; **one school
  edited** is a telephone number that stands on most of its pages; **another day** is a build of the same
  files on a later day.
- **Documents**: the `weasyprint` command and Chromium are given the HTML and style sheets that Clausebook
  lays out itself (`weasyprint` is asked for PDF/A-2a). mkdocs-with-pdf is given the same policies as
  Markdown, and makes one document without tags. Typst is given the same words in its own markup, and asked for
  PDF/UA-1 and PDF/A-2a. Typst and Chromium are shown for scale; no ratio to them was promised.
- **Merging** is timed with the start of the process that does it, which a build has started already.
- **Sound** means: no fault found by qpdf (syntax), by pikepdf's validator (PDF/A-2) and by our own checker
  (PDF/UA-1 and PDF/A-2a) in any document.
- Each case is a whole process, started anew, of programs whose modules are compiled as an installer leaves
  them. Cases take turns, and the table shows medians. CPU is user
  and system time of the process and all its children. Peak memory is that of the largest process.
  Small ones cannot be told: a process starts with the
  memory of what started it, some 45 MiB here. *Changed* is how many files have other bytes or times than before.
- **Four processes where there are fewer processors**: a case “each on 0.5 processor” ran with each of its
  processes held to half the time of a processor by the system, as on four processors that are half as
  fast. What it is compared with was held to the same.
- *Estimated* means that nobody ran it: a loop over 10 schools was run, and multiplied. `--full` runs all.
"""

_NOT_MEASURED = """\
## What was not measured

- Windows and macOS, network shares, cold disks, and machines with more processors than this one.
- Real policies: the generated ones repeat more alike than some trusts' will, or less.
- How long a reader waits: pages, search and documents in a browser.
- Documents of a whole trust: those of one school were made, and others cost the same.
- Building on several machines.
- Zensical, and other generators than MkDocs and Hugo; other makers of PDFs than those above.
- mkdocs-with-pdf with values of several schools: it was given one school, with its values in place.
- Other plugins and themes for MkDocs, which would make the loop slower or faster.
"""


@dataclass(frozen=True, slots=True)
class Bar:
    name: str
    value: float
    wanted: float | None
    estimated: bool


def main(argv: Sequence[str] | None = None) -> int:
    options = _options(argv)
    reports = [json.loads(path.read_text(encoding="utf-8")) for path in _found(options.results)]
    if not reports:
        print(f"page.py: no results in {options.results}: run bench.py first", file=sys.stderr)
        return 2
    chart = options.docs / "images" / CHART.name
    for path, text in ((options.docs / PAGE.name, page(reports)), (chart, svg(bars(reports)))):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        print(path)
    return 0


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Write docs/benchmarks.md from the results.")
    parser.add_argument("--results", type=Path, default=FOLDER)
    parser.add_argument("--docs", type=Path, default=DOCS)
    return parser.parse_args(argv)


def _found(folder: Path) -> list[Path]:
    names = ("sites", "documents", "exports", "compile")
    return [path for name in names if (path := folder / f"{name}.json").exists()]


def page(reports: Sequence[dict[str, Any]]) -> str:
    parts = [_INTRO]
    for report in reports:
        claims = [claim_row(claim) for claim in report["claims"]]
        samples = [sample_row(name, sample) for name, sample in report["samples"].items()]
        parts.append(f"## {report['part'].capitalize()}: {report['about']}\n")
        if claims:
            parts.append(_table(CLAIM_COLUMNS, claims))
        if samples:
            parts.append(_table(SAMPLE_COLUMNS, samples))
        parts += [f"- {remark}" for remark in report["remarks"]]
        parts.append("")
    parts += [_METHOD, _machine(reports), _NOT_MEASURED]
    return "\n".join(parts).rstrip() + "\n"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _machine(reports: Sequence[dict[str, Any]]) -> str:
    rows = dict(reports[0]["machine"])
    for report in reports:
        rows |= report["versions"]
        if report["machine"] != reports[0]["machine"]:
            rows[f"{report['part']} measured on"] = json.dumps(report["machine"])
    lines = [f"- {name}: {value}" for name, value in rows.items() if value]
    return "## Machine and versions\n\n" + "\n".join(lines) + "\n"


# ------------------------------------------------------------------------------ the chart


def bars(reports: Sequence[dict[str, Any]]) -> list[Bar]:
    return [
        Bar(claim["what"], claim["value"], claim["wanted"], claim["estimated"])
        for report in reports
        for claim in report["claims"]
        if claim["unit"] == "× faster"
    ]


_ROW, _LEFT, _WIDTH, _RIGHT = 30, 660, 420, 150
_TOP = 46


def svg(found: Sequence[Bar]) -> str:
    """Bars on a scale of powers of ten. Told apart without colours: hatched is estimated, a mark is what was wanted."""
    top = max([bar.value for bar in found] + [bar.wanted or 1 for bar in found] + [10])
    low = min([0.0, *(math.log10(bar.value) for bar in found)])
    low, high = math.floor(low), math.ceil(math.log10(top))
    height = _TOP + _ROW * len(found) + 34
    width = _LEFT + _WIDTH + _RIGHT

    def x(value: float) -> float:
        return _LEFT + _WIDTH * (math.log10(value) - low) / (high - low)

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        'font-family="sans-serif" font-size="13">',
        "<title>How many times faster Clausebook was</title>",
        '<defs><pattern id="estimated" width="6" height="6" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect width="6" height="6" fill="#fff"/>'
        '<rect width="3" height="6" fill="#444"/></pattern></defs>',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<text x="{_LEFT}" y="18" font-weight="bold">Times faster than the other tool</text>',
    ]
    for power in range(low, high + 1):
        at = x(10.0**power)
        dark = "#000" if power == 0 else "#bbb"
        out.append(
            f'<line x1="{at:.1f}" y1="{_TOP - 8}" x2="{at:.1f}" y2="{height - 30}" stroke="{dark}"/>'
            f'<text x="{at:.1f}" y="{_TOP - 12}" text-anchor="middle">{figure(10.0**power)}</text>'
        )
    for place, bar in enumerate(found):
        y = _TOP + _ROW * place
        start, end = sorted((x(1), x(bar.value)))
        fill = "url(#estimated)" if bar.estimated else "#444"
        name = html.escape(bar.name)
        out.append(f'<text x="{_LEFT - 10}" y="{y + 15}" text-anchor="end">{name}</text>')
        out.append(
            f'<rect x="{start:.1f}" y="{y + 3}" width="{max(end - start, 1):.1f}" height="16" '
            f'fill="{fill}" stroke="#000"/>'
        )
        said = f"{figure(bar.value)} ×"
        right = max(end, x(1))
        if bar.wanted:
            mark = x(bar.wanted)
            out.append(
                f'<line x1="{mark:.1f}" y1="{y - 1}" x2="{mark:.1f}" y2="{y + 23}" '
                'stroke="#000" stroke-width="3"/>'
                f'<line x1="{mark:.1f}" y1="{y - 1}" x2="{mark:.1f}" y2="{y + 23}" '
                'stroke="#fff" stroke-width="1"/>'
            )
            right = max(right, mark)
            said += f" (wanted {figure(bar.wanted)})"
        out.append(f'<text x="{right + 8:.1f}" y="{y + 15}">{said}</text>')
    out.append(
        f'<text x="{_LEFT}" y="{height - 10}">Double line: what was wanted. Hatched: estimated. '
        "Each step is ten times.</text></svg>"
    )
    return "\n".join(out) + "\n"


if __name__ == "__main__":
    raise SystemExit(main())
