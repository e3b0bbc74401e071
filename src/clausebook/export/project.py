"""What stands beside the pages: the settings of the host, what to install, and how to go on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from clausebook.export.policy import EXTENSIONS
from clausebook.export.writing import escaped, said
from clausebook.model import escape
from clausebook.typed import dataclass

CREST = "assets/crest"
STYLES = "assets/brand.css"
_READERS = {
    "staff": "Its readers are staff: put it where they sign in.",
    "governors": "Its readers are governors and trustees: keep it where their papers are.",
    "public": "Its readers are everybody.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """What an export is of. `areas` are ids of policies by the area they stand under."""

    name: str
    edition: str
    note: str | None
    crest: str
    areas: Mapping[str, Sequence[str]]
    guides: bool


def settings(project: Project) -> str:
    """mkdocs.yml: nothing that only one host of Markdown knows."""
    about = ["contacts", "terms", "changes", "about", "accessibility"]
    about[2:2] = ["review"] if project.edition == "governors" else []
    theme: dict[str, Any] = {
        "name": "material",
        "language": "en",
        "font": False,
        "features": ["navigation.sections", "navigation.top", "toc.follow"],
        "palette": [
            _palette("light", "default", "material/weather-sunny", "Switch to dark colours"),
            _palette("dark", "slate", "material/weather-night", "Switch to light colours"),
        ],
    }
    if project.crest:
        theme["logo"] = project.crest
    if project.crest.endswith(".svg"):
        theme["favicon"] = project.crest
    made: dict[str, Any] = {
        # Themes print these as they stand.
        "site_name": escaped(project.name),
        "copyright": escaped(project.note) if project.note else None,
        "use_directory_urls": False,
        "strict": True,
        "validation": {
            "omitted_files": "warn",
            "absolute_links": "warn",
            "unrecognized_links": "warn",
            "anchors": "warn",
        },
        "theme": theme,
        "extra_css": [STYLES],
        "plugins": ["search"],
        "markdown_extensions": [
            {name: dict(how)} if how else name for name, how in EXTENSIONS.items()
        ],
        "nav": [
            {"Home": "index.md"},
            *(
                {escaped(area): [f"{policy}.md" for policy in policies]}
                for area, policies in project.areas.items()
            ),
            {"About this handbook": [f"{name}.md" for name in about]},
        ],
        "not_in_nav": "/quick/*.md\n" if project.guides else None,
    }
    kept = {key: value for key, value in made.items() if value is not None}
    return "# Yours to edit: see README.md.\n" + yaml.safe_dump(
        kept, sort_keys=False, allow_unicode=True, width=100
    )


def _palette(media: str, scheme: str, icon: str, name: str) -> dict[str, Any]:
    return {
        "media": f"(prefers-color-scheme: {media})",
        "scheme": scheme,
        "primary": "custom",
        "accent": "custom",
        "toggle": {"icon": icon, "name": name},
    }


def requirements() -> str:
    """What builds it: the versions that Clausebook itself is used with."""
    return "mkdocs>=1.6.1,<2\nmkdocs-material>=9.7,<10\n"


def read_me(project: Project) -> str:
    """How to build it, and what was left behind."""
    note = f"\n> {said(project.note)}\n" if project.note else ""
    return f"""# The handbook of {escape(" ".join(project.name.split()))}: {project.edition} edition
{note}
Exported from Clausebook as plain Markdown, to go on with elsewhere. {_READERS[project.edition]}

## Build it

```
python3 -m venv .venv
.venv/bin/pip install -r requirements.txt
.venv/bin/mkdocs build
```

Then open `site/index.html`. On Windows it is `.venv\\Scripts` instead of `.venv/bin`. ProperDocs and
Zensical read the same files: `pip install properdocs mkdocs-material` and `properdocs build -f mkdocs.yml`,
or `pip install zensical` and `zensical build`.

## Go on with it

A page is a file in `docs/`. `{{: #some-id }}` after a heading is its address: leave it, and links keep
working when the words or the numbers change. The build fails when a link leads nowhere. `mkdocs.yml`
says what stands in the menu.

Pages have the addresses they had before, so links to them hold if the new site takes the old one's place.

## What was left behind

- The library behind it. Names, choices and titles were filled in, and are words like any other now.
- Search that knows synonyms and questions. The theme's own search stands in; it needs a web host, and does
  not work in a folder opened from a file share.
- PDFs, and the seal that told whether a site was whole.
- Notes on the pages: what a term means where it stands (`docs/terms.md` lists them), which rules refer to a
  rule, where a rule comes from, and warnings of a review that is overdue.
- Whatever was made by itself. Numbers, quick guides, the tables of document control, calendars and
  `docs/handbook.json` are as they were on the day, and are kept up by hand from now on.
- The tests for accessibility: `docs/accessibility.md` claims nothing until somebody tests the new site.
"""
