from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len

from flows.execution.versions import resources_for
from flows.terminal.article import article_view
from flows.terminal.console import Style
from tasks.analysis import analyze_documents
from tasks.ingest import Source, read_documents
from tasks.options import Options

if TYPE_CHECKING:
    import polars as pl

ARTICLE = (
    "Despot’s ‘brutal’ plan sparks fury\n\nThe deranged despot ‚ÄĒ as he is called ‚ÄĒ stormed out of the hall on Monday. "
    "‘This is a shameless betrayal,’ Nora Faber said, ‘and we will never yield to it, whatever they say.’ Nobody answered her at all.\n\nIt rained in the afternoon, "
    "and the markets of the old town closed early.\n"
)
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def analyzed(text: str, options: Options = Options()) -> dict[str, pl.DataFrame]:  # noqa: B008  # it is frozen
    documents, invalid_bytes, _ = read_documents([Source("-", "-", 0, "text")], options, io.BytesIO(text.encode()))
    return analyze_documents(documents, invalid_bytes, options, resources_for(options))


def shown(text: str, width: int = 100, options: Options = Options(), **more: bool) -> str:  # noqa: B008  # Options is frozen
    return "\n".join(article_view(analyzed(text, options), width, Style(enabled=False), **more))


class TestArticleView:
    @pytest.mark.parametrize("width", [60, 79, 80, 100, 160])
    @pytest.mark.parametrize(
        "text",
        [
            ARTICLE,
            "",
            "One.",
            "A " + "very " * 60 + "long story about a shameless despot.\n\n" + "x" * 500,
            "橋は月曜日から閉鎖されている。" * 30,
            "Die Brücke ist seit Montag gesperrt, sagte der Minister, und sie bleibt es noch lange.",
            "ﬁrst 👩‍👩‍👧 family\u200b of emojis 😀 in a shameless, disgraceful text that goes on and on. Yes!",
        ],
        ids=["article", "empty", "tiny", "long words", "Japanese", "German", "emojis"],
    )
    def test_no_line_is_too_wide(self, text: str, width: int) -> None:
        """For any text, every line fits the width, and styled lines have the same characters as plain ones."""
        tables = analyzed(text)
        plain = list(article_view(tables, width, Style(enabled=False), all_terms=True, all_repairs=True))
        styled = list(article_view(tables, width, Style(enabled=True), all_terms=True, all_repairs=True))
        assert max(map(cell_len, plain)) <= width
        assert [ANSI.sub("", line) for line in styled] == plain

    @pytest.mark.parametrize("width", [60, 100])
    def test_text_is_complete(self, width: int) -> None:
        """Without margin and marks, all words of the article are there, in order."""
        lines = shown(ARTICLE, width).split("\n")
        begin = next(i for i, line in enumerate(lines) if re.match(r" ¶ kind|¶ 0", line))
        end = next(i for i, line in enumerate(lines) if line.startswith("[term]:"))
        body = [line.rpartition("│")[2] for line in lines[begin + 1 : end] if not line.startswith("¶")]
        words = re.sub(r"[\[\]{}¹²³]", "", " ".join(body)).split()
        assert words == ARTICLE.replace("‚ÄĒ", "—").split()

    def test_voices_are_distinguished_by_marks(self) -> None:
        """The author's terms are in square brackets, quoted ones in curly brackets, both with their intensity."""
        text = shown(ARTICLE)
        assert "The [deranged]³ [despot]³ — as he is called" in text
        assert "{shameless}³ {betrayal}" in text
        assert "[term]: author’s own words, {term}: quoted speech" in text

    def test_figures(self) -> None:
        """The figures at the top and in the margin are those of the tables."""
        tables = analyzed(ARTICLE)
        text = "\n".join(article_view(tables, 100, Style(enabled=False)))
        [document] = tables["documents"].to_dicts()
        assert f"grade {document['flesch_kincaid_grade_published']:>11.1f}" in text
        rate = f"{document['loaded_per_1000_words_author']:.0f}"
        assert f"loaded {rate:>10}   terms per 1,000 words of the author" in text
        row = tables["paragraphs"].row(1, named=True)
        assert row["readability_note"] == "ok"
        sentiment = f"{row['vader_compound']:.2f}".replace("-", "−")
        assert f" 1 body        {row['flesch_kincaid_grade_published']:>5.0f} {sentiment:>9} │ The [deranged]³" in text

    def test_unreliable_grades_are_in_brackets(self) -> None:
        """The grade of a short paragraph is in brackets, a headline has none."""
        lines = shown(ARTICLE).split("\n")
        assert any(re.match(r" 0 headline        – ", line) for line in lines)
        assert any(re.match(r" 2 body +\(\d+\) ", line) for line in lines)

    def test_repairs(self) -> None:
        """Repairs are counted by kind, and listed when asked for."""
        assert "2 repairs in the text (2 mojibake); list them with --repairs" in shown(ARTICLE)
        assert "‚ÄĒ → —" in shown(ARTICLE, all_repairs=True)

    def test_terms_are_listed_with_reasons(self) -> None:
        """The reasons of the author's most loaded terms are below the text; of all terms with --terms."""
        few, every = shown(ARTICLE), shown(ARTICLE, all_terms=True)
        assert "name-calling, strong, author’s voice: paints a ruler as cruel" in few
        assert "list all with --terms" in few
        assert "{betrayal}" in every.partition("All terms that may be loaded")[2]

    def test_other_languages_say_so(self) -> None:
        """A text that is not English has only its length, with the reason."""
        text = shown("Die Brücke ist seit Montag gesperrt, sagte der Minister, und sie bleibt es noch lange.")
        assert "in German, not in English" in text
        assert "(Flesch-Kincaid)\n" not in text
        assert "grade  " not in text.partition("¶ kind")[0]

    def test_escape_sequences_do_nothing(self) -> None:
        """Control characters of a text, kept under --verbatim, are shown escaped."""
        text = shown("The \x1b[31mred\x1b[0m despot \x07 rang.\u202e It rained.", options=Options(verbatim=True))
        assert not set("\x1b\x07\u202e") & set(text)
