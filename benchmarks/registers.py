"""The titles of the policies go in; the five registers that all policies share come out."""

from collections.abc import Mapping

from yaml_text import Value

# id: title, path on legislation.gov.uk, year
LAW = {
    "dpa-2018": ("Data Protection Act 2018", "ukpga/2018/12", 2018),
    "eqa-2010": ("Equality Act 2010", "ukpga/2010/15", 2010),
    "hswa-1974": ("Health and Safety at Work etc. Act 1974", "ukpga/1974/37", 1974),
    "hra-1998": ("Human Rights Act 1998", "ukpga/1998/42", 1998),
    "foia-2000": ("Freedom of Information Act 2000", "ukpga/2000/36", 2000),
    "pida-1998": ("Public Interest Disclosure Act 1998", "ukpga/1998/23", 1998),
    "ca-1989": ("Children Act 1989", "ukpga/1989/41", 1989),
    "ea-2002": ("Education Act 2002", "ukpga/2002/32", 2002),
    "cfa-2014": ("Children and Families Act 2014", "ukpga/2014/6", 2014),
    "cdpa-1988": ("Copyright, Designs and Patents Act 1988", "ukpga/1988/48", 1988),
}

_PLATFORMS: dict[str, dict[str, Value]] = {
    "facebook": {"name": "Facebook"},
    "x": {"name": "X", "former": ["Twitter"]},
    "youtube": {"name": "YouTube"},
}

_ROLES = {
    "head": ("headteacher", "Leads the organisation from day to day."),
    "dsl": ("designated safeguarding lead", "Leads on the safety of children."),
    "senco": ("special needs co-ordinator", "Leads on additional needs."),
    "office": ("office manager", "Runs the main office."),
    "site_manager": ("site manager", "Looks after the buildings."),
    "dpo": ("data protection officer", "Advises on personal information."),
    "hr": ("people manager", "Advises on employment."),
    "it_lead": ("computing lead", "Looks after the network."),
}

_PHRASES: dict[str, Value] = {
    "ict": {
        "find": ["ICT"],
        "instead": "IT",
        "severity": "info",
        "message": "The subject has been called computing since 2014.",
        "confidence": "high",
    },
    "e-safety": {
        "find": ["e-safety", "esafety"],
        "instead": "online safety",
        "severity": "warning",
        "message": "Guidance now says online safety.",
        "confidence": "high",
    },
    "web-2": {
        "find": ["Web 2.0"],
        "instead": "social media",
        "severity": "warning",
        "message": "The words are a mid-2000s term.",
        "confidence": "high",
    },
}

_SOURCES: dict[str, Value] = {"s1": {"title": "Benchmark source"}}


def registers(policy_titles: Mapping[str, str]) -> dict[str, dict[str, Value]]:
    """The content of each register file, by the file's name without its ending."""
    return {
        "law": {"sources": _SOURCES, "law": {key: _law(*row) for key, row in LAW.items()}},
        "platforms": {
            "sources": _SOURCES,
            "platforms": {key: _platform(row) for key, row in _PLATFORMS.items()},
        },
        "terms": {
            "terms": _terms(),
            "roles": {
                key: {"title": title, "about": about} for key, (title, about) in _ROLES.items()
            },
        },
        "phrases": {"phrases": _PHRASES},
        "duties": {
            "sources": _SOURCES,
            "duties": {key: _duty(title) for key, title in policy_titles.items()},
        },
    }


def _law(title: str, path: str, year: int) -> dict[str, Value]:
    return {
        "title": title,
        "kind": "act",
        "status": "in force",
        "path": path,
        "year": year,
        "severity": "ok",
        "confidence": "high",
        "basis": "primary",
        "sources": ["s1"],
    }


def _platform(row: Mapping[str, Value]) -> dict[str, Value]:
    return {**row, "status": "open", "severity": "ok", "confidence": "high", "sources": ["s1"]}


def _duty(title: str) -> dict[str, Value]:
    return {
        "title": title,
        "kind": "policy",
        "applies": {"maintained": "common"},
        "review": {"basis": "board choice"},
        "publish": "board choice",
        "confidence": "high",
        "sources": ["s1"],
    }


def _terms() -> dict[str, Value]:
    return {
        "learner": {
            "question": "What do you call the children you teach?",
            "choices": {
                "pupil": {"one": "pupil", "many": "pupils"},
                "student": {"one": "student", "many": "students"},
            },
        },
        "staff": {
            "question": "What do you call those who work for you?",
            "choices": {"staff": {"one": "staff"}},
        },
        "family": {
            "question": "What do you call the adults at home?",
            "choices": {"parents": {"one": "parent or carer", "many": "parents and carers"}},
        },
        "organisation": {"question": "How do you speak of yourself in a sentence?", "text": True},
        "governing": {"question": "What do you call those who govern you?", "text": True},
    }
