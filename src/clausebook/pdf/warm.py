"""What makes a process ready for documents, to be named before any of it is loaded."""

from __future__ import annotations


def policies() -> None:
    """Ready for policies: the engine, the template and what fills it."""
    from clausebook.pdf.press import ready

    ready()


def wholes() -> None:
    """Ready for whole handbooks."""
    from clausebook.pdf.handbook import front_engine

    front_engine()


def everything() -> None:
    policies()
    wholes()
