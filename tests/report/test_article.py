import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tasks.report import article as articles
from tasks.report.article import _limit_terms, read_articles
from tasks.store import scan_table


@pytest.fixture
def read(newsroom_module: Any, tmp_path: Path) -> Any:
    """What the page of one article of these paragraphs would show."""

    def one(paragraphs: list[tuple[str, str]], **fields: Any) -> dict[str, Any]:
        written = newsroom_module.Article(paragraphs, **fields)
        tables = newsroom_module.write_tables(newsroom_module.analyzed([written]), tmp_path)
        return next(read_articles(tables, [written.document_id]))

    return one


LOADED = "The regime slammed its critics. “These thugs want war,” Ms Vance said. A “heroic” stand, apparently."


def test_terms_are_numbered_in_order(read: Any) -> None:
    """Scored terms are numbered from 1 in the order of the text; epistemic terms are marked and have no number."""
    article = read([("body", LOADED), ("body", "It was shameful. Nobody said so.")])
    assert [(term["number"], term["text"]) for term in article["terms"]] == [
        (1, "regime"),
        (2, "slammed"),
        (3, "thugs"),
        (4, "heroic"),
        (5, "shameful"),
    ]
    marked = [piece for paragraph in article["paragraphs"] for piece in paragraph["pieces"] if piece.term]
    assert [piece.text for piece in marked if "number" not in piece.term] == ["apparently"]


def test_the_heaviest_sentence_in_the_authors_voice_comes_first(read: Any) -> None:
    """Quoted terms weigh nothing in the list of the author's sentences, scare quotes do."""
    article = read([("body", LOADED)])
    assert [sentence["text"] for sentence in article["sentences"]] == [
        "The regime slammed its critics.",
        "A “heroic” stand, apparently.",
    ]


def test_figures_are_those_of_the_tables(read: Any) -> None:
    """Cards show the document's own figures; the interval includes the grade."""
    article = read(
        [("body", LOADED)] + [("body", f"Rain fell on {n} roofs. It was {n} o’clock, apparently.") for n in range(9)]
    )
    assert article["grade"]["value"] == article["flesch_kincaid_grade_published"]
    assert article["grade"]["low"] < article["grade"]["value"] < article["grade"]["high"]
    assert article["sentiment"]["value"] == pytest.approx(article["vader_compound_mean"])
    assert (article["n_scored"], article["n_negative"]) == (10, 1)


def test_other_languages_are_shown_and_not_measured(read: Any) -> None:
    """A German article has its text, and a sentence that says why there are no figures."""
    article = read([("body", "Der Hafen bleibt geschlossen.")], language="de")
    assert article["finding"] == "This text is in German, not in English: only its length was measured."
    assert [paragraph["text"] for paragraph in article["paragraphs"]] == ["Der Hafen bleibt geschlossen."]
    assert article["notes"] == [{"value": "not_english", "n": 1}]


