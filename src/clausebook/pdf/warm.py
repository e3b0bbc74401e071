"""What makes a process ready for documents, to be named before any of it is loaded.

`root` is the handbook that keeps what templates compile to.
"""

from __future__ import annotations

from pathlib import Path


def policies(root: Path) -> None:
    """Ready for policies: the engine, the template and what fills it."""
    from clausebook.pdf.press import ready
    from clausebook.render.templates import keep_compiled

    keep_compiled(root)
    ready()


def wholes(root: Path) -> None:
    """Ready for whole handbooks."""
    from clausebook.pdf.handbook import front_engine
    from clausebook.render.templates import keep_compiled, known

    keep_compiled(root)
    known("pdf/handbook.html")
    front_engine()


def everything(root: Path) -> None:
    policies(root)
    wholes(root)
