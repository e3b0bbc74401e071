"""What mkdocs.yml says to Clausebook, and what it need not say."""

from __future__ import annotations

from pathlib import Path

import pytest

from clausebook.build import open_repository
from clausebook.model import Settings
from tests.conftest import ROOT


def settings(root: Path, text: str) -> Settings:
    (root / "mkdocs.yml").write_text(f"site_name: Phones\n{text}", encoding="utf-8")
    repository, problems = open_repository(root)
    assert repository is not None
    assert problems == []
    return repository.settings


@pytest.mark.parametrize("text", ["", "extra: {}\n", "extra: {other: {since: 1}}\n"])
def test_a_file_without_settings_means_the_defaults(base: Path, text: str) -> None:
    assert settings(base, text) == Settings()


@pytest.mark.parametrize("since", ["v2025.09", "HEAD~1", "../last-term/handbook.json", "1e3"])
def test_what_changes_are_compared_with_is_kept_as_written(base: Path, since: str) -> None:
    found = settings(base, f"extra:\n  clausebook:\n    since: {since}\n    due_within_days: 30\n")
    assert found == Settings(since=since, due_within_days=30)


def test_the_shipped_handbooks_compare_with_nothing() -> None:
    repository, _ = open_repository(ROOT)
    assert repository is not None
    assert repository.settings.since is None
    assert repository.settings.as_of is not None
