"""Lexicon files that are tables or lists."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tasks.errors import ConfigurationError
from tasks.measure.loaded_language import load_lexicon, loaded_terms
from tasks.measure.loaded_language.entries import PROTECTED, Entry
from tasks.measure.loaded_language.lexicon_table import COLUMNS, import_terms, read_table
from tasks.measure.loaded_language.lint import check_lexicon

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "term\tpart_of_speech\tcategory\tintensity\treport\treason\tconditions\texample\n"
ROW = "quango king\tnoun\tname_calling\t2\t70\tmakes an official a monarch\tnot near: chess\tThe quango kings met.\n"


def lexicon_file(folder: Path, name: str, content: str) -> Path:
    """A lexicon file of the user's own."""
    path = folder / name
    path.write_text(content, "utf-8")
    return path


def found(text: str, path: Path) -> list[str]:
    """The scored terms of a text, by the shipped lexicon and a file."""
    return [term.text for term in loaded_terms(text, load_lexicon([path])) if term.weight > 0]


def test_a_row_is_an_entry() -> None:
    """Each cell is an attribute of the entry, with the number of its line."""
    [entry] = read_table("own.tsv", "# mine\n" + HEADER + "\n" + ROW, is_own=True)
    assert isinstance(entry, Entry)
    assert (entry.term, entry.part_of_speech, entry.category, entry.intensity) == (
        "quango king", "noun", "name_calling", 2,
    )  # fmt: skip
    assert (entry.share_report, entry.share_opinion, entry.line, entry.is_own) == (0.7, 0.5, 4, True)
    assert list(map(str, entry.conditions)) == ["not near: chess"]
    assert (entry.reason, entry.example) == ("makes an official a monarch", "The quango kings met.")


def test_tables_and_lists_are_lexicons(tmp_path: Path) -> None:
    """A TSV, a CSV with commas or semicolons, and a plain list all add entries."""
    text = "Quango kings met a snollygoster."
    assert found(text, lexicon_file(tmp_path, "a.tsv", HEADER + ROW)) == ["Quango kings"]
    table = 'part_of_speech,term,reason\nnoun,"quango king","kings, they say"\n'
    assert found(text, lexicon_file(tmp_path, "b.csv", table)) == ["Quango kings"]
    assert found(text, lexicon_file(tmp_path, "c.csv", "Term;Intensity\nsnollygoster;3\n")) == ["snollygoster"]
    assert found(text, lexicon_file(tmp_path, "d.txt", "# mine\n\nsnollygoster\nquango king\n")) == ["snollygoster"]


def test_rows_replace_remove_and_protect(tmp_path: Path) -> None:
    """A row replaces the shipped entries of its term; others remove them, or protect a fixed term."""
    path = lexicon_file(
        tmp_path,
        "own.tsv",
        "term\tcategory\tintensity\ndespot\tremove\nderanged\tname_calling\t1\nMad Tyrant Street\tprotected\n",
    )
    terms = loaded_terms("The deranged despot lives in Mad Tyrant Street.", load_lexicon([path]))
    assert [(term.text, term.intensity) for term in terms] == [("deranged", 1)]


def test_senses_have_rows_of_their_own() -> None:
    """Of several rows of a term, that with fitting conditions is found."""
    rows = "term\tcategory\tconditions\nflib\tname_calling\tnear: minister\nflib\tpromotion\tnot near: minister\n"
    entries = [row for row in read_table("own.tsv", rows, is_own=True) if isinstance(row, Entry)]
    assert [entry.category for entry in entries] == ["name_calling", "promotion"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("own.tsv", "", "own.tsv: is empty"),
        ("own.tsv", "term\tweight\nx\t1\n", "own.tsv:1: there is no column 'weight'"),
        ("own.csv", "reason,category\nx,doubt\n", "own.csv:1: the first row must name"),
        ("own.tsv", HEADER + ROW.replace("noun", "nuon"), "own.tsv:2: 'nuon' is not a valid part_of_speech"),
        ("own.tsv", HEADER + ROW.replace("\t2\t", "\t4\t"), "own.tsv:2: '4' is not a valid intensity"),
        ("own.tsv", HEADER + ROW.replace("70", "170"), "own.tsv:2: '170' is not a valid report: expected a whole"),
        ("own.tsv", HEADER + ROW.replace("not near:", "nto near:"), "own.tsv:2: cannot read 'nto near: chess'"),
        ("own.tsv", HEADER + ROW.strip() + "\tmore\n", "own.tsv:2: has 9 cells, but there are 8 columns"),
        ("own.txt", "good word\n...\n", "own.txt:2: '...' begins or ends with a gap"),
        ("own.txt", "?!\n", "own.txt:1: '?!' has no word"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, name: str, content: str, message: str) -> None:
    """A mistake is an error that names the file, the line and what was expected."""
    with pytest.raises(ConfigurationError, match=re.escape(message)):
        load_lexicon([lexicon_file(tmp_path, name, content)])


def test_problems_have_lines(tmp_path: Path) -> None:
    """The check of a file tells the line of each problem."""
    path = lexicon_file(tmp_path, "own.tsv", HEADER + ROW + ROW.replace("kings met", "king was alone at chess"))
    problems = [problem for problem in check_lexicon(load_lexicon([path])) if problem.source == str(path)]
    assert {(problem.line, problem.message.split(":")[0]) for problem in problems} == {
        (3, "is listed twice, first in " + str(path)),
        (3, "does not match its example"),
    }


def test_imported_words_are_a_lexicon() -> None:
    """An imported table can be read again; unknown columns and repeated terms are left out, defaults filled in."""
    words = "Word,Score,Reason\nquango king,3,mine\nsnollygoster,2,\nquango king,1,again\n"
    table = import_terms("words.csv", words, "word", part_of_speech="noun", category="name_calling")
    assert table.splitlines()[0].split("\t") == list(COLUMNS)
    entries = [row for row in read_table("own.tsv", table, is_own=True) if isinstance(row, Entry)]
    assert [(entry.term, entry.part_of_speech, entry.reason) for entry in entries] == [
        ("quango king", "noun", "mine"),
        ("snollygoster", "noun", "listed in words.csv"),
    ]


def test_imports_name_the_missing_column() -> None:
    """Without the column of terms, the message lists the columns that there are."""
    with pytest.raises(ConfigurationError, match="has no column 'term', only word, score"):
        import_terms("words.csv", "word,score\nx,1\n")


def test_the_documented_table_is_valid(root: Path, tmp_path: Path) -> None:
    """The example of docs/lexicon.md is a lexicon without a problem, and its forms are found."""
    example = (root / "docs" / "lexicon.md").read_text("utf-8").split("```csv\n")[1].split("```")[0]
    path = lexicon_file(tmp_path, "own.csv", example)
    assert [problem for problem in check_lexicon(load_lexicon([path])) if problem.source == str(path)] == []
    text = "The despot gutted the quango kings, threw the unions a bone and lost his marbles in Gut Street."
    assert found(text, path) == ["gutted", "quango kings", "threw the unions a bone", "lost his marbles"]


def test_every_shipped_row_has_a_reason_and_an_example() -> None:
    """Each shipped entry of a table states its own reason and example."""
    for entry in load_lexicon().entries:
        if entry.category != PROTECTED and entry.source.endswith(".tsv"):
            assert entry.reason, entry.term
            assert entry.stated_example, entry.term
