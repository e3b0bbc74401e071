"""The templates of pages and documents: Jinja with everything escaped, from overrides/."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from clausebook.compiled import Compiled
from clausebook.shipped import shipped
from clausebook.turn import Turn


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(
            [shipped("overrides") / "handbook", shipped("overrides")], encoding="utf-8"
        ),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def keep_compiled(root: Path) -> None:
    """Keep what they compile to with a handbook, for the processes that come after this one."""
    _environment().bytecode_cache = Compiled(root, "page")


# What most sites are made with, in quarters that take about as long to compile as one another.
_MOST = (
    "_clause.html",
    "changes.html",
    "accessibility.html",
    "quick.html",
    "home.html",
    "about.html",
    "_rules.html",
    "search.html",
    "policy.html",
    "_governors.html",
    "_person.html",
    "_policy.html",
    "contacts.html",
    "_home.html",
    "_search_form.html",
    "terms.html",
)


def compile(turn: Turn) -> None:
    """Compile a share of the templates: other processes, which begin too, do the rest."""
    for place in turn.own(len(_MOST)):
        _environment().get_template(_MOST[place])


def known(name: str) -> None:
    """A template compiled, for when it is filled in."""
    _environment().get_template(name)


def html(name: str, /, **values: Any) -> str:
    """A template filled in."""
    return _environment().get_template(name).render(values)


def part(name: str, macro: str, /, *values: Any) -> Markup:
    """What one macro of a template makes: for what stands on pages many times."""
    made: Markup = getattr(_environment().get_template(name).module, macro)(*values)
    return made


# Stands for what schools say differently, while what is around it is made; no text holds one.
MARK = "\0"


def around(name: str, macro: str, /, *values: Any) -> tuple[Markup, ...]:
    """What one macro of a template makes around each MARK."""
    return tuple(part(name, macro, *values).split(MARK))
