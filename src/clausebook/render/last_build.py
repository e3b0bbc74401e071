"""A build's figures in; the portal's page about it out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clausebook.render.site import Page
from clausebook.render.templates import html

PATH = "build.html"
STATES = {
    "new": "New",
    "the same": "Came out the same, so it was left alone",
    "failed": "Failed; the last good one stays",
}


def page(report: Mapping[str, Any]) -> Page:
    return Page(
        path=PATH,
        title="The last build",
        about="What the last build made, why, and how long it took.",
        body=html("portal_build.html", report=report, STATES=STATES),
    )
