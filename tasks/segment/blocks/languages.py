"""The language of documents, and of paragraphs in another language than their document.

Loading the language model takes most of a second and each classification 0.1 ms, and most texts here are English. English
is detected by function words first: four different ones of a dozen that other languages lack, in the first hundred words,
or two in a text of less than four lines. Only other texts are classified by py3langid.

Where there is too little text or confidence, the language is null.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import polars as pl

_SAMPLE = 600  # code points from the beginning: about a hundred words
_ENGLISH_WORDS = [
    f" {word} " for word in ("the", "and", "of", "to", "that", "with", "for", "which", "from", "by", "at", "this")
]
_COMMONEST = _ENGLISH_WORDS[0]
_MIN_ENGLISH = 4  # different ones
_SHORT, _MIN_ENGLISH_SHORT = 300, 2
# One of these in a paragraph of an English document is enough. None is a word of German or Dutch too, as "was" and "is" are.
_ENGLISH_SIGNS = _ENGLISH_WORDS + [
    f" {word} "
    for word in ("said", "says", "its", "their", "they", "been", "would", "were", "than", "when", "who", "are", "his", "she",
        "after", "about", "could", "more", "into", "out", "up", "first", "new", "year", "had", "not", "how", "what", "your")
]  # fmt: skip
_MIN_LETTERS = 40
_MIN_PARAGRAPH_LETTERS = 60
_MIN_CONFIDENCE = 0.8
_MIN_PARAGRAPH_CONFIDENCE = 0.95


def detect_languages(documents: pl.DataFrame, paragraphs: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`documents` with language (ISO 639-1, or null) and language_confidence (1 where function words decide), and
    `paragraphs` with language: their document's, unless another one is detected with a confidence of 0.95.

    >>> english = "The mayor of the old town said to them that she would not go with the others."
    >>> german = "Die Brücke ist seit Montag gesperrt, sagte der Minister, und sie bleibt es noch lange."
    >>> documents = pl.DataFrame({"document_id": ["d"], "text": [english + " " + german]})
    >>> paragraphs = pl.DataFrame({"document_id": ["d", "d"], "text": [english, german]})
    >>> documents, paragraphs = detect_languages(documents, paragraphs)
    >>> documents["language"].to_list(), paragraphs["language"].to_list()
    (['en'], ['en', 'de'])
    """
    documents = documents.with_columns(_detect(documents["text"], _MIN_LETTERS, _MIN_CONFIDENCE))
    main = (
        paragraphs.select("document_id")
        .join(documents.select("document_id", "language"), on="document_id", how="left", maintain_order="left")
        .get_column("language")
    )
    texts = paragraphs["text"]
    # Most English paragraphs hold "the", and one word is searched faster than many.
    has_english = texts.str.contains_any([_COMMONEST])
    rows = (~has_english).arg_true()
    has_english = has_english.scatter(rows, texts.gather(rows).str.contains_any(_ENGLISH_SIGNS))
    # Only paragraphs that look English in a document that is not, or the other way round, are classified by themselves.
    may_differ = (has_english != (main == "en").fill_null(value=False)) & (
        texts.str.len_bytes() >= _MIN_PARAGRAPH_LETTERS
    )
    rows = may_differ.arg_true()
    own = _detect(texts.gather(rows), _MIN_PARAGRAPH_LETTERS, _MIN_PARAGRAPH_CONFIDENCE)["language"]
    differs = own.is_not_null()
    return documents, paragraphs.with_columns(main.scatter(rows.filter(differs), own.filter(differs)).alias("language"))


def detect_language(text: str) -> tuple[str | None, float | None]:
    """The language of one text and the confidence, or nulls if there is too little text or confidence.

    >>> detect_language("Der Minister sagte am Montag, dass die Brücke nicht mehr zu retten ist.")[0]
    'de'
    >>> detect_language("Photo: Orr")
    (None, None)
    """
    language, confidence = _detect(pl.Series([text]), _MIN_LETTERS, _MIN_CONFIDENCE).row(0)
    return language, confidence


def _detect(texts: pl.Series, min_letters: int, min_confidence: float) -> pl.DataFrame:
    samples = texts.str.slice(0, _SAMPLE)
    # Each word is searched by itself, which stops at its first occurrence. (`contains` would fill polars' small cache of
    # compiled patterns.)
    n_found = pl.sum_horizontal(pl.col("sample").str.contains_any([word]) for word in _ENGLISH_WORDS)
    n_needed = pl.when(pl.col("sample").str.len_bytes() < _SHORT).then(_MIN_ENGLISH_SHORT).otherwise(_MIN_ENGLISH)
    is_english = pl.DataFrame({"sample": samples}).select(n_found >= n_needed).to_series()
    classified = [_classify(sample, min_letters, min_confidence) for sample in samples.filter(~is_english)]
    rows = (~is_english).arg_true()
    language = pl.Series("language", ["en"], dtype=pl.String).new_from_index(0, len(texts))
    confidence = pl.Series("language_confidence", [1.0], dtype=pl.Float64).new_from_index(0, len(texts))
    return pl.DataFrame(
        [
            language.scatter(rows, pl.Series([one for one, _ in classified], dtype=pl.String)),
            confidence.scatter(rows, pl.Series([other for _, other in classified], dtype=pl.Float64)),
        ]
    )


def _classify(sample: str | None, min_letters: int, min_confidence: float) -> tuple[str | None, float | None]:
    if sum(map(str.isalpha, sample or "")) < min_letters:
        return None, None
    language, confidence = _model().classify(sample)
    return (str(language), float(confidence)) if confidence >= min_confidence else (None, None)


@cache
def _model() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
