"""What MkDocs builds a handbook with. The only part of the package that imports MkDocs.

hooks/handbook.py calls `configure`, `files`, `arranged`, `finish` and `seal`; `clausebook build` and `serve` call
`build_site`, and workers `compile` before that. Everything about one build hangs on its own configuration,
so builds in one process never meet. MkDocs is loaded by whoever asks for one of these: `framed` does without.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clausebook.host.config import configure as configure
    from clausebook.host.config import settings_for as settings_for
    from clausebook.host.pages import arranged as arranged
    from clausebook.host.pages import files as files
    from clausebook.host.pages import finish as finish
    from clausebook.host.run import CannotBuild as CannotBuild
    from clausebook.host.run import build_site as build_site
    from clausebook.host.run import compile as compile
    from clausebook.host.run import seal as seal

_WHERE = {
    "configure": "config",
    "settings_for": "config",
    "arranged": "pages",
    "files": "pages",
    "finish": "pages",
    "CannotBuild": "run",
    "build_site": "run",
    "compile": "run",
    "seal": "run",
}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
