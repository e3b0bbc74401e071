"""A page as Material writes it in, the same page as valid HTML out.

What is put right stands in Material outside any block that a template of ours could extend.
"""

from __future__ import annotations

import re

_NO_TABINDEX = re.compile(r'(<label class="md-nav__link[^>]*) tabindex=""')
_AUTOCOMPLETE = re.compile(r'(<input class="md-toggle"[^>]*) autocomplete="off"')
# Templates leave a line for each of their tags: a quarter of a page that nobody sees. What a page
# says, and where white space could mean something, stays as it is.
_EMPTY = re.compile(r"(<(article|script|style|pre|textarea)\b.*?</\2>)|[ \t]*\n\s*", re.S)


def mend(page: str) -> str:
    """In British English; without empty lines, the menu's empty tabindex and what a checkbox may
    not have."""
    page = page.replace('<html lang="en"', '<html lang="en-GB"', 1)
    page = _EMPTY.sub(lambda found: found[1] or "\n", page)
    return _AUTOCOMPLETE.sub(r"\1", _NO_TABINDEX.sub(r"\1", page))
