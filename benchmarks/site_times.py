"""Sites: Clausebook beside the loops that users run today, from nothing and after edits.

The peers build the same generated handbook: see `peers.py`. A figure that nobody ran is called estimated.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import tools_beside
from aside import set_aside
from clausebook.cores import cores
from library import Clause, policies
from measure import Case, Sample, in_turn
from organisations import GROUP, school_name
from portions import FOUR, HELD, PORTION, needed
from report import Report
from settings import CACHE, Settings, python

PEERS = Path(__file__).parent / "peers.py"
# More processes than the machine has processors only get in each other's way.
MOST = min(FOUR, cores())
JOBS = tuple(dict.fromkeys((1, MOST)))
MANY = 1000
# A number kept for drama, and none that a generated school has.
_PHONE = re.compile(r'phone: "01632 960\d+"')
_DAY = re.compile(r"as_of: \d{4}-\d\d-\d\d")


def measure(settings: Settings, folder: Path) -> Report:
    report = Report(
        part="sites",
        about="the staff edition of every school, without PDFs",
        small=settings.small,
    )
    peers = _peers(settings, report)
    as_on_four = needed()
    if MOST < FOUR:
        said = f"Figures that were wanted are for four processors; here there are {MOST}"
        how = f": what is “{HELD}” is as on four that are slower" if as_on_four else ""
        report.remarks.append(f"{said}{how}.")
    few = settings.schools[0]
    for schools in settings.schools:
        all_loops = schools == few or settings.full
        root = settings.handbook(folder, schools, settings.policies)
        beside = folder / f"beside-{schools}"
        if peers:
            python(PEERS, "write", root, beside, *(() if all_loops else ("hugo",)))
        as_made = {path: path.read_bytes() for path in edited_files(root)}
        cases = [*_ours(settings, root, schools)]
        if all_loops:
            cases += _loops(peers, beside, schools, once=schools > few)
        elif peers:
            # Nobody waits for the loop over all schools: a part of it is run in the same rounds.
            cases += [
                case
                for case in _loops(peers, folder / f"beside-{few}", few, once=False)
                if not case.name.startswith("Hugo")
            ]
            cases += [
                case
                for case in _loops(peers, beside, schools, once=False)
                if case.name.startswith("Hugo")
            ]
        if as_on_four:
            cases += [*_held(cases, _from_nothing(settings, root, schools, FOUR))]
        found = in_turn(cases, settings.runs, settings.said, settings.memory_at_hand)
        if schools != few and not settings.full:
            found = {
                _of(name, schools, few): sample.times(schools // few)
                if _is_estimated(name, few)
                else sample
                for name, sample in found.items()
            }
        report.samples |= found
        _same_words(report, root, schools, cases, as_made)
        _claims(report, schools, few, last=schools == settings.schools[-1])
    _wider(settings, report, folder)
    if settings.schools[-1] >= 100:
        _thousand(settings, report, folder)
    return report


# ------------------------------------------------------------------------------ cases


def _name(tool: str, how: str, schools: int) -> str:
    return f"{tool}, {how}, {schools} schools"


def _processes(count: int) -> str:
    return "1 process" if count == 1 else f"{count} processes"


def _of(name: str, schools: int, few: int) -> str:
    return re.sub(rf", {few} schools$", f", {schools} schools", name)


def _is_estimated(name: str, few: int) -> bool:
    return name.startswith("MkDocs") and name.endswith(f", {few} schools")


def _is_ours(case: Case) -> bool:
    return case.name.startswith("Clausebook")


def _ours(settings: Settings, root: Path, schools: int) -> list[Case]:
    """From nothing with few and many processes, then edits: each case leaves a warm cache behind."""
    cold = [_from_nothing(settings, root, schools, jobs) for jobs in JOBS]

    def case(how: str, prepare: Callable[[int], None]) -> Case:
        return replace(cold[-1], name=_name("Clausebook", how, schools), prepare=prepare)

    section, school, setting = edited_files(root)
    return [
        *cold,
        case("nothing changed", lambda run: None),
        case("one clause edited", put_before(section, shared_clause().text)),
        case(
            "one school edited",
            lambda run: _replaced(school, _PHONE, f'phone: "01632 960{500 + run}"'),
        ),
        case(
            "another day",
            lambda run: _replaced(setting, _DAY, f"as_of: 2026-12-{run + 1:02}"),
        ),
    ]


def _from_nothing(settings: Settings, root: Path, schools: int, jobs: int) -> Case:
    out = root / "out"

    def fresh(run: int) -> None:
        set_aside(out)
        set_aside(root / CACHE)

    return Case(
        name=_name("Clausebook", _processes(jobs), schools),
        command=[
            *(*settings.clausebook, "build", "--root", str(root), "--edition", "staff"),
            *("--no-pdf", "--jobs", str(jobs), "--out", str(out)),
        ],
        prepare=fresh,
        out=out,
    )


def _held(loops: Sequence[Case], ours: Case) -> Iterator[Case]:
    """A build from nothing and the loops of MkDocs beside it, with a portion of a processor each."""
    for case in (ours, *loops):
        name, _, schools = case.name.rpartition(", ")
        if case is ours or (case.name.startswith("MkDocs") and schools.endswith("schools")):
            name = f"{name}, {HELD}, {schools}"
            yield replace(case, name=name, portion=PORTION, once=case is not ours)


def shared_clause() -> Clause:
    """One that no school has replaced, so that an edit of it changes all of them."""
    (policy,) = policies(1)
    return next(clause for clause in policy.clauses if not clause.may_change)


def edited_files(root: Path) -> tuple[Path, Path, Path]:
    """The files that the cases edit: a section of a policy, a school and the settings."""
    (policy,) = policies(1)
    section = root / "policies" / policy.id / f"{shared_clause().section}.md"
    return section, root / "schools" / GROUP / f"{school_name(0)[0]}.yml", root / "mkdocs.yml"


def _same_words(
    report: Report, root: Path, schools: int, cases: Sequence[Case], as_made: Mapping[Path, bytes]
) -> None:
    """Stop when anybody's pages lack words of a clause; the others built the text before its edits."""
    said = [python(PEERS, "check", root, root / "out" / "staff")]
    for path, data in as_made.items():
        path.write_bytes(data)
    mine = f", {schools} schools"
    others = [case for case in cases if not _is_ours(case) and case.name.endswith(mine)]
    loops = {case.out for case in others if case.out and case.out.is_dir()}
    if loops:
        said.append(python(PEERS, "check", root, *loops))
    report.remarks.append(f"Of {schools} schools: {', '.join(said)}.")


