"""What a build did, why and how long it took: report.json in the portal, and a page that shows it."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from clausebook import __version__
from clausebook.publish.one import Built
from clausebook.publish.output import Promise
from clausebook.render import last_build
from clausebook.render.site import Site
from clausebook.typed import dataclass

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment,unused-ignore]

NAME = "report.json"


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of one build. It is no part of what is published: it differs every time."""

    figures: dict[str, Any]
    anything: bool

    @classmethod
    def of(
        cls,
        built: Iterable[Built],
        current: Iterable[tuple[str, str]],
        began: float,
        kept_of: Mapping[str, int],
    ) -> Report:
        """`kept_of`: what is kept for the next build, in numbers."""
        every = list(built)
        kept = {f"{edition}/{id}" for id, edition in current}
        worked = [one for one in every if one.folder not in kept]
        new = [one for one in worked if one.promise is not Promise.KEPT]
        failed = [one for one in worked if one.problem is not None]
        return cls(
            {
                "format": 1,
                "made_by": f"clausebook {__version__}",
                "seconds": round(time.perf_counter() - began, 2),
                "sites": len(every),
                "new": len(new),
                "the_same": len(worked) - len(new) - len(failed),
                "left_alone": len(kept),
                "failed": len(failed),
                "files": sum(one.files for one in every),
                "bytes": sum(one.bytes for one in every),
                "peak_mib": _peak(),
                "kept": dict(kept_of),
                "put_in_place": dict(Counter(str(one.promise) for one in new)),
                "what": [{"state": _state(one), **one.figures()} for one in worked],
            },
            bool(worked),
        )

    def on(self, portal: Site) -> Site:
        """The portal with this report in it."""
        text = json.dumps(self.figures, indent=2, ensure_ascii=False) + "\n"
        files = {**portal.files, NAME: text.encode()}
        # After the pages about everybody, before those about one organisation or policy each.
        general = [page for page in portal.pages if "/" not in page.path]
        others = [page for page in portal.pages if "/" in page.path]
        return replace(
            portal, pages=(*general, last_build.page(self.figures), *others), files=files
        )


def _state(built: Built) -> str:
    if built.problem:
        return "failed"
    return "the same" if built.promise is Promise.KEPT else "new"


def _peak() -> dict[str, float]:
    """The most memory this process and the largest of its workers held."""
    if resource is None:
        return {"parent": 0.0, "largest_worker": 0.0}
    unit = 2**20 if sys.platform == "darwin" else 2**10

    def of(who: int) -> float:
        return round(resource.getrusage(who).ru_maxrss / unit, 1)

    return {"parent": of(resource.RUSAGE_SELF), "largest_worker": of(resource.RUSAGE_CHILDREN)}
