"""Write the handbook repository of a trust, as large as asked, for the benchmarks.

In:  a folder that does not exist yet (or is empty), and how many schools and policies.
Out: the folder holds a complete root (mkdocs.yml, policies/, schools/), and the counts are printed.

    python benchmarks/generate.py OUT --schools 100 --policies 60

The same arguments give the same bytes on any platform and on any day.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from clausebook.cli import main as clausebook
from library import Policy, policies
from organisations import GROUP, group_file, school_file, school_name
from registers import registers
from yaml_text import Value, yaml_text

MKDOCS = "site_name: Benchmark handbooks\nextra:\n  clausebook:\n    as_of: 2026-11-20\n"


def main(argv: Sequence[str] | None = None) -> int:
    options = _options(argv)
    root: Path = options.out
    if root.exists() and any(root.iterdir()):
        print(f"{root} is not empty: name a new folder, or delete this one first", file=sys.stderr)
        return 2
    library = write_root(root, schools=options.schools, policy_count=options.policies)
    print(counts(library, options.schools))
    return 0


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Write a handbook repository for the benchmarks.")
    parser.add_argument("out", type=Path, help="a new folder")
    parser.add_argument("--schools", type=_at_least_one, default=100)
    parser.add_argument("--policies", type=_at_least_one, default=60)
    return parser.parse_args(argv)


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def write_root(root: Path, *, schools: int, policy_count: int) -> tuple[Policy, ...]:
    """Write everything below the root, and return the library that was written."""
    library = policies(policy_count)
    _write(root / "mkdocs.yml", MKDOCS)
    for name, register in registers({policy.id: policy.title for policy in library}).items():
        _write(root / "policies" / "registers" / f"{name}.yml", yaml_text(register))
    for policy in library:
        _write_policy(root / "policies" / policy.id, policy)
    group = root / "schools" / GROUP
    _write(group / "group.yml", yaml_text(group_file(library)))
    for place in range(schools):
        school = school_file(place, schools, library)
        _write(group / f"{school_name(place)[0]}.yml", yaml_text(school))
    clausebook(["keep", "--root", str(root)])
    return library


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def _write_policy(folder: Path, policy: Policy) -> None:
    _write(folder / "policy.yml", yaml_text(_policy_facts(policy)))
    for section in policy.sections:
        clauses = [
            f"## {clause.title}\n\n```clause\n{yaml_text(clause.facts)}```\n\n{clause.text}\n"
            for clause in policy.clauses
            if clause.section == section.id
        ]
        _write(folder / f"{section.id}.md", "\n".join(clauses))


def _policy_facts(policy: Policy) -> dict[str, Value]:
    sections: list[Mapping[str, Value]] = [
        {"id": section.id, "title": section.title}
        | ({"required": True} if section.id == "introduction" else {})
        for section in policy.sections
    ]
    return {
        "title": policy.title,
        "summary": policy.summary,
        "statutory": {"required": False, "says": "The board decides whether to have one."},
        "sections": sections,
        "packs": {
            "core": {"about": "What every organisation says.", "always": True},
            "detail": {"about": "More detail for larger organisations."},
        },
        "parameters": {
            kind.id: {"question": kind.question, **kind.facts} for kind in policy.parameters
        },
    }


def counts(library: Sequence[Policy], schools: int) -> str:
    """How large the library is, in one line."""
    clauses = [clause for policy in library for clause in policy.clauses]
    words = sum(policy.words for policy in library)
    share = sum(clause.uses_value for clause in clauses) / len(clauses)
    return (
        f"{schools} schools, {len(library)} policies, {len(clauses)} clauses, {words} words:"
        f" {words / len(library):.0f} words and {len(clauses) / len(library):.1f} clauses a policy,"
        f" {share:.0%} of clauses with values"
    )


if __name__ == "__main__":
    raise SystemExit(main())
