"""What a build did, why and how long it took: report.json in the portal, and a page that shows it."""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from clausebook import __version__
from clausebook.publish.one import Built
from clausebook.publish.output import Promise
from clausebook.render.site import Site

NAME = "report.json"


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of one build. It is no part of what is published: it differs every time."""

    figures: dict[str, Any]
    anything: bool

    @classmethod
    def of(cls, built: Iterable[Built], current: Iterable[tuple[str, str]], began: float) -> Report:
        every = list(built)
        kept = {f"{edition}/{id}" for id, edition in current}
        made = [one for one in every if one.folder not in kept]
        return cls(
            {
                "format": 1,
                "made_by": f"clausebook {__version__}",
                "seconds": round(time.perf_counter() - began, 2),
                "sites": len(every),
                "made": len([one for one in made if one.problem is None]),
                "failed": len([one for one in made if one.problem is not None]),
                "left_alone": len(kept),
                "files": sum(one.files for one in every),
                "bytes": sum(one.bytes for one in every),
                "peak_mib": _peak(),
                "put_in_place": _promises(made),
                "what": [_one(one) for one in made],
            },
            bool(made),
        )

    def on(self, portal: Site) -> Site:
        """The portal with this report in it."""
        text = json.dumps(self.figures, indent=2, ensure_ascii=False) + "\n"
        return replace(portal, files={**portal.files, NAME: text.encode()})


def _one(built: Built) -> dict[str, Any]:
    state = "failed" if built.problem else "the same" if built.promise is Promise.KEPT else "new"
    return {
        "site": built.folder,
        "state": state,
        "why": list(built.why),
        "pages": built.pages,
        "pdfs": built.pdfs,
        "written": built.written,
        "removed": built.removed,
        "put_in_place": str(built.promise),
        "seconds": round(built.seconds, 2),
        "problem": str(built.problem) if built.problem else None,
    }


def _promises(made: list[Built]) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in made:
        if one.problem is None:
            found[str(one.promise)] = found.get(str(one.promise), 0) + 1
    return found


def _peak() -> dict[str, float]:
    """The most memory this process and the largest of its workers held."""

    def of(who: int) -> float:
        return round(resource.getrusage(who).ru_maxrss / 1024, 1)

    return {"parent": of(resource.RUSAGE_SELF), "largest_worker": of(resource.RUSAGE_CHILDREN)}
