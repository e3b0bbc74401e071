"""Where the parts that are not Python lie: templates, hooks and settings, from one copy.

In an installed package they stand beside its modules; in the project's own repository, at the top.
"""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).parent
REPOSITORY = PACKAGE.parents[1]


def shipped(name: str) -> Path:
    """The folder or file of that name."""
    inside = PACKAGE / "parts" / name
    return inside if inside.exists() else REPOSITORY / name
