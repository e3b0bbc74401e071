"""A page as Material writes it in, the same page as valid HTML out.

What is put right stands in Material outside any block that a template of ours could extend.
"""

from __future__ import annotations

import re

_NO_TABINDEX = re.compile(r'(<label class="md-nav__link[^>]*) tabindex=""')
_AUTOCOMPLETE = re.compile(r'(<input class="md-toggle"[^>]*) autocomplete="off"')


def mend(page: str) -> str:
    """In British English; without the menu's empty tabindex and what a checkbox may not have."""
    page = page.replace('<html lang="en"', '<html lang="en-GB"', 1)
    return _AUTOCOMPLETE.sub(r"\1", _NO_TABINDEX.sub(r"\1", page))
