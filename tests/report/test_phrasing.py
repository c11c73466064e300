import re
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tasks.report import phrasing
from tasks.schemas import CATEGORIES, READABILITY_NOTES, TERM_VOICES


@given(st.text())
def test_printable_text_is_one_line_without_controls(text: str) -> None:
    """No control character, line break or directional mark is left in a name."""
    shown = phrasing.printable(text)
    assert not any(unicodedata.category(c) in {"Cc", "Zl", "Zp"} for c in shown)
    assert not any(
        unicodedata.bidirectional(c) in {"RLO", "LRO", "RLE", "LRE", "PDF", "RLI", "LRI", "FSI", "PDI"} for c in shown
    )


@given(st.text(alphabet="ab*_`[]()<>!#|\\&~ \n:/-+.1=", max_size=40))
def test_escaped_markdown_says_only_its_text(text: str) -> None:
    """In a list item or a table cell, escaped text becomes no link, no emphasis, no code and no markup."""
    escaped = phrasing.escape_markdown(text)
    markdown = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    tokens = [child for token in markdown.parse(f"x {escaped} x") for child in token.children or []]
    assert {token.type for token in tokens} <= {"text", "text_special"}
    cells = markdown.render(f"| a |\n|---|\n| x {escaped} x |")
    assert cells.count("<td>") == 1


@pytest.mark.parametrize("text", ["https://example.org/x", "see WWW.example.org", "mail me@example.org", "a &lt; b"])
def test_escaped_addresses_and_entities_are_no_more_than_text(text: str) -> None:
    """Readers of Markdown that make links of bare addresses find none; what looks like an entity stays as it is."""
    escaped = phrasing.escape_markdown(text)
    assert re.search(r"(?i)https?://|www\.\w|\w@\w", escaped) is None
    [token] = [token for token in MarkdownIt().parse(escaped) if token.type == "inline"]
    assert "".join(child.content for child in token.children or []) == text


@given(st.text(max_size=60), st.integers(min_value=1, max_value=30))
def test_clipped_text_is_short_and_the_beginning(text: str, length: int) -> None:
    """A clipped text is no longer than asked, but for its ellipsis, and begins as the text does."""
    shown = phrasing.clip(text, length)
    assert len(shown) <= length + 1
    assert shown == text or (shown.endswith("…") and text.startswith(shown[:-1]))
    ending = phrasing.clip_start(text, length)
    assert len(ending) <= length + 1
    assert ending == text or (ending.startswith("…") and text.endswith(ending[1:]))


@given(st.text())
def test_visible_text_can_be_seen(text: str) -> None:
    """Every character of a repair can be seen."""
    assert phrasing.visible(text).isprintable()


def test_every_category_note_and_voice_has_a_name() -> None:
    """Every value of the schema's categories has a name."""
    assert set(CATEGORIES) == set(phrasing.CATEGORY_NAMES)
    assert set(READABILITY_NOTES) == set(phrasing.NOTE_NAMES) == set(phrasing.NOTE_REASONS)
    assert set(TERM_VOICES) == set(phrasing.VOICE_NAMES)


@pytest.mark.parametrize(("value", "shown"), [(-0.004, "0.00"), (0.0, "0.00"), (-1234.5, "−1,234.50")])
def test_numbers_have_a_minus_sign_and_no_negative_zero(value: float, shown: str) -> None:
    """0 has no sign, a negative number has a minus sign."""
    assert phrasing.number(value, 2) == shown


def row(title: str | None, uri: str = "daily/a.txt", record: str | None = None) -> dict[str, Any]:
    return {"title": title, "source_uri": uri, "record": record}


def test_a_document_is_called_by_its_title_or_headline_or_place() -> None:
    """The name is the first of title, headline and place that is not empty."""
    assert phrasing.document_name(row("Rain"), "Storm") == "Rain"
    assert phrasing.document_name(row(" \n\u202e"), "Storm") == "Storm"
    assert phrasing.document_name(row(None), None) == "daily/a.txt"
    assert phrasing.document_name(row(None, record="7"), None) == "daily/a.txt, record 7"


@pytest.mark.parametrize(("n_words", "result"), [(90, "; none"), (900, ", about 4.0 per 1,000 words; none")])
def test_a_short_article_has_no_rate(n_words: int, result: str) -> None:
    """For a text of few words, the number of terms is given and no rate."""
    document = {"n_words": n_words, "quoted_word_ratio": 0.1, "loaded_per_1000_words_author": 4.0, "language": "en"}
    finding = phrasing.article_finding(document | {"n_loaded_author": 3, "n_loaded_quoted": 0}, is_measured=True)
    assert finding == f"In the author’s own words, 3 terms may be loaded{result} in quoted speech."


