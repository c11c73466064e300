"""The language of documents and of paragraphs in another language."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tasks.segment import detect_language, segment_documents

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

ENGLISH = "The board of the harbour told islanders that the boat would not sail at all before the end of the winter."
SAMPLES = {
    "en": ENGLISH,
    "fr": "Le bateau ne partira pas avant la fin de l’hiver, a déclaré le conseil du port aux habitants de l’île.",
    "de": "Das Boot fährt vor dem Ende des Winters nicht mehr, teilte die Hafenbehörde den Bewohnern der Insel mit.",
    "es": "El barco no saldrá antes del final del invierno, según dijo la junta del puerto a los habitantes de la isla.",
    "ru": "Паром не выйдет в море до конца зимы, сообщило жителям острова руководство порта во вторник.",
}


@pytest.mark.parametrize("language", SAMPLES)
def test_languages(language: str) -> None:
    """One sentence is enough to detect a language."""
    assert detect_language(SAMPLES[language])[0] == language


@pytest.mark.parametrize("text", ["", "Orr", "12 345 67 890 12 345 67 890 12 345 67 890 12 345", "!!! ... ???"])
def test_too_little_text_to_detect(text: str) -> None:
    """If a language is uncertain, it is null."""
    assert detect_language(text) == (None, None)


def test_only_foreign_paragraphs_differ_from_their_document(make_documents: Callable[..., pl.DataFrame]) -> None:
    """A German paragraph in an English document is German; a short English one is not classified."""
    found = segment_documents(
        make_documents("\n\n".join([ENGLISH, SAMPLES["de"], "No boat, no post.", ENGLISH + " So."]))
    )
    assert found.documents["language"].to_list() == ["en"]
    assert found.paragraphs["language"].to_list() == ["en", "de", "en", "en"]


def test_an_english_paragraph_in_a_french_document(make_documents: Callable[..., pl.DataFrame]) -> None:
    """An English paragraph in a German document is English."""
    french = SAMPLES["fr"]
    found = segment_documents(make_documents("\n\n".join([*(french[:-1] + f" {i}." for i in range(6)), ENGLISH])))
    assert found.documents["language"].to_list() == ["fr"]
    assert found.paragraphs["language"].to_list() == [*["fr"] * 6, "en"]
