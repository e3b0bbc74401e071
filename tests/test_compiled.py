"""What Jinja compiled is used again for the same template alone, and a lost cache costs only time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jinja2 import DictLoader, Environment

from clausebook import compiled
from clausebook.compiled import Compiled


class Counting(Environment):
    """Counts what it compiles."""

    compiled = 0

    def compile(self, *args: object, **kwargs: object) -> object:  # type: ignore[override]
        self.compiled += 1
        return super().compile(*args, **kwargs)  # type: ignore[call-overload]


def rendered(root: Path, text: str, name: str = "page", **options: Any) -> tuple[str, int]:
    env = Counting(loader=DictLoader({"a": text}), bytecode_cache=Compiled(root, name), **options)
    return env.get_template("a").render(x="<"), env.compiled


def test_a_template_is_compiled_once(tmp_path: Path) -> None:
    assert rendered(tmp_path, "a {{ x }}") == ("a <", 1)
    assert rendered(tmp_path, "a {{ x }}") == ("a <", 0)


def test_whatever_it_depends_on_has_it_compiled_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered(tmp_path, "a {{ x }}\n")
    assert rendered(tmp_path, "b {{ x }}\n") == ("b <", 1)
    assert rendered(tmp_path, "b {{ x }}\n", autoescape=True) == ("b &lt;", 1)
    assert rendered(tmp_path, "b {{ x }}\n", keep_trailing_newline=True) == ("b <\n", 1)
    assert rendered(tmp_path, "b {{ x }}\n", "theme") == ("b <", 1)
    rendered(tmp_path, "b {{ x }}\n")
    monkeypatch.setattr(compiled, "installed", lambda: ["jinja2-99.dist-info"])
    assert rendered(tmp_path, "b {{ x }}\n") == ("b <", 1)


def test_a_damaged_or_missing_cache_is_none(tmp_path: Path) -> None:
    rendered(tmp_path, "a {{ x }}")
    for path in Path(tmp_path, ".cache").rglob("*.bin"):
        path.write_bytes(path.read_bytes()[:-1])
    assert rendered(tmp_path, "a {{ x }}") == ("a <", 1)
    (tmp_path / "file").write_text("no folder")
    assert rendered(tmp_path / "file", "a {{ x }}") == ("a <", 1)
