"""Agreement of hits and scores with annotated texts: precision, recall, F1 and AUC, with confidence intervals.

There are three levels. *Word*: is a word that people marked part of a hit? A word is a run of letters, digits and inner
apostrophes or hyphens; it counts as marked or found if any part of it is. *Sentence*: does the score rank the texts that
people call loaded above the others (AUC), and does having a hit predict the label (F1, macro-F1)? *Hit*: how many hits
lie in a marked span, and how many marked spans have a hit.

Intervals are percentiles of a bootstrap over documents, because sentences of one article are not independent.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from tasks.errors import FormatError
from tasks.measure.loaded_language.matching import compile_lexicon, judge_in_texts
from tasks.measure.loaded_language.scores import sentence_probabilities
from tasks.measure.tokens import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from tasks.measure.loaded_language.context import Judge
    from tasks.measure.loaded_language.lexicon import Lexicon
    from tasks.text.arrays import Bools, Floats

    Span = tuple[int, int]
    Counts = Floats
    """A row for each text."""

WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_SHOWN = 5  # mistakes that a message lists
RESULTS = pl.Schema(
    {
        "method": pl.String,
        "level": pl.String,
        "measure": pl.String,
        "value": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "n": pl.Int64,
    }
)
"""What `evaluate` returns: a measure with its 95 % interval, and `n`, the number of words, sentences or hits."""


@dataclass(frozen=True)
class Annotated:
    """One text, usually a sentence, as people annotated it."""

    text: str
    label: bool
    spans: tuple[Span, ...] = ()
    """What they marked as loaded, in code points."""
    other_spans: tuple[Span, ...] = ()
    """What they marked as something else, or in another voice."""
    second_spans: tuple[Span, ...] = ()
    """What a second, independent reading marked."""
    document: str = ""
    """The bootstrap draws whole documents."""


@dataclass(frozen=True)
class AnnotatedFields:
    """The names of the fields of an annotated record."""

    text: str = "text"
    label: str = "label"
    spans: str = "spans"
    document: str = "doc"
    second: str = ""
    """The spans of a second reading; none if it is empty."""


class Predictions(NamedTuple):
    """What a method predicts for each of several texts."""

    scores: Floats
    """How loaded each text is; only the order counts."""
    spans: list[list[Span]]
    """What is loaded in each text, in code points."""


def read_annotated(
    lines: Iterable[str],
    categories: AbstractSet[str] = frozenset(),
    fields: AnnotatedFields = AnnotatedFields(),
    voice: str = "",
) -> list[Annotated]:
    r"""Annotated texts from JSON lines: text, label (0 or 1), spans ({start, end, category}), doc.

    Without a label a text is loaded if it has a span. A text of several lines that has spans, or no label, is cut into
    its lines, each labelled by its spans. `categories` and `voice` say which spans count; all if they are empty.
    A span may state its voice. FormatError names the lines that are not such records, and a requested field that no
    record has.

    >>> line = '{"text": "Calm.\\nA vile plot.", "spans": [{"start": 8, "end": 12}], "doc": "a"}'
    >>> [(row.text, row.label, row.spans) for row in read_annotated([line])]
    [('Calm.', False, ()), ('A vile plot.', True, ((2, 6),))]
    """
    rows: list[Annotated] = []
    mistakes: list[str] = []
    known_fields: dict[str, None] = {}
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                record = json.loads(line)
                known_fields |= dict.fromkeys(record) if isinstance(record, dict) else {}
                rows.extend(_read_record(record, categories, fields, voice, number))
            except (json.JSONDecodeError, FormatError) as error:
                mistakes.append(f"line {number}: {error}")
    _require_fields(fields, known_fields)
    if mistakes:
        more = f"; and {len(mistakes) - _SHOWN:,} lines more" if len(mistakes) > _SHOWN else ""
        raise FormatError(
            f"not annotated texts, which are JSON objects like "
            f'{{"text": "A vile plot.", "label": 1, "spans": [{{"start": 2, "end": 6}}]}}: {"; ".join(mistakes[:_SHOWN])}{more}'
        )
    return rows


def _require_fields(fields: AnnotatedFields, known: dict[str, None]) -> None:
    """FormatError for a name that the user gave and that no record has."""
    for name, default in asdict(AnnotatedFields()).items():
        requested = getattr(fields, name)
        if known and requested != default and requested not in known:
            names = ", ".join(list(known)[:_SHOWN])
            raise FormatError(f"no record has a field {requested!r} (--{name}-field); the fields are: {names}")


def _read_record(
    record: object, categories: AbstractSet[str], fields: AnnotatedFields, voice: str, number: int
) -> Iterator[Annotated]:
    """The texts of one record; FormatError says what is wrong with it."""
    if not isinstance(record, dict):
        raise FormatError("not a JSON object")
    text, label = record.get(fields.text), record.get(fields.label)
    if not isinstance(text, str):
        raise FormatError(
            f"no text in the field {fields.text!r}; its fields are {', '.join(map(repr, record)) or 'none'}"
        )
    if label not in (None, 0, 1):
        raise FormatError(f"{fields.label} is {label!r}: expected 1 (loaded) or 0")
    if fields.label not in record and fields.spans not in record:
        raise FormatError(f"neither {fields.label!r} nor {fields.spans!r} says whether it is loaded")
    spans = [_read_span(span, len(text)) for span in record.get(fields.spans) or []]
    second = [_read_span(span, len(text)) for span in record.get(fields.second) or []]
    document = str(record.get(fields.document) or number)
    whole = label is not None and not spans
    for line in re.finditer(r"(?s).+" if whole else r"[^\n]+", text):
        own: dict[bool, list[Span]] = {True: [], False: []}
        for span in spans:
            if part := _in_line(span, line):
                counts = (not categories or span.category in categories) and (not voice or span.voice in {voice, ""})
                own[counts].append(part)
        is_loaded = bool(label) if label is not None and len(line[0]) == len(text) else bool(own[True])
        marked_again = tuple(part for span in second if (part := _in_line(span, line)))
        yield Annotated(line[0], is_loaded, tuple(own[True]), tuple(own[False]), marked_again, document)


class _AnnotatedSpan(NamedTuple):
    start: int
    end: int
    category: str
    voice: str
    """Empty if it is not stated."""


def _in_line(span: _AnnotatedSpan, line: re.Match[str]) -> Span | None:
    """The part of a span that is in a line, from the line's beginning."""
    first, last = max(span.start, line.start()), min(span.end, line.end())
    return (first - line.start(), last - line.start()) if first < last else None


