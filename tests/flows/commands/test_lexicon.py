"""`overtones lexicon`, as a user would call it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from flows.terminal.console import Exit

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    Overtones = Callable[..., subprocess.CompletedProcess[str]]

OWN = """
remove = ["crony"]

[[group]]
category = "name_calling"
intensity = 1
reason = "calls officials insects"
nouns = '''
quango dweller ; e.g. A quango dweller spoke.
despot
'''
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A lexicon file of the user's own."""
    path = tmp_path / "own.toml"
    path.write_text(OWN, "utf-8")
    return path


def test_list_is_a_table(overtones: Overtones, own: Path) -> None:
    """`list` prints one entry per line, of one category and one theme if given, including the user's own."""
    done = overtones("lexicon", "list", "--category", "name_calling", "--theme", "own", "--lexicon", own)
    assert done.stdout.splitlines() == [
        "quango dweller\tnoun\tname_calling\t1\town",
        "despot\tnoun\tname_calling\t1\town",
    ]
    assert "2 of " in done.stderr
    everything = json.loads(overtones("lexicon", "list", "--json").stdout)
    assert len(everything) > 4000
    assert {"term", "category", "intensity", "reason", "source", "forms", "example"} <= set(everything[0])


@pytest.mark.parametrize(
    ("option", "message"),
    [("--category", "the categories are: appeal_to_fear"), ("--theme", "the themes are: affixes, character")],
)
def test_unknown_choices_are_reported(overtones: Overtones, option: str, message: str) -> None:
    """An unknown category or theme is exit code 2, and the message lists the known ones."""
    done = overtones("lexicon", "list", option, "none such")
    assert done.returncode == Exit.USAGE
    assert message in done.stderr


def test_shipped_lexicon_is_in_order(overtones: Overtones, own: Path) -> None:
    """The shipped lexicon and a valid file of the user's, on the command line or in the settings, have no problem."""
    assert overtones("lexicon", "check").returncode == Exit.DONE
    done = overtones("lexicon", "check", own)
    assert (done.returncode, done.stdout) == (Exit.DONE, "")
    own.with_name("pyproject.toml").write_text('[tool.overtones]\nlexicon = ["own.toml"]\n')
    assert "(2 from your files)" in overtones("lexicon", "check").stderr


def test_problems_are_named(overtones: Overtones, own: Path) -> None:
    """A problem is reported with its file, its entry and a solution, and the exit code is 2."""
    own.write_text(OWN.replace("despot", "despot\ndespot").replace('["crony"]', '["cronny"]'), "utf-8")
    done = overtones("lexicon", "check", own)
    assert done.returncode == Exit.USAGE
    assert f"{own}:11: despot: is listed twice, first in {own}:10 as name_calling: keep one" in done.stdout
    assert f"{own}:2: cronny: is listed under remove, but there is no such entry" in done.stdout
    own.write_text(OWN.replace("intensity = 1", "intensity = 7"), "utf-8")
    done = overtones("lexicon", "check", own)
    assert done.returncode == Exit.USAGE
    assert f"{own}: 7 is not a valid intensity: expected 1, 2, 3" in done.stderr


def test_show_explains(overtones: Overtones, own: Path) -> None:
    """`show` accepts any form of a term and prints its category, reason and source."""
    done = overtones("lexicon", "show", "demonised")
    assert done.stdout.startswith("demonize (verb)\n")
    for result in ("slanted reporting verb, strong", "tabloid.tsv:", "demonising", "example"):
        assert result in done.stdout
    assert "-monger (affix)" in overtones("lexicon", "show", "hatemonger").stdout
    assert "ignored in  American Psycho" in overtones("lexicon", "show", "psycho").stdout
    done = overtones("lexicon", "show", "despots", "--lexicon", own)
    assert f"{own}:10 (your own)" in done.stdout


def test_show_reports_replaced_entries(overtones: Overtones, own: Path) -> None:
    """Entries that a file of the user's replaced or removed are reported with the name of that file."""
    for term in ("despot", "crony"):
        assert f"is replaced by {own}" in overtones("lexicon", "show", term, "--lexicon", own).stdout
    shown = json.loads(overtones("lexicon", "show", "despot", "--lexicon", own, "--json").stdout)
    assert [entry["source"] for entry in shown["entries"]] == [str(own)]
    assert [entry["category"] for entry in shown["replaced"]] == ["name_calling"]


def test_import_writes_a_lexicon(overtones: Overtones, tmp_path: Path) -> None:
    """`import` writes a table that `check` accepts, and never replaces a file."""
    words, out = tmp_path / "words.csv", tmp_path / "own.tsv"
    words.write_text("word,score\nquango king,3\n", "utf-8")
    arguments = ("lexicon", "import", words, "--column", "word", "--part-of-speech", "noun", "--out", out)
    assert "1 terms in" in overtones(*arguments).stderr
    assert overtones("lexicon", "check", out).returncode == Exit.DONE
    assert "(1 from your files)" in overtones("lexicon", "check", out).stderr
    again = overtones(*arguments)
    assert again.returncode == Exit.USAGE
    assert "is not replaced" in again.stderr


def test_near_misses_are_offered(overtones: Overtones) -> None:
    """A term without an entry is exit code 2, with a suggestion of similar spelling."""
    done = overtones("lexicon", "show", "demagog")
    assert done.returncode == Exit.USAGE
    assert "Did you mean demagogue" in done.stderr