class Summaries:
    def summary(self, **changes: Any) -> dict[str, Any]:
        corpus = {"n_documents": 12, "n_copies": 0, "n_measured": 12, "n_loaded_author": 9, "n_loaded_quoted": 4}
        corpus |= {"author_words": 1_100, "quoted_words": 190, "languages": [{"language": "en", "n_documents": 12}]}
        rate = {"value": 8.14, "low": 6.0, "high": 10.0}
        figures = {"loaded_per_1000_words_author": rate, "loaded_per_1000_words_quoted": rate | {"value": 21.3}}
        summary = {"corpus": corpus, "figures": figures, "failures": {"n_failed": 0}, "sources": {"rows": []}}
        for name, change in changes.items():
            summary[name] = summary[name] | change
        return summary

    def source(self, name: str, low: float | None, value: float, high: float | None) -> dict[str, Any]:
        return {"source": name, "loaded_per_1000_words_author": {"value": value, "low": low, "high": high, "n": 20}}


class TestHeadline(Summaries):
    def test_says_how_loaded_the_authors_words_are(self) -> None:
        """Without sources to compare, the finding is the authors' own rate, with that of quoted speech."""
        assert phrasing.headline(self.summary()) == (
            "In 12 documents, about 8.1 terms per 1,000 of the authors’ own words may be loaded, "
            "compared with 21 in quoted speech."
        )

    def test_names_sources_whose_intervals_do_not_overlap(self) -> None:
        """Sources that differ significantly are the finding."""
        rows = [self.source("A", 12.0, 14.2, 16.0), self.source("B", 2.0, 3.1, 4.0)]
        assert phrasing.headline(self.summary(sources={"rows": rows})) == (
            "In its own voice, A uses about 14 terms per 1,000 words that may be loaded; B uses about 3.1."
        )

    def test_names_no_source_whose_difference_is_not_significant(self) -> None:
        """Sources with overlapping intervals, or without any, are no finding."""
        rows = [self.source("A", 3.5, 14.2, 26.0), self.source("B", 2.0, 3.1, 4.0), self.source("C", None, 99.0, None)]
        assert phrasing.headline(self.summary(sources={"rows": rows})).startswith("In 12 documents")

    @pytest.mark.parametrize(
        ("corpus", "failures", "begins"),
        [
            ({"n_documents": 0}, {"n_failed": 0}, "There was nothing"),
            ({"n_documents": 0}, {"n_failed": 3}, "Nothing could be analyzed: 3 inputs"),
            ({"n_measured": 0}, {}, "Nothing could be measured in 12 documents: there is too little text."),
            (
                {"n_measured": 0, "languages": [{"language": "fr"}, {"language": "ja"}, {"language": None}]},
                {},
                "Nothing could be measured in 12 documents: they are in French and Japanese.",
            ),
            ({"author_words": 60}, {}, "In 12 documents, 9 terms in the authors’ own words may be loaded."),
            (
                {"quoted_words": 60},
                {},
                "In 12 documents, about 8.1 terms per 1,000 of the authors’ own words may be loaded.",
            ),
            ({"n_loaded_author": 0}, {}, "No loaded term was found"),
            ({"n_documents": 1}, {}, "In the author’s own words, 9 terms may be loaded"),
        ],
    )
    def test_is_true_of_little(self, corpus: dict[str, Any], failures: dict[str, Any], begins: str) -> None:
        """Nothing read, nothing in English, nothing found and a single article each have a plain sentence."""
        assert phrasing.headline(self.summary(corpus=corpus, failures=failures)).startswith(begins)


class TestEvidence(Summaries):
    def test_gives_the_intervals_of_what_the_headline_says(self) -> None:
        """The interval of the authors' rate, or those of the two sources that are named."""
        assert phrasing.evidence(self.summary()) == ("95 % CI of the rate in the authors’ own words: 6.0 to 10.0.")
        rows = [self.source("A", 12.0, 14.2, 16.0), self.source("B", 2.0, 3.1, 4.0)]
        assert phrasing.evidence(self.summary(sources={"rows": rows})) == (
            "The difference is statistically significant (95 % CI 12.0 to 16.0 and 2.0 to 4.0)."
        )

    def test_counts_failed_inputs(self) -> None:
        """Inputs that could not be read are counted beside the finding about the others."""
        assert phrasing.evidence(self.summary(failures={"n_failed": 2})).endswith("10.0. 2 inputs could not be read.")
