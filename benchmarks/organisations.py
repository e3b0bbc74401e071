"""Policies and a number of schools go in; the group's file and one file per school come out."""

from collections.abc import Sequence

from chance import Dice
from changes import School, changes_of_school, group_locks
from library import Policy
from sentences import FIRST_NAMES, LAST_NAMES, NAME_ENDS, NAME_KINDS, NAME_STARTS
from yaml_text import Value

GROUP = "example-vale"

_GROUP_ROLES = {
    "dpo": "Data Protection Officer",
    "hr": "People Manager",
    "it_lead": "Computing Lead",
}
_SCHOOL_ROLES = {
    "head": "Headteacher",
    "dsl": "Designated Safeguarding Lead",
    "senco": "Special Needs Co-ordinator",
    "office": "Office Manager",
    "site_manager": "Site Manager",
}


def group_file(policies: Sequence[Policy]) -> dict[str, Value]:
    """What the group says for all its schools."""
    dice = Dice("group")
    return {
        "name": "Example Vale Trust",
        "kind": "trust",
        "demonstration": True,
        "publishes": False,
        "editions": ["staff", "governors"],
        "terms": {
            "learner": "pupil",
            "staff": "staff",
            "family": "parents",
            "organisation": "the school",
            "governing": "the local board",
        },
        "roles": {
            role: _contact(title, role, GROUP, 900, dice) for role, title in _GROUP_ROLES.items()
        },
        "policies": {policy.id: _group_policy(policy, dice) for policy in policies},
    }


def _group_policy(policy: Policy, dice: Dice) -> dict[str, Value]:
    locked = group_locks(policy)
    approved_year, month, cycle = dice.between(2025, 2026), dice.between(1, 10), dice.pick((24, 36))
    approved = f"{approved_year}-{month:02}"
    due = f"{approved_year + cycle // 12}-{month:02}"
    facts: dict[str, Value] = {
        "title": policy.title,
        "kind": "policy",
        "audience": "all staff",
        "version": "1.0",
        "state": "approved elsewhere",
        "packs": ["detail"],
        "adopt": [policy.adopted.id],
        "values": {kind.id: kind.answers[0] for kind in policy.parameters if not kind.local},
        "approvals": [
            {
                "date": approved,
                "by": "Trust Board",
                "minute": f"{dice.between(3, 9)}.{dice.between(1, 5)}",
            }
        ],
        "review": {"last": approved, "next": due, "every_months": cycle},
    }
    return facts | ({"lock": locked} if locked else {})


def school_file(place: int, count: int, policies: Sequence[Policy]) -> dict[str, Value]:
    """What the school at this place among `count` schools says."""
    identifier, name = school_name(place)
    dice = Dice(f"school {identifier}")
    facts: dict[str, Value] = {
        "name": name,
        "kind": "school",
        "demonstration": True,
        "editions": ["staff", "governors"],
        "address": f"https://handbook.example.org/{identifier}/",
    }
    if place % 3 == 1:
        facts["terms"] = {"learner": "student"}
    facts["roles"] = {
        role: _contact(title, role, identifier, place, dice)
        for role, title in _SCHOOL_ROLES.items()
    }
    facts["policies"] = changes_of_school(
        School(place=place, count=count, library=policies, dice=dice)
    )
    return facts


def school_name(place: int) -> tuple[str, str]:
    """The id and the name of the school at this place."""
    rest, start = divmod(place, len(NAME_STARTS))
    rest, end = divmod(rest, len(NAME_ENDS))
    rest, kind = divmod(rest, len(NAME_KINDS))
    # Neighbouring schools differ in both halves of their names.
    own = NAME_STARTS[start] + NAME_ENDS[(start + end) % len(NAME_ENDS)]
    name = f"{own} {NAME_KINDS[(start + kind) % len(NAME_KINDS)]}" + (
        f" {rest + 1}" if rest else ""
    )
    return name.lower().replace(" school", "").replace(" ", "-"), name


def _contact(title: str, role: str, identifier: str, place: int, dice: Dice) -> dict[str, Value]:
    return {
        "title": title,
        "name": f"{dice.pick(FIRST_NAMES)} {dice.pick(LAST_NAMES)}",
        "phone": f"01632 960{place % 1000:03}",
        "email": f"{role.replace('_', '-')}@{identifier}.example.org",
        "checked": f"2026-{dice.between(8, 10):02}",
        "publish": "role",
    }
