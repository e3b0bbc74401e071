"""An edition holds what its readers may see, and no organisation's words reach another's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from clausebook.commands.schema import all_schemas
from clausebook.handbook_file import handbook_json
from clausebook.model import Handbook, Repository
from tests.origins import runs

ROOT = Path(__file__).parents[1]
Handbooks = Mapping[tuple[str, str], Handbook]


def test_people_appear_only_where_their_role_says_so(handbooks: Handbooks) -> None:
    hidden = 0
    for (_, edition), handbook in handbooks.items():
        printed = handbook_json(handbook)
        answers = " ".join(
            item.words
            for policy in handbook.policies.values()
            for value in policy.values.values()
            for item in value.items
        )
        for role in handbook.roles.values():
            details = {"name": role.name, "phone": role.phone, "email": role.email}
            if edition == "staff" or role.publish == "contact":
                continue
            for kind, text in details.items():
                if text and text not in answers and not (kind == "name" and role.publish == "name"):
                    assert text not in printed, f"{handbook.organisation.id}, {edition}: {text}"
                    hidden += 1
    assert hidden


def test_no_organisations_own_words_reach_anothers_handbook(
    shipped: Repository, handbooks: Handbooks
) -> None:
    for (id, _), handbook in handbooks.items():
        tiers = {tier.id for tier in handbook.tiers}
        printed = handbook_json(handbook)
        for other in shipped.organisations.values():
            if other.id in tiers or id in {tier.id for tier in shipped.tiers(other.id)}:
                continue
            private = {other.name}
            private |= {text for role in other.roles for text in (role.name, role.email) if text}
            for held in other.policies.values():
                private |= {addition.clause.text.source for addition in held.add}
                private |= {replacement.text.source for replacement in held.replace}
            for text in private:
                assert text not in printed, f"{id} publishes {other.id}'s: {text[:60]}"


def test_a_clause_has_one_number_in_every_edition(handbooks: Handbooks) -> None:
    numbers: dict[tuple[str, str, str], set[str]] = {}
    for (id, _), handbook in handbooks.items():
        for policy in handbook.policies.values():
            for clause in policy.clauses:
                numbers.setdefault((id, policy.id, clause.id), set()).add(clause.number)
    assert all(len(found) == 1 for found in numbers.values())


def test_a_restricted_clause_leaves_its_number_unused(handbooks: Handbooks) -> None:
    gaps = 0
    for (id, edition), handbook in handbooks.items():
        for policy in handbook.policies.values():
            for clause in policy.clauses:
                assert edition in clause.clause.editions, f"{id}: {clause.id}"
            if edition == "public":
                whole = {c.number for c in handbooks[id, "staff"].policies[policy.id].clauses}
                gaps += len(whole - {c.number for c in policy.clauses})
    assert gaps, "some shipped clause is not for the public"


def test_every_link_within_a_handbook_leads_somewhere(handbooks: Handbooks) -> None:
    """To a clause or a policy of the same edition: elsewhere, words stand without a link."""
    seen = 0
    for (id, edition), handbook in handbooks.items():
        for policy in handbook.policies.values():
            clauses = {f"#{clause.id}" for clause in policy.clauses}
            pages = {f"{other}.md" for other in handbook.policies}
            links = {run.text for run in runs(policy) if run.slot == "link-target"}
            inside = {link for link in links if not link.startswith("https://")}
            assert inside <= clauses | pages, f"{id}, {edition}, {policy.id}"
            seen += len(inside)
    assert seen > 50


def test_only_policies_named_for_the_public_are_public(handbooks: Handbooks) -> None:
    public = {id: set(h.policies) for (id, edition), h in handbooks.items() if edition == "public"}
    assert public
    for id, policies in public.items():
        assert policies < set(handbooks[id, "staff"].policies)


@pytest.mark.parametrize("key", ["runs", "origin", "open_questions", "chosen_at"])
def test_origins_are_for_governors(key: str, handbooks: Handbooks) -> None:
    for (_, edition), handbook in handbooks.items():
        assert (f'"{key}"' in handbook_json(handbook)) == (edition == "governors")


def test_every_handbook_obeys_its_published_schema(handbooks: Handbooks) -> None:
    schema = json.loads((ROOT / "schemas" / "handbook.json").read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    for handbook in handbooks.values():
        validator.validate(json.loads(handbook_json(handbook)))


def test_the_published_schemas_are_those_of_the_code() -> None:
    """`make schemas` writes them again."""
    made = all_schemas()
    kept = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "schemas").glob("*")}
    assert kept == made


def shipped_files() -> list[tuple[Path, str]]:
    """Every shipped YAML file with the schema its first line names."""
    found: list[tuple[Path, str]] = []
    for part in ("policies", "schools"):
        for path in sorted((ROOT / part).rglob("*.yml")):
            first = path.read_text(encoding="utf-8").split("\n")[0]
            assert first.startswith("# yaml-language-server: $schema="), path
            found.append((path, first.partition("=")[2]))
    return found


@pytest.mark.parametrize(("path", "schema"), shipped_files(), ids=lambda v: str(v)[-40:])
def test_every_shipped_file_obeys_its_schema_in_an_editor(path: Path, schema: str) -> None:
    """Editors read YAML with numbers and flags: 13 is a number there, and 2022-10 a text."""
    target = (path.parent / schema).resolve()
    assert target.parent == ROOT / "schemas", "the path in the first line is right"
    loaded: Any = yaml.load(path.read_text(encoding="utf-8"), Loader=_EditorLoader)
    rules = json.loads(target.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(rules).validate(loaded)


class _EditorLoader(yaml.SafeLoader):
    """YAML 1.2 as editors read it: days are texts."""


_EditorLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in rules if tag != "tag:yaml.org,2002:timestamp"]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
