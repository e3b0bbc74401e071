"""What Material leaves to mend is mended, and nothing else of a page is another."""

from __future__ import annotations

import pytest

from clausebook.host.mend import mend


def test_empty_lines_and_indents_of_templates_go() -> None:
    page = "<nav>\n\n    \n  <a>\n      Home   page\n\t\n  </a> <b>x</b>\n</nav>\n"
    assert mend(page) == "<nav>\n<a>\nHome   page\n</a> <b>x</b>\n</nav>\n"


@pytest.mark.parametrize(
    "kept",
    [
        "<pre>one\n\n   two\n</pre>",
        '<pre class="x">\n  one <b>\n\n  two</b></pre>',
        "<textarea>\n\n  one\n</textarea>",
        "<script>let a = `one\n\n   two`;</script>",
        "<style>\n  a { b: c }\n\n</style>",
        '<article class="md-content__inner">\n\n  <p>one</p>\n  <pre>\n  x\n</pre>\n\n</article>',
    ],
)
def test_what_could_mean_something_stays(kept: str) -> None:
    page = f"<div>\n\n   {kept}\n\n</div>\n"
    assert mend(page) == f"<div>\n{kept}\n</div>\n"


def test_names_that_begin_like_theirs_are_others() -> None:
    assert mend("<prefix>\n\n  x\n</prefix>") == "<prefix>\nx\n</prefix>"
