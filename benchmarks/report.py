"""Samples and claims in; the table on the screen and the JSON file out."""

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from measure import Sample

FOLDER = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A figure to judge by: usually how many times faster, or what part of something else.

    `wanted` is the least it should be, or the most when `at_most`; None where nothing was promised.
    """

    what: str
    value: float
    unit: str = "×"
    wanted: float | None = None
    at_most: bool = False
    estimated: bool = False

    @property
    def met(self) -> bool | None:
        if self.wanted is None:
            return None
        return self.value <= self.wanted if self.at_most else self.value >= self.wanted


@dataclass(slots=True)
class Report:
    """What one part of the benchmark found."""

    part: str
    about: str
    small: bool = False
    samples: dict[str, Sample] = field(default_factory=dict)
    claims: list[Claim] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)

    def faster(self, what: str, ours: str, other: str, wanted: float | None = None) -> None:
        """How many times faster one case is than another, if both were measured."""
        if ours not in self.samples or other not in self.samples:
            return
        mine, theirs = self.samples[ours], self.samples[other]
        self.claims.append(
            Claim(
                what=what,
                value=theirs.wall / mine.wall,
                unit="× faster",
                wanted=wanted,
                estimated=theirs.estimated > 1,
            )
        )

    def part_of(self, what: str, one: str, whole: str, wanted: float | None = None) -> None:
        """What part of another case's time one takes."""
        if one in self.samples and whole in self.samples:
            value = self.samples[one].wall / self.samples[whole].wall
            self.claims.append(
                Claim(what=what, value=value, unit="of it", wanted=wanted, at_most=True)
            )

    def at_most(self, what: str, value: float, unit: str, wanted: float | None) -> None:
        self.claims.append(Claim(what=what, value=value, unit=unit, wanted=wanted, at_most=True))

    def save(self, folder: Path) -> Path:
        path = folder / f"{self.part}{'-small' if self.small else ''}.json"
        folder.mkdir(parents=True, exist_ok=True)
        facts = {
            "part": self.part,
            "about": self.about,
            "small": self.small,
            "machine": machine(),
            "versions": self.versions,
            "remarks": self.remarks,
            "claims": [asdict(claim) | {"met": claim.met} for claim in self.claims],
            "samples": {name: asdict(sample) for name, sample in self.samples.items()},
        }
        text = json.dumps(facts, indent=2, ensure_ascii=False)
        path.write_text(text + "\n", encoding="utf-8", newline="\n")
        return path

    def table(self) -> str:
        """Ratios first: seconds are those of one machine on one day."""
        return "\n\n".join(
            part
            for part in (
                f"{self.part}: {self.about}",
                _columns([_CLAIM, *(claim_row(asdict(c) | {"met": c.met}) for c in self.claims)])
                if self.claims
                else "",
                _columns(
                    [_SAMPLE, *(sample_row(name, asdict(s)) for name, s in self.samples.items())]
                ),
                "\n".join(self.remarks),
            )
            if part
        )


_CLAIM = ("claim", "measured", "wanted", "met")
_SAMPLE = ("case", "wall s", "CPU s", "peak MiB", "MB", "files", "changed", "runs")
SAMPLE_COLUMNS = _SAMPLE
CLAIM_COLUMNS = _CLAIM


def claim_row(claim: dict[str, object]) -> tuple[str, ...]:
    unit = str(claim["unit"])
    value, wanted = claim["value"], claim["wanted"]
    assert isinstance(value, int | float)
    measured = f"{figure(value)} {unit}" + (" (estimated)" if claim["estimated"] else "")
    if not isinstance(wanted, int | float):
        return str(claim["what"]), measured, "", ""
    limit = f"{'at most' if claim['at_most'] else 'at least'} {figure(wanted)}"
    return str(claim["what"]), measured, limit, "yes" if claim["met"] else "NO"


def sample_row(name: str, sample: dict[str, object]) -> tuple[str, ...]:
    def number(key: str) -> float:
        value = sample[key]
        assert isinstance(value, int | float)
        return value

    estimated = int(number("estimated"))
    return (
        name + (f" (estimated: {estimated} × what was run)" if estimated > 1 else ""),
        f"{number('wall'):.2f}",
        f"{number('user') + number('system'):.2f}",
        f"{number('peak_mib'):.0f}",
        f"{number('bytes') / 1e6:.1f}" if number("bytes") else "",
        f"{int(number('files'))}" if number("files") else "",
        f"{int(number('changed'))}" if number("files") else "",
        f"{int(number('runs'))}",
    )


def figure(value: float) -> str:
    """Three figures that matter."""
    if value == int(value) and value < 10_000:
        return str(int(value))
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def _columns(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def machine() -> dict[str, str]:
    """What the figures were measured on."""
    return {
        "processor": _processor(),
        "processors": str(os.cpu_count()),
        "memory": _memory(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
        "clausebook": _commit(),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if "model name" in line), "")


def _memory() -> str:
    try:
        return f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.0f} GiB"
    except (OSError, ValueError, AttributeError):
        return ""


def _commit() -> str:
    try:
        done = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"],
            cwd=Path(__file__).parent,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
    except OSError:
        return ""
    return done.stdout.strip()