def _read_span(span: Any, length: int) -> _AnnotatedSpan:
    match span:
        case {"start": int(start), "end": int(end)} if 0 <= start < end <= length:
            return _AnnotatedSpan(start, end, str(span.get("category")), str(span.get("voice") or ""))
    raise FormatError(f"the span {span!r} does not say where in the text it starts and ends")


def predict_with_lexicon(texts: Sequence[str], lexicon: Lexicon, judge: Judge | None = None) -> Predictions:
    """How likely each text has a loaded term, and its loaded terms, by the shipped judge unless another is given.

    >>> from tasks.measure.loaded_language.lexicon import load_lexicon
    >>> predicted = predict_with_lexicon(["The despot spoke.", "Rain fell."], load_lexicon())
    >>> bool(predicted.scores[0] > 0.5), bool(predicted.scores[1] == 0), predicted.spans
    (True, True, [[(4, 10)], []])
    """
    series = pl.Series(texts, dtype=pl.String)
    tokens = Vocabulary(fold=True).encode(series)
    found = judge_in_texts(series, tokens, compile_lexicon(lexicon), judge)
    spans: list[list[Span]] = [[] for _ in texts]
    for index, start, end in found.filter(pl.col("weight") > 0).select("paragraph_index", "start", "end").iter_rows():
        spans[index].append((start, end))
    places = pl.DataFrame({"document_id": "", "paragraph_index": range(len(texts)), "sentence_index": 0})
    terms = found.with_columns(document_id=pl.lit(""), sentence_index=pl.lit(0))
    places = places.with_columns(pl.col("paragraph_index").cast(pl.Int32), pl.col("sentence_index").cast(pl.Int32))
    return Predictions(sentence_probabilities(places, terms).to_numpy(), spans)


def second_reading(rows: Sequence[Annotated]) -> Predictions:
    """What the second reading marked, as predictions: how well two readings agree bounds what any method can reach.

    >>> second_reading([Annotated("A vile plot.", True, ((2, 6),), (), ((2, 11),))]).spans
    [[(2, 11)]]
    """
    spans = [list(row.second_spans) for row in rows]
    return Predictions(np.array([float(len(own)) for own in spans]), spans)


