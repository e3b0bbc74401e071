"""A page as Material writes it in, the same page as valid HTML out.

Both slips stand in Material outside any block that a template of ours could extend.
"""

from __future__ import annotations

import re

_NO_TABINDEX = re.compile(r'(<label class="md-nav__link[^>]*) tabindex=""')
_AUTOCOMPLETE = re.compile(r'(<input class="md-toggle"[^>]*) autocomplete="off"')


def mend(page: str) -> str:
    """Without the empty tabindex of headings in the menu, and what a checkbox may not have."""
    return _AUTOCOMPLETE.sub(r"\1", _NO_TABINDEX.sub(r"\1", page))
