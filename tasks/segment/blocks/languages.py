"""The language of documents, and of paragraphs that differ.

Loading a language model takes most of a second and asking it 0.1 ms, and most texts here are plainly English. English is
told by its function words first: where four different ones of a dozen that no other language has stand in the first
hundred words, or two in less than four lines, nothing else is meant. Only what fails this test is shown to py3langid.

Too little text, or a model in doubt, gives null rather than a guess.
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
# One of these in a paragraph of an English document is enough; none is a word of its neighbours' (as "was" and "is" are).
_ENGLISH_SIGNS = _ENGLISH_WORDS + [
    f" {word} "
    for word in ("said", "says", "its", "their", "they", "been", "would", "were", "than", "when", "who", "are", "his", "she",
        "after", "about", "could", "more", "into", "out", "up", "first", "new", "year", "had", "not", "how", "what", "your")
]  # fmt: skip
_MIN_LETTERS = 40
_MIN_PARAGRAPH_LETTERS = 60
_MIN_CONFIDENCE = 0.8
_BEYOND_DOUBT = 0.95


def detect_languages(documents: pl.DataFrame, paragraphs: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`documents` with language (ISO 639-1, or null) and language_confidence (1 where function words settle it), and
    `paragraphs` with language: their document's, unless they differ beyond doubt.

    >>> english = "The mayor of the old town said to them that she would not go with the others."
    >>> german = "Die Brücke ist seit Montag gesperrt, sagte der Minister, und sie bleibt es noch lange."
    >>> documents = pl.DataFrame({"document_id": ["d"], "text": [english + " " + german]})
    >>> paragraphs = pl.DataFrame({"document_id": ["d", "d"], "text": [english, german]})
    >>> documents, paragraphs = detect_languages(documents, paragraphs)
    >>> documents["language"].to_list(), paragraphs["language"].to_list()
    (['en'], ['en', 'de'])
    """
    documents = documents.with_columns(_tell(documents["text"], _MIN_LETTERS, _MIN_CONFIDENCE))
    main = (
        paragraphs.select("document_id")
        .join(documents.select("document_id", "language"), on="document_id", how="left", maintain_order="left")
        .get_column("language")
    )
    texts = paragraphs["text"]
    # Most English paragraphs hold "the", which is found sooner than one of many.
    has_english = texts.str.contains_any([_COMMONEST])
    rows = (~has_english).arg_true()
    has_english = has_english.scatter(rows, texts.gather(rows).str.contains_any(_ENGLISH_SIGNS))
    # An English paragraph of an English document holds some word of the dozen; a German one of a German document none.
    is_odd = (has_english != (main == "en").fill_null(value=False)) & (texts.str.len_bytes() >= _MIN_PARAGRAPH_LETTERS)
    rows = is_odd.arg_true()
    own = _tell(texts.gather(rows), _MIN_PARAGRAPH_LETTERS, _BEYOND_DOUBT)["language"]
    differs = own.is_not_null()
    return documents, paragraphs.with_columns(main.scatter(rows.filter(differs), own.filter(differs)).alias("language"))


def detect_language(text: str) -> tuple[str | None, float | None]:
    """The language of one text and the confidence, or nulls if there is too little text.

    >>> detect_language("Der Minister sagte am Montag, dass die Brücke nicht mehr zu retten ist.")[0]
    'de'
    >>> detect_language("Photo: Orr")
    (None, None)
    """
    language, confidence = _tell(pl.Series([text]), _MIN_LETTERS, _MIN_CONFIDENCE).row(0)
    return language, confidence


def _tell(texts: pl.Series, min_letters: int, min_confidence: float) -> pl.DataFrame:
    samples = texts.str.slice(0, _SAMPLE)
    # Each is looked for by itself: that stops at the first. (`contains` would take it for one of the few patterns kept.)
    n_found = pl.sum_horizontal(pl.col("sample").str.contains_any([word]) for word in _ENGLISH_WORDS)
    n_needed = pl.when(pl.col("sample").str.len_bytes() < _SHORT).then(_MIN_ENGLISH_SHORT).otherwise(_MIN_ENGLISH)
    is_english = pl.DataFrame({"sample": samples}).select(n_found >= n_needed).to_series()
    asked = [_ask(sample, min_letters, min_confidence) for sample in samples.filter(~is_english)]
    rows = (~is_english).arg_true()
    language = pl.Series("language", ["en"], dtype=pl.String).new_from_index(0, len(texts))
    confidence = pl.Series("language_confidence", [1.0], dtype=pl.Float64).new_from_index(0, len(texts))
    return pl.DataFrame(
        [
            language.scatter(rows, pl.Series([one for one, _ in asked], dtype=pl.String)),
            confidence.scatter(rows, pl.Series([other for _, other in asked], dtype=pl.Float64)),
        ]
    )


def _ask(sample: str | None, min_letters: int, min_confidence: float) -> tuple[str | None, float | None]:
    if sum(map(str.isalpha, sample or "")) < min_letters:
        return None, None
    language, confidence = _model().classify(sample)
    return (str(language), float(confidence)) if confidence >= min_confidence else (None, None)


@cache
def _model() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