def test_very_long_texts_end_early_and_say_so(read: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a text that is too long for a page, the beginning is shown, with its terms."""
    monkeypatch.setattr(articles, "MAX_TEXT_BYTES", 20_000)
    article = read([("body", f"The regime met on day {n}. Rain fell.") for n in range(1_000)])
    n_shown = len(article["paragraphs"])
    assert 0 < n_shown < 100
    assert article["n_hidden"] > 900 * 30
    assert {term["paragraph_index"] for term in article["terms"]} == set(range(n_shown))


def test_a_paragraph_too_long_for_a_page_is_shown_in_part(read: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a single very long paragraph, the beginning is shown, and an excerpt of its one long sentence."""
    monkeypatch.setattr(articles, "MAX_TEXT_BYTES", 20_000)
    text = "The regime met again and " * 4_000
    article = read([("body", text)])
    shown = "".join(piece.text for piece in article["paragraphs"][0]["pieces"])
    assert text.startswith(shown)
    assert 200 < len(shown) < 20_000
    assert article["n_hidden"] == len(text) - len(shown)
    assert 0 < len(article["terms"]) == shown.count("regime")
    assert len(article["sentences"][0]["text"]) <= 702


def test_long_texts_share_bars(read: Any) -> None:
    """The strip of a text of a thousand paragraphs has a few hundred bars and dots over the whole length."""
    article = read([("body", f"The regime met on day {n}. No fear.") for n in range(1_000)])
    strip = str(article["strip"])
    assert 300 <= strip.count("<rect") <= 400
    assert strip.count("<circle") == 600
    assert "paragraphs 997 to 999" in strip or "paragraphs 1000 to" in strip or "paragraph 1000" in strip


def test_lists_who_is_quoted(read: Any) -> None:
    """Each speaker has the number of their pieces, words and loaded terms; the unnamed come last."""
    article = read([("body", "“It may well be so, they wrote.” Rain."), ("body", LOADED), ("body", LOADED)])
    named, unnamed = article["speakers"]
    assert (named["speaker"], named["n_attributions"], named["n_words"], named["n_loaded"]) == ("Ms Vance", 2, 8, 2)
    assert named["verbs"] == [{"verb": "say", "grade": "neutral", "n": 2}]
    assert (unnamed["speaker"], unnamed["n_attributions"], unnamed["paragraph_index"]) == (None, 1, 0)


def test_repairs_are_in_their_paragraphs(read: Any) -> None:
    """Each repair knows the paragraph that it was made in."""
    article = read(
        [("body", "Rain fell. It did."), ("body", "The “harbour” is closed. So it is.")],
        repairs=[("‚Äú", "“", "mojibake"), ("\x00", "", "control")],
    )
    assert [repair["paragraph_index"] for repair in article["repairs"]] == [1, 0]


def test_repairs_are_marked_where_they_left_something(read: Any) -> None:
    """A repaired piece has the text before the repair; deletions and damage without a repair are not marked."""
    article = read(
        [("body", "Rain fell. It did."), ("body", "The “harbour” is closed. So it is.")],
        repairs=[("‚Äú", "“", "mojibake"), ("\x00", "", "control"), ("Rain", "Rain", "escaped_character")],
    )
    pieces = [piece for paragraph in article["paragraphs"] for piece in paragraph["pieces"]]
    assert [(piece.text, piece.repaired) for piece in pieces if piece.repaired is not None] == [("“", "‚Äú")]


def test_limiting_terms_does_not_change_a_page(tables: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If only some terms of a document are read, its page is the same as with all of them."""
    kept: list[int] = []

    def limit_terms(terms: pl.DataFrame, *document: Any) -> pl.DataFrame:
        fewer = _limit_terms(terms, *document)
        kept.append(len(fewer) - len(terms))
        return fewer

    monkeypatch.setattr(articles, "_limit_terms", limit_terms)
    for limit, value in {"MAX_TEXT_BYTES": 2_500, "_MAX_DOTS": 1, "_MAX_SENTENCES": 1}.items():
        monkeypatch.setattr(articles, limit, value)
    ids = scan_table("documents", tables).collect()["document_id"].to_list()
    expected = list(read_articles(tables, ids))
    assert not kept
    monkeypatch.setattr(articles, "_MAX_TERMS", 0)
    assert list(read_articles(tables, ids)) == expected
    assert min(kept) < 0


def test_a_sentence_of_many_terms(tables: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a document whose terms are limited and whose text is not shown, only the first terms of a sentence are read."""
    limits = {"_MAX_TERMS": 0, "MAX_TEXT_BYTES": 1, "_MAX_DOTS": 0}
    for limit, value in limits.items():
        monkeypatch.setattr(articles, limit, value)
    ids = scan_table("documents", tables).collect()["document_id"].to_list()
    many = [sentence["terms"] for article in read_articles(tables, ids) for sentence in article["sentences"]]
    monkeypatch.setattr(articles, "_MAX_SENTENCE_TERMS", 1)
    few = [sentence["terms"] for article in read_articles(tables, ids) for sentence in article["sentences"]]
    assert max(map(len, many)) > max(map(len, few)) == 1


def test_documents_read_one_by_one(tables: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages are the same, and in the same order, however many documents are read at once."""
    ids = scan_table("documents", tables).collect()["document_id"].to_list()[::-1]
    expected = list(read_articles(tables, ids))
    monkeypatch.setattr(articles, "_MAX_GROUP_WORDS", 1)
    assert list(read_articles(tables, ids)) == expected
    assert [article["document_id"] for article in expected] == ids


def test_ids_without_a_document_are_left_out(tables: Path) -> None:
    """An id that the tables lack has no page."""
    assert list(read_articles(tables, ["0" * 16])) == []


def test_every_dot_leads_to_its_term(read: Any) -> None:
    """The strip's links are the numbers of the terms, in order."""
    article = read([("body", LOADED)])
    assert re.findall(r'href="#t(\d+)"', str(article["strip"])) == ["1", "2", "3", "4"]


def test_a_page_is_named_by_headline_or_first_words(read: Any) -> None:
    """The name of an article without a title is its headline, at any position, else its first words."""
    assert read([("byline", "By Ms Vance"), ("headline", "Harbour closed")])["name"] == "Harbour closed"
    assert read([("body", "The harbour is closed. " * 20)])["name"].startswith("The harbour is closed.")
