"""Repairs, failures and skipped inputs."""

from typing import Any


def test_failures_and_skipped_files_are_counted_separately(summary: dict[str, Any]) -> None:
    """Inputs that could not be read, files that are no articles, and missing fields are counted separately."""
    assert (summary["failures"]["n_failed"], summary["failures"]["n_skipped"]) == (2, 1)
    assert [row["source_uri"] for row in summary["failures"]["skipped"]] == ["daily/.notes.swp"]
    assert [row["error"] for row in summary["failures"]["unknown_fields"]] == ["UnknownField"]


def test_reported_damage_is_not_marked_as_repaired(summary: dict[str, Any]) -> None:
    """A lost character is counted separately, because it was not repaired."""
    row = next(row for row in summary["repairs"] if row["kind"] == "replacement_character")
    assert (row["n"], row["n_not_repaired"]) == (0, 1)


def test_skipped_files_are_counted_by_suffix(summary: dict[str, Any]) -> None:
    """What was left out is counted by kind: the suffix of its name."""
    assert summary["failures"]["skipped_files"] == [{"kind": ".swp", "n": 1}]
