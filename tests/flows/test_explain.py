from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len

from flows.pipeline import run
from flows.settings import Settings
from flows.terminal.console import Exit

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    Command = Callable[..., subprocess.CompletedProcess[str]]

ARTICLE = (
    "Despot’s plan\n\nThe deranged despot ‚ÄĒ as he is called ‚ÄĒ stormed out on Monday, but he is not very happy! "
    "‘This is a shameless betrayal,’ Nora Faber said.\n\nÜber die Brücke ist noch lange nichts entschieden worden, "
    "sagte der Minister am Montag in der Hauptstadt, und sie bleibt bis auf weiteres gesperrt.\n"
)


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tables of two articles."""
    top = tmp_path_factory.mktemp("explained")
    (top / "articles" / "daily").mkdir(parents=True)
    (top / "articles" / "daily" / "a.txt").write_text(ARTICLE, "utf-8")
    (top / "articles" / "daily" / "b.txt").write_text("It rained. Nobody minded.", "utf-8")
    run(Settings(source=(str(top / "articles"),), out=top / "tables", reports=top / "report", workers=1))
    return top / "tables"


class TestMetric:
    def test_metric(self, overtones: Command) -> None:
        """A metric is explained with formula, source, range and limits."""
        done = overtones("explain", "flesch_kincaid_grade")
        assert done.returncode == Exit.DONE
        text = " ".join(done.stdout.split())
        assert "formula 0.39 × words / sentences + 11.8 × syllables / words − 15.59" in text
        assert "source Kincaid et al. 1975" in text
        assert "higher is harder" in text
        assert "caution A year of school" in text
        assert "tables documents, paragraphs" in text

    def test_column(self, overtones: Command) -> None:
        """A column that is not a metric is explained for each of its tables."""
        lines = overtones("explain", "voice").stdout.splitlines()
        assert [line.split()[0] for line in lines[1:] if not line.startswith(" " * 4)] == [
            "sentences",
            "loaded_terms",
            "epistemic_terms",
        ]

    def test_all(self, overtones: Command) -> None:
        """Without a name all metrics are listed; as JSON with everything."""
        assert "  lix " in overtones("explain").stdout
        facts = json.loads(overtones("explain", "--json").stdout)
        assert facts["lix"]["source"] == "Björnsson 1968, Läsbarhet"

    def test_unknown_name(self, overtones: Command) -> None:
        """An unknown name is an error with a hint."""
        done = overtones("explain", "flesch_kinkaid_grade")
        assert (done.returncode, done.stdout) == (Exit.USAGE, "")
        assert "Did you mean 'flesch_kincaid_grade'" in done.stderr


class TestTerm:
    def test_term(self, overtones: Command) -> None:
        """A term, in any of its forms, is explained with category, reason, forms, example and its file."""
        text = " ".join(overtones("explain", "lashed out").stdout.split())
        assert text.startswith("lash out (verb) category violent reporting verb, moderate, weight 0.7 reason makes")
        assert "forms lash out, lashes out, lashing out, lashed out" in text
        assert "source tabloid.tsv:" in text

    def test_conditions(self, overtones: Command) -> None:
        """Conditions of a match are explained, also in JSON."""
        [entry] = json.loads(overtones("explain", "puppet", "--json").stdout)
        assert any(condition.startswith("not near: theater, theatre, muppets") for condition in entry["conditions"])

    def test_own_lexicon(self, folder: Callable[..., Path], overtones: Command) -> None:
        """A term of the user's own lexicon is found, with the name of its file."""
        own = '[[group]]\ncategory = "doubt"\nreason = "mocks"\nnouns = """\nquizzle\n"""\n'
        path = folder({"own.toml": own}) / "own.toml"
        assert "own.toml" in overtones("explain", "quizzles", "--lexicon", path).stdout
        assert "is neither a column of the tables nor a term" in overtones("explain", "quizzles").stderr

    def test_unknown_term(self, overtones: Command) -> None:
        """A misspelt term gets a suggestion."""
        done = overtones("explain", "despotick")
        assert done.returncode == Exit.USAGE
        assert "Did you mean 'despotic' or 'despot'" in done.stderr


