"""What a check remembers is what a check without memory finds, whatever was edited before."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from clausebook.build import Outcome, check
from clausebook.cache import Cache
from clausebook.check import check_dates, check_policy
from clausebook.held import Facts
from clausebook.model import Repository
from clausebook.resolve import Resolver
from clausebook.sites import Makers
from tests.conftest import DAY, ROOT
from tests.mutations.making import Mutation
from tests.mutations.verdict import Bench

STEPS = 40


@pytest.fixture(scope="module")
def mutations() -> list[Mutation]:
    return Bench(ROOT, DAY).mutations()


@pytest.fixture
def twins(tmp_path: Path) -> tuple[Path, Path]:
    """The shipped handbooks twice: one remembers, the other never does."""
    found = tmp_path / "remembers", tmp_path / "forgets"
    for root in found:
        for part in ("policies", "schools"):
            shutil.copytree(ROOT / part, root / part)
    return found


def found(root: Path, day: int = 0, strict: bool = False) -> tuple[Outcome, dict[str, Facts]]:
    """What a check finds, and what portals would say."""
    outcome = check(root, as_of=DAY + timedelta(day), strict=strict, jobs=1)
    if outcome.repository is None:
        return outcome, {}
    makers = Makers(root, outcome.repository, _no_resolver, outcome=outcome)  # type: ignore[arg-type]
    return outcome, makers._facts(None)


_no_resolver = None  # whatever portals say was found by the check already


def same(twins: tuple[Path, Path], day: int = 0, strict: bool = False) -> Outcome:
    remembers, forgets = twins
    shutil.rmtree(forgets / ".cache", ignore_errors=True)
    old, old_facts = found(remembers, day, strict)
    new, new_facts = found(forgets, day, strict)
    assert old == new
    assert [p.organisations for p in old.problems] == [p.organisations for p in new.problems]
    assert old_facts == new_facts
    again, _ = found(remembers, day, strict)
    assert again == new
    return old


def test_after_any_edit_it_finds_what_a_first_check_would(
    twins: tuple[Path, Path], mutations: list[Mutation]
) -> None:
    chance = random.Random(4)
    kinds = sorted({mutation.kind for mutation in mutations})
    texts: dict[str, str] = {}
    judged = 0
    for step in range(STEPS):
        kind = kinds[step % len(kinds)]
        mutation = chance.choice([m for m in mutations if m.kind == kind])
        if chance.random() < 0.7:  # most are undone before the next, some stay
            for name, text in texts.items():
                _write(twins, name, text)
            texts.clear()
        text = (twins[0] / mutation.file).read_text(encoding="utf-8")
        if mutation.file in texts:
            continue
        texts[mutation.file] = text
        _write(twins, mutation.file, mutation.edit.applied(text))
        outcome = same(twins, chance.choice((0, 0, 0, 400)), chance.random() < 0.1)
        judged += outcome.repository is not None
    assert judged > STEPS / 4


def _write(twins: tuple[Path, Path], name: str, text: str) -> None:
    for root in twins:
        (root / name).write_text(text, encoding="utf-8", newline="\n")


def edit(file: str, old: str, new: str) -> Callable[[Path], None]:
    def apply(root: Path) -> None:
        text = (root / file).read_text(encoding="utf-8")
        assert old in text
        (root / file).write_text(text.replace(old, new), encoding="utf-8", newline="\n")

    return apply


EDITS: dict[str, Callable[[Path], object]] = {
    "a policy's title": edit(
        "policies/pupil-images/policy.yml", "\ntitle: ", "\n# Moved.\ntitle: New "
    ),
    "a clause": edit("policies/social-media/policy.yml", "summary: ", "summary: In short, "),
    "a policy that nobody holds": lambda root: shutil.copytree(
        root / "policies/pupil-images", root / "policies/pictures"
    ),
    "a policy that is gone": lambda root: shutil.rmtree(root / "policies/pupil-images"),
    "an organisation that is gone": lambda root: (root / "schools/stockport.yml").unlink(),
    "an organisation with another name": lambda root: (root / "schools/rochdale.yml").rename(
        root / "schools/roch.yml"
    ),
    "a group's name": edit("schools/larkmere/group.yml", "Learning Trust\n", "Trust of Schools\n"),
    "a role of a group": edit("schools/larkmere/group.yml", "  dpo: {", "  data_lead: {"),
    "an owner": edit("schools/larkmere/group.yml", "owner: comms_lead", "owner: nobody"),
    "a picture": edit("schools/larkmere/larkmere.svg", "<svg", "<svg "),
    "a register": edit("policies/registers/terms.yml", "question: ", "question: Now, "),
}


@pytest.mark.parametrize("what", EDITS)
def test_after_an_edit_it_finds_what_a_first_check_would(
    what: str, twins: tuple[Path, Path]
) -> None:
    check(twins[0], as_of=DAY, jobs=1)
    for root in twins:
        EDITS[what](root)
    same(twins, 900 if "organisation" in what else 0)


def test_only_the_policy_that_changed_is_judged_again(
    twins: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    judged: list[tuple[str, str]] = []

    def watched(*given: object) -> object:
        policy, handbook = given[:2]
        judged.append((handbook.organisation.id, policy.id))  # type: ignore[attr-defined]
        return check_policy(*given)  # type: ignore[arg-type]

    root = twins[0]
    outcome = check(root, as_of=DAY, jobs=1)
    monkeypatch.setattr("clausebook.judge.check_policy", watched)
    edit("policies/social-media/policy.yml", "summary: ", "summary: In short, ")(root)
    check(root, as_of=DAY, jobs=1)
    assert sorted(judged) == sorted(
        (id, policy)
        for id, held in outcome.held.items()
        for policy in held
        if policy == "social-media"
    )
    judged.clear()
    edit("schools/stockport.yml", "name: ", "# Nothing new.\nname: ")(root)
    check(root, as_of=DAY, jobs=1)
    assert {id for id, _ in judged} == {"stockport"}
    judged.clear()
    later = check(root, as_of=DAY + timedelta(900), jobs=1)
    assert not judged
    assert {p.rule for p in later.problems} - {p.rule for p in outcome.problems}


def test_what_all_policies_come_to_is_worked_out_only_where_something_else_was_found(
    twins: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    dated: list[str] = []

    def watched(*given: object) -> object:
        dated.append(str(given[1]))
        return check_dates(*given)  # type: ignore[arg-type]

    root = twins[0]
    check(root, as_of=DAY, jobs=1)
    monkeypatch.setattr("clausebook.judge.check_dates", watched)
    edit("policies/social-media/policy.yml", "summary: ", "summary: In short, ")(root)
    check(root, as_of=DAY, jobs=1)
    assert not dated
    edit("schools/stockport.yml", "name: ", "# Nothing new.\nname: ")(root)
    check(root, as_of=DAY, jobs=1)
    assert set(dated) == {"stockport"}
    dated.clear()
    outcome = check(root, as_of=DAY + timedelta(1), jobs=1)
    assert set(dated) == {id for id, held in outcome.held.items() if held}


def test_nothing_is_kept_of_an_organisation_that_is_gone(twins: tuple[Path, Path]) -> None:
    root = twins[0]
    check(root, as_of=DAY, jobs=1)
    kept = Cache(root).folder / "check-stockport.bin"
    assert kept.exists()
    (root / "schools/stockport.yml").unlink()
    check(root, as_of=DAY, jobs=1)
    assert not kept.exists()


def test_dates_are_judged_by_the_day_that_is_asked_about(shipped: Repository) -> None:
    policy = Resolver(shipped).resolve("larkmere").policies[0]
    now, later, again = (
        [str(found) for found in check_dates(policy.dated, "larkmere", policy.id, day)]
        for day in (DAY, DAY + timedelta(9000), DAY)
    )
    assert now == again != later