def put_before(path: Path, before: str) -> Callable[[int], None]:
    """An edit that puts a sentence, new in each run, in front of a text of the file."""
    start, found, end = path.read_text(encoding="utf-8").partition(before)
    if not found:
        raise ValueError(f"{path} does not hold {before!r}")

    def edit(run: int) -> None:
        text = f"{start}This is edit {run + 1}. {found}{end}"
        path.write_text(text, encoding="utf-8", newline="\n")

    return edit


def _replaced(path: Path, pattern: re.Pattern[str], new: str) -> None:
    text, count = pattern.subn(new, path.read_text(encoding="utf-8"), count=1)
    if not count:
        raise ValueError(f"{path} does not hold {pattern.pattern}")
    path.write_text(text, encoding="utf-8", newline="\n")


def _peers(settings: Settings, report: Report) -> dict[str, str]:
    """The programs to measure beside, by name; a remark for each that cannot be had."""
    found: dict[str, str] = {}
    if not settings.peers:
        report.remarks.append("No other tools were measured: --no-peers.")
        return found
    wanted: dict[str, Callable[[], str]] = {
        "MkDocs": lambda: str(tools_beside.environment("sites") / "mkdocs"),
        "Hugo": tools_beside.hugo,
    }
    for name, where in wanted.items():
        try:
            found[name] = where()
        except tools_beside.NotHere as reason:
            report.remarks.append(f"{name} was not measured: {reason}.")
            continue
        argument = "version" if name == "Hugo" else "--version"
        report.versions[name] = tools_beside.version(found[name], argument).partition(" from ")[0]
    return found


def _loops(peers: dict[str, str], beside: Path, schools: int, *, once: bool) -> list[Case]:
    """A build for each school, one after another and four at a time."""
    cases = []
    for tree, how in (("everything", "the same pages"), ("policies", "policies only")):
        if "MkDocs" not in peers:
            break
        work, out = beside / tree, beside / tree / "site"
        quiet = {"NO_MKDOCS_2_WARNING": "1"}
        build = f"'{peers['MkDocs']}' build --quiet --config-file"
        loops = [(f"ls mkdocs-*.yml | xargs -P {n} -n 1 {build}", n) for n in (1, 4)]
        cases += [
            Case(
                name=_name("MkDocs", how + (", four at a time" if n > 1 else ""), schools),
                command=("sh", "-c", loop),
                prepare=_without(out),
                out=out,
                cwd=work,
                environment=quiet,
                once=once,
            )
            for loop, n in loops
        ]
        one = school_name(0)[0]
        cases.append(
            Case(
                name=f"MkDocs, {how}, one school of {schools}",
                command=(peers["MkDocs"], "build", "--quiet", "--config-file", f"mkdocs-{one}.yml"),
                prepare=_without(out / one),
                out=out / one,
                cwd=work,
                environment=quiet,
            )
        )
    if "Hugo" in peers:
        out = beside / "hugo-sites"
        build = f"'{peers['Hugo']}' --quiet --source {{}} --destination '{out}'/{{}}"
        cases += [
            Case(
                name=_name(
                    "Hugo", "the same pages" + (", four at a time" if n > 1 else ""), schools
                ),
                command=("sh", "-c", f"ls | xargs -P {n} -I {{}} {build}"),
                prepare=_without(out),
                out=out,
                cwd=beside / "hugo",
            )
            for n in (1, 4)
        ]
    return cases


