"""clausebook keep: keep the library text of every clause an organisation replaced."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from clausebook.build import open_repository
from clausebook.commands.answer import PROBLEMS, Answer, Unusable
from clausebook.model import kept_text
from clausebook.report import problem_text
from clausebook.resolve import Resolver


def arguments(parser: ArgumentParser) -> None:
    del parser  # nothing to choose


def run(args: Namespace) -> Answer:
    repository, problems = open_repository(args.root)
    if repository is None:
        raise Unusable("\n".join(problem_text(p) for p in problems), PROBLEMS)
    resolver = Resolver(repository)
    written: list[str] = []
    missing: list[str] = []
    for id in repository.organisations:
        for policy_id, state in resolver.states(id).items():
            policy = repository.library.policies[policy_id]
            for entry in state.clauses.values():
                was, of = entry.replaced, entry.of
                if was is None or of is None:
                    continue
                if of in policy.kept:
                    continue
                name = f"policies/{policy.id}/kept/{of}.md"
                if of != was.fingerprint:
                    missing.append(f"{entry.clause.places['of']}: the text '{of}' is nowhere here")
                    continue
                path = args.root / name
                path.parent.mkdir(exist_ok=True)
                path.write_text(kept_text(was), encoding="utf-8", newline="\n")
                written.append(name)
    lines = [f"kept {name}" for name in dict.fromkeys(written)] or ["nothing new to keep"]
    text = "\n".join([*lines, *dict.fromkeys(missing)]) + "\n"
    return Answer(text, PROBLEMS if missing else 0)