def predict_with_vader(texts: Sequence[str]) -> Predictions:
    """The absolute value of VADER's compound score, and the words of its lexicon."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer = SentimentIntensityAnalyzer()
    scores = np.array([abs(analyzer.polarity_scores(text)["compound"]) for text in texts])
    return Predictions(scores, predict_with_words(texts, analyzer.lexicon.keys()).spans)


def predict_with_words(texts: Sequence[str], words: AbstractSet[str]) -> Predictions:
    """The share of words that are in a list, and those words.

    >>> predict_with_words(["A vile plot."], {"vile"}).spans
    [[(2, 6)]]
    """
    spans = [[match.span() for match in WORD.finditer(text) if match[0].lower() in words] for text in texts]
    n_words = [max(1, len(text.split())) for text in texts]
    return Predictions(np.array([len(own) / n for own, n in zip(spans, n_words, strict=True)]), spans)


def predict_with_afinn(texts: Sequence[str]) -> Predictions:
    """The share of words that are in AFINN's list (package afinn), and those words."""
    from afinn import Afinn

    afinn = Afinn()
    return predict_with_words(texts, {word for word in _distinct_words(texts) if afinn.score(word)})


def predict_with_textblob(texts: Sequence[str]) -> Predictions:
    """TextBlob's subjectivity, and the words that are subjective by themselves (package textblob)."""
    from textblob import TextBlob

    scores = np.array([TextBlob(text).sentiment.subjectivity for text in texts])
    subjective = {word for word in _distinct_words(texts) if TextBlob(word).sentiment.subjectivity > 0}
    return Predictions(scores, predict_with_words(texts, subjective).spans)


def predict_with_liu(texts: Sequence[str]) -> Predictions:
    """The share of words that are negative in Liu's opinion lexicon (NLTK's corpus opinion_lexicon), and those words."""
    from nltk.corpus import opinion_lexicon

    return predict_with_words(texts, frozenset(opinion_lexicon.negative()))


def _distinct_words(texts: Sequence[str]) -> set[str]:
    return {match[0].lower() for text in texts for match in WORD.finditer(text)}


OTHERS: dict[str, Callable[[Sequence[str]], Predictions]] = {
    "vader": predict_with_vader,
    "liu_negative": predict_with_liu,
    "afinn": predict_with_afinn,
    "textblob": predict_with_textblob,
}
"""The methods to compare with; all but VADER are optional. None downloads anything."""


def installed_methods() -> dict[str, Callable[[Sequence[str]], Predictions]]:
    """The methods of `OTHERS` whose package and data are installed."""
    methods = {}
    for name, method in OTHERS.items():
        try:
            method(["probe"])
        except (ImportError, LookupError):
            continue
        methods[name] = method
    return methods


def evaluate(
    rows: Sequence[Annotated],
    methods: Mapping[str, Callable[[Sequence[str]], Predictions]],
    n_resamples: int = 1000,
    seed: int = 0,
) -> pl.DataFrame:
    """Each method's measures on annotated texts, with intervals: the columns of `RESULTS`.

    Levels and measures: word (precision, recall, f1), sentence (precision, recall, f1, macro_f1, auc), hit (precision:
    hits in a span of any kind; recall: spans that count and have a hit; f1). A measure that would divide by zero is null.
    If no span is marked, there is the sentence level only.

    >>> rows = [Annotated("A vile plot.", True, ((2, 6),)), Annotated("Rain fell.", False)]
    >>> results = evaluate(rows, {"list": lambda texts: predict_with_words(texts, {"vile"})}, n_resamples=10)
    >>> results.filter(pl.col("measure") == "auc")["value"].to_list()
    [1.0]
    """
    documents = np.unique([row.document or str(number) for number, row in enumerate(rows)], return_inverse=True)[1]
    n_documents = int(documents.max(initial=-1)) + 1
    results = []
    for name, method in methods.items():
        predictions = method([row.text for row in rows])
        counts = {level: count(rows, predictions) for level, count in _COUNTS.items()}
        ranking = _Ranking(predictions.scores, np.array([row.label for row in rows]))
        generator = np.random.default_rng(seed)  # the same documents are drawn for each method
        equal = np.full(n_documents, 1 / n_documents)
        samples = [
            _measures(counts, ranking, generator.multinomial(n_documents, equal)[documents].astype(float))
            for _ in range(n_resamples)
        ]
        n = {
            "word": int(counts["word"].sum()),
            "sentence": len(rows),
            "hit": sum(len(found) for found in predictions.spans),
        }
        whole = _measures(counts, ranking, np.ones(len(rows)))
        if not any(row.spans for row in rows):
            whole = {key: value for key, value in whole.items() if key[0] == "sentence"}
        for key, value in whole.items():
            drawn_values = np.array([sample[key] for sample in samples])
            known = drawn_values[~np.isnan(drawn_values)]
            low, high = np.percentile(known, [2.5, 97.5]) if len(known) else (np.nan, np.nan)
            results.append((name, *key, value, low, high, n[key[0]]))
    return pl.DataFrame(results, schema=RESULTS, orient="row").with_columns(pl.col(pl.Float64).fill_nan(None))


