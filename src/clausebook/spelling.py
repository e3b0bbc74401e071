"""How ids, addresses and texts may be written: what any module may ask without reading a file."""

from __future__ import annotations

import re

KEBAB = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
SNAKE = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*\Z")
PROVISION = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*\Z")
RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])\Z")
# A web address: nothing in it may end it early.
WEB = re.compile(r"https?://[^\s<>\"'\\]+\Z")
# C0 and C1 controls, line ends that editors do not show, bidirectional overrides (text that reads
# otherwise than it is stored), byte order marks inside text, and private-use characters (which
# stand for values while rendering).
FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff"
    "\ue000-\uf8ff\U000f0000-\U0010fffd]"
)
# What no XML file may hold, even escaped.
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def is_forbidden(text: str) -> bool:
    """Whether any of those stands in a text. None does where all is seen, which is found much sooner."""
    return not text.replace("\n", "").isprintable() and FORBIDDEN.search(text) is not None