class TestParagraph:
    def test_json(self, tables: Path, overtones: Command) -> None:
        """The numbers of the explanation are those of the table, and all of them are there."""
        facts = json.loads(overtones("explain", "daily/a.txt:1", "--json", "--out", tables).stdout)
        paragraph = facts["paragraph"]
        assert len(facts["formulas"]) > 30
        for row in facts["formulas"]:
            assert row["value"] == row["now"] == paragraph[row["metric"]], row
        assert len(facts["difficult_words"]) == paragraph["difficult_words"]
        assert len(facts["words"]["long_words"]) == paragraph["long_word_count"]
        shares = sum(term["share"] for term in facts["loaded_terms"])
        assert shares == pytest.approx(paragraph["loaded_score"])
        assert [repair["after"] for repair in facts["repairs"]] == ["—", "—"]

    def test_text(self, tables: Path, overtones: Command) -> None:
        """The terminal shows formulas, VADER's words with their sum, terms with reasons, and repairs."""
        done = overtones("explain", "daily/a.txt:1", "--out", tables)
        text = " ".join(done.stdout.split())
        assert "[deranged]³ [despot]³" in text
        assert re.search(r"flesch_kincaid_grade [\d.]+ = 0\.39 × 2\d / 2 \+ 11\.8", text)
        words = done.stdout.partition("valence of each word")[2].partition("vader_neg")[0]
        valences = [float(v.replace("−", "-")) for v in re.findall(r"^  \S+ +([+−]\d\.\d\d)", words, re.MULTILINE)]
        assert sum(valences[:-1]) == pytest.approx(valences[-1], abs=0.02)
        assert "happy! −" in text
        assert "but −" in text or "but +" in text
        assert "paints a ruler as cruel" in text
        assert "‚ÄĒ → —" in text
        assert "Nora Faber: named in the reporting clause; direct; say (neutral, speech)" in text

    def test_other_language(self, tables: Path, overtones: Command) -> None:
        """For a paragraph in another language, the reason is given why there is nothing to explain."""
        text = overtones("explain", "daily/a.txt:2", "--out", tables).stdout
        assert "not English" in text
        assert "not measured: the word lists are English" in text

    def test_beginning_of_an_id(self, tables: Path, overtones: Command) -> None:
        """The beginning of a document's id is enough if it is unique."""
        facts = json.loads(overtones("explain", "daily/b.txt:0", "--json", "--out", tables).stdout)
        document_id = facts["document"]["document_id"]
        again = json.loads(overtones("explain", f"{document_id[:6]}:0", "--json", "--out", tables).stdout)
        assert again == facts

    @pytest.mark.parametrize(
        ("what", "message"),
        [
            ("daily/a.txt:7", "has the paragraphs 0 to 2; there is no paragraph 7"),
            ("daily/c.txt:0", "Did you mean"),
        ],
    )
    def test_unknown_place(self, tables: Path, overtones: Command, what: str, message: str) -> None:
        """An unknown document or paragraph is an error that lists the existing ones."""
        done = overtones("explain", what, "--out", tables)
        assert (done.returncode, done.stdout) == (Exit.USAGE, "")
        assert message in done.stderr

    def test_no_tables(self, overtones: Command) -> None:
        """Without tables, the message says how to make them."""
        done = overtones("explain", "a.txt:0", "--out", "nowhere")
        assert done.returncode == Exit.USAGE
        assert "`overtones run SOURCE --out nowhere` writes it" in done.stderr

    @pytest.mark.parametrize("width", ["60", "160"])
    def test_width(self, tables: Path, overtones: Command, width: str) -> None:
        """No line is wider than asked for."""
        text = overtones("explain", "daily/a.txt:1", "--out", tables, COLUMNS=width).stdout
        assert max(map(cell_len, text.splitlines())) <= int(width)