class _Ranking:
    """Scores and labels, sorted once, so that the AUC under any weights of the texts is quick."""

    def __init__(self, scores: Floats, labels: Bools) -> None:
        self._level = np.unique(scores, return_inverse=True)[1]
        self._labels = labels

    def auc(self, weights: Floats) -> float:
        """The probability that a loaded text scores above one that is not; ties count half."""
        positive = np.bincount(self._level, weights * self._labels)
        negative = np.bincount(self._level, weights * ~self._labels)
        below = np.cumsum(negative) - negative / 2
        pairs = positive.sum() * negative.sum()
        return float(positive @ below / pairs) if pairs else np.nan


def _measures(counts: Mapping[str, Counts], ranking: _Ranking, weights: Floats) -> dict[tuple[str, str], float]:
    word = weights @ counts["word"]
    sentence = weights @ counts["sentence"]
    in_span, n_hits, found, n_spans = weights @ counts["hit"]
    opposite = _precision_recall_f1(sentence[[3, 2, 1, 0]])
    return {
        **{("word", name): value for name, value in _precision_recall_f1(word).items()},
        **{("sentence", name): value for name, value in _precision_recall_f1(sentence).items()},
        ("sentence", "macro_f1"): (_precision_recall_f1(sentence)["f1"] + opposite["f1"]) / 2,
        ("sentence", "auc"): ranking.auc(weights),
        ("hit", "precision"): (precision := _ratio(in_span, n_hits)),
        ("hit", "recall"): (recall := _ratio(found, n_spans)),
        ("hit", "f1"): _ratio(2 * precision * recall, precision + recall),
    }


def _precision_recall_f1(counts: Counts) -> dict[str, float]:
    """Of true positives, false positives, false negatives and true negatives."""
    true, wrong, missed, _ = counts.tolist()
    return {
        "precision": _ratio(true, true + wrong),
        "recall": _ratio(true, true + missed),
        "f1": _ratio(2 * true, 2 * true + wrong + missed),
    }


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else np.nan


def _count_words(rows: Sequence[Annotated], predictions: Predictions) -> Counts:
    counts = np.zeros((len(rows), 4))
    for row, found, count in zip(rows, predictions.spans, counts, strict=True):
        for match in WORD.finditer(row.text):
            count[_cell(_touches(match.span(), found), _touches(match.span(), row.spans))] += 1
    return counts


def _count_sentences(rows: Sequence[Annotated], predictions: Predictions) -> Counts:
    counts = np.zeros((len(rows), 4))
    for row, found, count in zip(rows, predictions.spans, counts, strict=True):
        count[_cell(bool(found), row.label)] = 1
    return counts


def _count_hits(rows: Sequence[Annotated], predictions: Predictions) -> Counts:
    """Hits in any span, hits, spans that count and have a hit, spans that count."""
    counts = np.zeros((len(rows), 4))
    for row, found, count in zip(rows, predictions.spans, counts, strict=True):
        anything = (*row.spans, *row.other_spans)
        count[:] = (
            sum(_touches(hit, anything) for hit in found),
            len(found),
            sum(_touches(span, found) for span in row.spans),
            len(row.spans),
        )
    return counts


_COUNTS = {"word": _count_words, "sentence": _count_sentences, "hit": _count_hits}


def _cell(found: bool, marked: bool) -> int:
    """Which of true positive, false positive, false negative, true negative."""
    return (0 if marked else 1) if found else (2 if marked else 3)


def _touches(span: Span, others: Iterable[Span]) -> bool:
    return any(start < span[1] and end > span[0] for start, end in others)
