"""`clausebook check` as a user meets it: whole processes, from nothing and after small edits.

"From nothing" means without Clausebook's own cache; the files themselves may be in the system's memory.
"""

from pathlib import Path

from aside import set_aside
from library import policies
from measure import Case, in_turn
from organisations import GROUP, school_name
from report import Report
from settings import CACHE, Settings
from site_times import put_before

COLD = "Clausebook check, from nothing"


def measure(settings: Settings, folder: Path) -> Report:
    schools = settings.schools[-1]
    root = settings.handbook(folder, schools, settings.policies)
    school = root / "schools" / GROUP / f"{school_name(0)[0]}.yml"
    (policy,) = policies(1)
    clause = next(clause for clause in policy.clauses if not clause.may_change)
    section = root / "policies" / policy.id / f"{clause.section}.md"
    edited_school = put_before(school, "{{ term.staff | start }} {{ modal }}")
    prepare = {
        COLD: lambda run: set_aside(root / CACHE),
        "Clausebook check, nothing changed": lambda run: None,
        "Clausebook check, one school edited": edited_school,
        "Clausebook check, one clause edited": put_before(section, clause.text),
    }
    command = (*settings.clausebook, "check", "--root", str(root))
    report = Report(
        part="compile",
        about=f"clausebook check of {schools} schools and {settings.policies} policies",
        small=settings.small,
    )
    # Each case leaves a warm cache for the next.
    cases = [Case(name=name, command=command, prepare=each) for name, each in prepare.items()]
    report.samples = in_turn(cases, settings.runs, settings.said)
    for name in report.samples:
        if name != COLD:
            what = name.rpartition(", ")[2].capitalize()
            report.part_of(f"{what}, of a check from nothing", name, COLD)
    return report