def _without(folder: Path) -> Callable[[int], None]:
    return lambda run: set_aside(folder)


# ------------------------------------------------------------------------------ claims


def _claims(report: Report, schools: int, few: int, *, last: bool) -> None:
    many = schools >= 100

    def ours(how: str) -> str:
        return _name("Clausebook", how, schools)

    def wanted(figure: float) -> float | None:
        return None if report.small else figure

    cold, alone = ours(_processes(MOST)), ours("1 process")
    trust = f"{schools} schools"
    on_four = ours(f"{_processes(FOUR)}, {HELD}")
    judged = on_four if on_four in report.samples else cold
    for how in ("the same pages", "policies only"):
        for mine, held in ((cold, ""), (on_four, f", {HELD}")):
            loop = _name("MkDocs", f"{how}{held}", schools)
            at_once = _name("MkDocs", f"{how}, four at a time{held}", schools)
            said = f"{trust}, {_processes(FOUR if held else MOST)}{held}: MkDocs, {how}"
            at_least, beside_four = (50, 18) if many else (12, 4)
            report.faster(said, mine, loop, wanted(at_least) if mine == judged else None)
            said = f"{said}, four at a time"
            report.faster(said, mine, at_once, wanted(beside_four) if mine == judged else None)
        loop = _name("MkDocs", how, schools)
        report.faster(
            f"{trust}, one process: MkDocs, {how}", alone, loop, wanted(15 if many else 7)
        )
    hugo = _name("Hugo", "the same pages", schools)
    report.faster(f"{trust}, {_processes(MOST)}: Hugo", cold, hugo, wanted(2 if many else 1))
    report.faster(
        f"{trust}, {_processes(MOST)}: Hugo, four at a time",
        cold,
        _name("Hugo", "the same pages, four at a time", schools),
    )
    if not last:
        return
    report.part_of(
        f"{trust}, nothing changed, of a build from nothing",
        ours("nothing changed"),
        cold,
        wanted(1 / 50),
    )
    edited = ours("one clause edited")
    report.part_of(
        f"{trust}, one clause edited, of a build from nothing", edited, cold, wanted(1 / 2.5)
    )
    for how in ("the same pages", "policies only"):
        loop = _name("MkDocs", how, schools)
        report.faster(f"{trust}, one clause edited: MkDocs, {how}", edited, loop, wanted(100))
    for how in ("the same pages", "policies only"):
        one = f"MkDocs, {how}, one school of {schools}"
        one = one if one in report.samples else f"MkDocs, {how}, one school of {few}"
        report.part_of(
            f"{trust}, one school edited, of one school by MkDocs, {how}",
            ours("one school edited"),
            one,
            wanted(0.5),
        )
    report.part_of(f"{trust}, another day, of a build from nothing", ours("another day"), cold)


def _wider(settings: Settings, report: Report, folder: Path) -> None:
    """What a page costs in a small handbook and in a wide one, in one process."""
    schools = 2 if settings.small else 4
    policy_count = settings.policies
    wide = policy_count * (2 if settings.small else 10)
    names = {}
    cases = []
    for count in (policy_count, wide):
        root = settings.handbook(folder, schools, count)
        case = _ours(settings, root, schools)[0]
        names[count] = f"Clausebook, 1 process, {schools} schools of {count} policies"
        cases.append(
            Case(name=names[count], command=case.command, prepare=case.prepare, out=case.out)
        )
    found = in_turn(cases, settings.runs, settings.said, settings.memory_at_hand)
    report.samples |= found

    def a_page(sample: Sample) -> float:
        return sample.wall / max(sample.pages, 1)

    report.at_most(
        f"A page at {wide} policies, of one at {policy_count}",
        a_page(found[names[wide]]) / a_page(found[names[policy_count]]),
        "×",
        None if settings.small else 1.7,
    )


def _thousand(settings: Settings, report: Report, folder: Path) -> None:
    """Once: ten gigabytes are written."""
    root = settings.handbook(folder, MANY, settings.policies)
    found = in_turn(_ours(settings, root, MANY)[len(JOBS) - 1 :], 1, settings.said)
    report.samples |= found
    cold = _name("Clausebook", _processes(MOST), MANY)
    report.at_most(
        f"{MANY} schools, memory of the first process", found[cold].parent_mib, "MiB", 256
    )
