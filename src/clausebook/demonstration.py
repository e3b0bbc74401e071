"""What a handbook that is no real one says of itself, wherever it is shown."""

from __future__ import annotations

from clausebook.model import Handbook

DEMONSTRATION = (
    "Demonstration text. The words are Clausebook's own, not the organisation's; approvals and "
    "dates are those of the source document, not of this text."
)
FICTION = "A fictional organisation, made up to show what Clausebook does."


def note(handbook: Handbook) -> str | None:
    """What every page and document of a demonstration says."""
    if handbook.organisation.demonstration:
        return DEMONSTRATION
    return FICTION if handbook.organisation.fictional else None
