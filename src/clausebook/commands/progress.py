"""What a build says on the way: a line that counts on a terminal, plain lines in a file, or JSON."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from clausebook.table import count

if TYPE_CHECKING:
    from clausebook.publish import Built, Plan

# Before so much is done, any guess at the time left would mislead.
GUESS_FROM = 3


@dataclass(slots=True)
class Progress:
    """`say` prints a line that stays, `show` one that the next takes the place of (None: a file)."""

    say: Callable[[str], None]
    show: Callable[[str], None] | None = None
    as_json: bool = False
    explain: bool = False
    sites: int = 0
    done: int = 0
    pages: int = 0
    pdfs: int = 0
    began: float = field(default_factory=time.monotonic)

    def checking(self) -> None:
        if self.as_json:
            self._event("check")
        elif self.show:
            self.show("checking every organisation …")

    def planned(self, plan: Plan) -> None:
        self.sites = len(plan.stale)
        self.began = time.monotonic()
        if self.as_json:
            self._event(
                "plan",
                make=len(plan.stale),
                left_alone=len(plan.current),
                refused=len(plan.refused),
            )
        elif plan.current and plan.stale:
            self.say(f"{count(len(plan.current), 'site')} as they were, {len(plan.stale)} to make")

    def told(self, built: Built) -> None:
        made = bool(built.why) or built.problem is not None
        if made:
            self.done += 1
            self.pages += built.pages
            self.pdfs += built.pdfs
        if self.as_json:
            self._event("site", state=_state(built), **built.figures())
        elif made:
            self.say(line(built))
            if self.explain:
                self.say("  because " + "; ".join(built.why or ("its organisation has problems",)))
                if built.problem is None:
                    self.say(
                        f"  {built.made} of {count(built.pages, 'page')} made{_printed(built)}"
                    )
        elif self.explain:
            self.say(f"{built.folder}: left alone, because nothing it is made from changed")
        if self.show and not self.as_json and self.done < self.sites:
            self.show(self._counted())

    def ended(self, code: int, text: str) -> str:
        """What is printed last."""
        if self.show:
            self.show("")
        if not self.as_json:
            return text
        self._event("end", code=code, said=text)
        return ""

    def _counted(self) -> str:
        said = f"{self.done} of {self.sites} sites, {self.pages:,} pages"
        said += f", {self.pdfs:,} PDFs" if self.pdfs else ""
        if self.done >= GUESS_FROM:
            spent = time.monotonic() - self.began
            left = spent / self.done * (self.sites - self.done)
            said += f", about {_minutes(left)} left"
        return said

    def _event(self, event: str, **facts: Any) -> None:
        self.say(json.dumps({"event": event, **facts}, ensure_ascii=False))


def line(built: Built) -> str:
    """One site, in one line."""
    if built.problem:
        return f"{built.folder}: not built"
    changed = [f"{built.written} written"] if built.written else []
    changed += [f"{built.removed} removed"] if built.removed else []
    return (
        f"{built.folder}: {count(built.pages, 'page')}, {', '.join(changed) or 'nothing changed'}"
    )


def _printed(built: Built) -> str:
    return f", {built.written_pdfs} of {count(built.pdfs, 'PDF')} new" if built.pdfs else ""


def _state(built: Built) -> str:
    return "failed" if built.problem else "built" if built.why else "left alone"


def _minutes(seconds: float) -> str:
    return f"{round(seconds / 60)} min" if seconds > 90 else f"{max(1, round(seconds))} s"
