"""The tables: every column with its type, unit, range and meaning, stated once.

From here come the types of each stage's result, the metadata inside the parquet files, `PANDAS_ATTRS`,
`overtones schema` and docs/tables.md.

Counts and flags are never null. A measurement is null where it would mean nothing, and a column beside it says why.
Offsets are code points, half-open, unless the unit says bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable


class Column(NamedTuple):
    """One column: what it is called, holds, is measured in, and means."""

    name: str
    dtype: pl.DataType
    meaning: str
    unit: str = ""
    nullable: bool = False


@dataclass(frozen=True)
class Table:
    """One table: its key columns come first and name a row; rows follow the sources' order, then the key."""

    name: str
    key: tuple[str, ...]
    meaning: str
    columns: tuple[Column, ...]

    @property
    def schema(self) -> pl.Schema:
        """The polars schema, columns in order."""
        return pl.Schema({column.name: column.dtype for column in self.columns})

    def empty(self) -> pl.DataFrame:
        """The table without a row.

        >>> FAILURES.empty().columns
        ['source_uri', 'record', 'stage', 'error', 'message']
        """
        return pl.DataFrame(schema=self.schema)

    def conform(self, frame: pl.DataFrame) -> pl.DataFrame:
        """`frame` with exactly this table's columns, in order and type; anything missing or mistyped raises."""
        return frame if frame.schema == self.schema else frame.match_to_schema(self.schema, extra_columns="ignore")


KINDS = ("headline", "subheading", "bullet", "body", "caption", "byline", "boilerplate", "other")
READABILITY_NOTES = ("ok", "short", "one_sentence", "not_prose", "not_english")
VOICES = ("author", "quoted", "mixed")
TERM_VOICES = ("author", "quoted", "scare_quoted")
ATTRIBUTIONS = ("none", "direct", "indirect")
QUOTATION_MARKS = ("single", "double", "block")
QUOTATION_KINDS = ("speech", "scare", "title")
CUE_GRADES = ("neutral", "slanted", "violent")
CONFIDENCES = ("certain", "inferred")
FORMATS = ("text", "markdown", "html", "record")
SCORED_CATEGORIES = (
    "loaded_language",
    "name_calling",
    "exaggeration",
    "appeal_to_fear",
    "doubt",
    "flag_waving",
    "slogan",
    "dehumanizing",
    "euphemism",
    "moral_emotional",
    "violent_reporting_verb",
    "slanted_reporting_verb",
)
EPISTEMIC_CATEGORIES = ("hedge", "booster", "weasel", "assertive", "factive")
CATEGORIES = SCORED_CATEGORIES + EPISTEMIC_CATEGORIES
REPAIR_KINDS = (
    "stray_byte",  # a byte that was not UTF-8 in a file that is, read as cp1252
    "mojibake",  # UTF-8 read as something else, once or more
    "scar",  # mojibake that an earlier repair tool or quote straightener had altered
    "c1_control",
    "control",
    "escape_sequence",
    "byte_order_mark",
    "zero_width",
    "soft_hyphen",
    "bidi_control",
    "space",
    "html_entity",
    "ligature",
    "normalization",
    "fullwidth",
    "newline",
    "surrogate",
    "hyphenation",
    "replacement_character",  # text that was lost before it came here: told, not guessed
    "escaped_character",  # a literal \u2019, %E2%80%99 or =E2=80=99: told, left alone
)

_TEXT = pl.String()
_COUNT = pl.Int32()
_BYTES = pl.Int64()
_NUMBER = pl.Float64()
_FLAG = pl.Boolean()
_TIME = pl.Datetime("us", "UTC")


def _choice(values: Iterable[str]) -> pl.Enum:
    return pl.Enum(values)


# Names are textstat's own. Nullable: not English, or no words.
READABILITY_METRICS: tuple[Column, ...] = tuple(
    Column(name, _NUMBER, meaning, unit, nullable=True)
    for name, unit, meaning in (
        ("flesch_reading_ease", "score, higher is easier", "Flesch Reading Ease; about 0 to 100, not bounded"),
        ("flesch_kincaid_grade", "US school grade", "Flesch-Kincaid Grade Level"),
        ("smog_index", "US school grade", "SMOG index; meant for 30 sentences or more"),
        ("coleman_liau_index", "US school grade", "Coleman-Liau index"),
        ("automated_readability_index", "US school grade", "Automated Readability Index"),
        ("dale_chall_readability_score", "score, 4.9 and less is easy", "Dale-Chall score, as textstat computes it"),
        ("dale_chall_readability_score_v2", "score", "textstat's second version of the Dale-Chall score"),
        ("linsear_write_formula", "US school grade", "Linsear Write formula on the first 100 words"),
        ("gunning_fog", "US school grade", "Gunning fog index"),
        ("spache_readability", "US school grade", "Spache formula, for grades below 4"),
        (
            "mcalpine_eflaw",
            "score, 25 and less is easy",
            "McAlpine EFLAW, for readers with English as a second language",
        ),
        ("lix", "score", "LIX: words a sentence plus percentage of long words"),
        ("rix", "long words a sentence", "RIX: long words a sentence"),
        ("crawford", "years of schooling", "Crawford formula (made for Spanish)"),
        ("gulpease_index", "score, higher is easier", "Gulpease index (made for Italian)"),
        ("fernandez_huerta", "score, higher is easier", "Fernandez Huerta formula (made for Spanish)"),
        ("szigriszt_pazos", "score, higher is easier", "Szigriszt Pazos formula (made for Spanish)"),
        ("gutierrez_polini", "score, higher is easier", "Gutierrez de Polini formula (made for Spanish)"),
        ("wiener_sachtextformel_1", "school grade", "Wiener Sachtextformel, variant 1 (made for German)"),
        ("wiener_sachtextformel_2", "school grade", "Wiener Sachtextformel, variant 2 (made for German)"),
        ("wiener_sachtextformel_3", "school grade", "Wiener Sachtextformel, variant 3 (made for German)"),
        ("wiener_sachtextformel_4", "school grade", "Wiener Sachtextformel, variant 4 (made for German)"),
        ("reading_time", "seconds", "14.69 ms for each character"),
        ("words_per_sentence", "words", "textstat's words for each of textstat's sentences"),
        ("avg_syllables_per_word", "syllables", "syllables a word"),
        ("avg_character_per_word", "characters", "characters a raw token, punctuation included"),
        ("avg_letter_per_word", "letters", "letters a word"),
        ("avg_sentence_per_word", "sentences", "sentences a word"),
    )
)
READABILITY_COUNTS: tuple[Column, ...] = tuple(
    Column(name, _COUNT, meaning, unit)
    for name, unit, meaning in (
        ("lexicon_count", "words", "words, as textstat counts them"),
        ("sentence_count", "sentences", "sentences of more than two words, at least one, as textstat counts them"),
        ("syllable_count", "syllables", "syllables, by the dictionary that `runs` names, else by hyphenation"),
        ("char_count", "characters", "characters without white space"),
        ("letter_count", "letters", "characters without white space and punctuation"),
        ("polysyllabcount", "words", "words of three syllables or more"),
        ("monosyllabcount", "words", "words of one syllable"),
        ("difficult_words", "words", "distinct words of two syllables or more outside the list of easy words"),
        ("miniword_count", "words", "words of three letters or fewer"),
        ("long_word_count", "words", "words of more than six letters"),
    )
)
TEXT_STANDARD = Column(
    "text_standard", _TEXT, "the grade that most formulas agree on, in textstat's words", nullable=True
)
READABILITY: tuple[Column, ...] = (*READABILITY_COUNTS, *READABILITY_METRICS, TEXT_STANDARD)

VADER: tuple[Column, ...] = (
    Column("vader_neg", _NUMBER, "VADER's share of negative sentiment", "ratio, 0 to 1", nullable=True),
    Column("vader_neu", _NUMBER, "VADER's share of neutral words", "ratio, 0 to 1", nullable=True),
    Column("vader_pos", _NUMBER, "VADER's share of positive sentiment", "ratio, 0 to 1", nullable=True),
    Column("vader_compound", _NUMBER, "VADER's compound score", "score, -1 to 1", nullable=True),
)

_N_LOADED = (
    Column("n_loaded_author", _COUNT, "scored loaded terms in the author's voice, scare quotes included", "terms"),
    Column("n_loaded_quoted", _COUNT, "scored loaded terms inside quoted speech", "terms"),
)
_LOADED_SCORE = Column(
    "loaded_score",
    _NUMBER,
    "how loaded the language is, from the weights of its loaded_terms rows (fitted ones under a scorer), all voices",
    "score, 0 to 1",
    nullable=True,
)
_DOCUMENT_ID = Column("document_id", _TEXT, "names the document for good: a hash of source_uri and record")
_PARAGRAPH_INDEX = Column("paragraph_index", _COUNT, "the paragraph's place in the document, from 0")

DOCUMENTS = Table(
    "documents",
    ("document_id",),
    "One row for each article.",
    (
        _DOCUMENT_ID,
        Column("source_uri", _TEXT, "the file's path below the given SOURCE, or its address"),
        Column("record", _TEXT, "the record's id, or its line number; null for a whole file", nullable=True),
        Column(
            "source",
            _TEXT,
            "who published it: from the record, front matter or page, else the first folder's name",
            nullable=True,
        ),
        Column("title", _TEXT, "the title that the record, front matter or page gives", nullable=True),
        Column(
            "published_at",
            _TIME,
            "when it was published, as the record, front matter or page says",
            "UTC",
            nullable=True,
        ),
        Column("format", _choice(FORMATS), "how the source was read"),
        Column(
            "language",
            _TEXT,
            "ISO 639-1 code of the main language; null if there is too little text to tell",
            nullable=True,
        ),
        Column("language_confidence", _NUMBER, "confidence of the language detector", "ratio, 0 to 1", nullable=True),
        Column("encoding", _TEXT, "the codec that the bytes were decoded with"),
        Column(
            "encoding_confidence",
            _NUMBER,
            "1 where the bytes prove the codec, else the detector's word",
            "ratio, 0 to 1",
        ),
        Column("n_bytes", _BYTES, "size of the document's text as received, uncompressed", "bytes"),
        Column("content_sha256", _TEXT, "SHA-256 of those bytes"),
        Column("duplicate_of", _TEXT, "document_id of the first document with the same clean text", nullable=True),
        Column("n_repairs", _COUNT, "rows in repairs", "repairs"),
        Column("n_paragraphs", _COUNT, "paragraphs", "paragraphs"),
        Column("n_body_paragraphs", _COUNT, "paragraphs of kind body that repeat no other", "paragraphs"),
        Column("n_sentences", _COUNT, "rows in sentences", "sentences"),
        Column("n_words", _COUNT, "words of all paragraphs", "words"),
        Column(
            "quoted_word_ratio",
            _NUMBER,
            "share of the words that stand in quoted speech",
            "ratio, 0 to 1",
            nullable=True,
        ),
        *READABILITY,
        Column(
            "vader_compound",
            _NUMBER,
            "VADER's compound score of the whole text, for parity; it saturates on long texts",
            "score, -1 to 1",
            nullable=True,
        ),
        Column(
            "vader_compound_mean",
            _NUMBER,
            "mean of the sentences' compound scores, weighted by words",
            "score, -1 to 1",
            nullable=True,
        ),
        *_N_LOADED,
        Column(
            "loaded_per_1000_words_author",
            _NUMBER,
            "scored loaded terms in the author's voice for 1,000 words outside quoted speech",
            "terms per 1,000 words",
            nullable=True,
        ),
        Column(
            "loaded_per_1000_words_quoted",
            _NUMBER,
            "scored loaded terms in quoted speech for 1,000 words of it",
            "terms per 1,000 words",
            nullable=True,
        ),
        _LOADED_SCORE,
    ),
)

PARAGRAPHS = Table(
    "paragraphs",
    ("document_id", "paragraph_index"),
    "One row for each paragraph; readability and sentiment are taken on its scoring view.",
    (
        _DOCUMENT_ID,
        _PARAGRAPH_INDEX,
        Column("kind", _choice(KINDS), "what the paragraph is; only body counts in a document's readability"),
        Column(
            "duplicate_of", _TEXT, "document_id:paragraph_index of the first copy, exact or nearly so", nullable=True
        ),
        Column(
            "language",
            _TEXT,
            "ISO 639-1 code; the document's, unless the paragraph differs beyond doubt",
            nullable=True,
        ),
        Column("text", _TEXT, "the clean text, typography kept"),
        Column("start", _COUNT, "where it begins in the clean document", "code points"),
        Column("end", _COUNT, "where it ends in the clean document", "code points"),
        Column("n_chars", _COUNT, "length of text", "code points"),
        Column("n_words", _COUNT, "words: white-space separated tokens with a letter or digit", "words"),
        Column("n_sentences", _COUNT, "rows in sentences", "sentences"),
        Column("n_syllables", _COUNT, "syllables (syllable_count under its short name)", "syllables"),
        *READABILITY,
        Column(
            "readability_note",
            _choice(READABILITY_NOTES),
            "whether the readability figures mean anything, and if not, why",
        ),
        *VADER,
        Column(
            "vader_compound_author",
            _NUMBER,
            "compound score of the text outside quoted speech; null if there is none",
            "score, -1 to 1",
            nullable=True,
        ),
        Column(
            "vader_compound_quoted",
            _NUMBER,
            "compound score of the quoted speech; null if there is none",
            "score, -1 to 1",
            nullable=True,
        ),
        Column(
            "quoted_ratio", _NUMBER, "share of the words that stand in quoted speech", "ratio, 0 to 1", nullable=True
        ),
        *_N_LOADED,
        _LOADED_SCORE,
        Column(
            "loaded_score_author", _NUMBER, "loaded_score of the author's voice alone", "score, 0 to 1", nullable=True
        ),
    ),
)

SENTENCES = Table(
    "sentences",
    ("document_id", "paragraph_index", "sentence_index"),
    "One row for each sentence, by rules that know abbreviations, decimals and quotations.",
    (
        _DOCUMENT_ID,
        _PARAGRAPH_INDEX,
        Column("sentence_index", _COUNT, "the sentence's place in the paragraph, from 0"),
        Column("start", _COUNT, "where it begins in the paragraph", "code points"),
        Column("end", _COUNT, "where it ends in the paragraph", "code points"),
        Column("text", _TEXT, "the sentence"),
        Column("n_words", _COUNT, "words", "words"),
        *VADER,
        Column("voice", _choice(VOICES), "whose words: the author's, quoted speech, or both"),
        *_N_LOADED,
        _LOADED_SCORE,
        Column(
            "loaded_probability",
            _NUMBER,
            "the chance that people like those whose data a fitted scorer learnt from call it loaded; null without one",
            "probability, 0 to 1",
            nullable=True,
        ),
    ),
)

LOADED_TERMS = Table(
    "loaded_terms",
    ("document_id", "paragraph_index", "start"),
    "One row for each loaded or epistemic term found; every loaded_score decomposes into the weights of these rows.",
    (
        _DOCUMENT_ID,
        _PARAGRAPH_INDEX,
        Column("start", _COUNT, "where it begins in the paragraph", "code points"),
        Column("end", _COUNT, "where it ends in the paragraph", "code points"),
        Column("sentence_index", _COUNT, "the sentence it begins in"),
        Column("text", _TEXT, "the words as they stand"),
        Column("term", _TEXT, "the lexicon entry, or the pattern's name"),
        Column("category", _choice(CATEGORIES), "what kind of loading it is"),
        Column("intensity", pl.Int8(), "1 mild, 2 plain, 3 strong"),
        Column(
            "weight",
            _NUMBER,
            "what the row adds to the score; 0 for epistemic categories, and for what a fitted scorer does not expect people to mark",
            "points",
        ),
        Column("voice", _choice(TERM_VOICES), "whose word it is"),
        Column(
            "attribution",
            _choice(ATTRIBUTIONS),
            "whether the text ascribes it to somebody: in quotation (direct) or by report (indirect)",
        ),
        Column("speaker", _TEXT, "to whom, where the text says so", nullable=True),
        Column("negated", _FLAG, "whether a negation governs it"),
        Column("reason", _TEXT, "why it counts as loaded"),
        Column("rule", _TEXT, "what found it: lexicon, the name of a rule of form, or scorer"),
    ),
)

SENTIMENT_TERMS = Table(
    "sentiment_terms",
    ("document_id", "paragraph_index", "token_index"),
    "One row for each word that VADER gives a valence, and for the emphasis of punctuation, if asked for with "
    "--explain-sentiment; a paragraph's valences add up to its score before normalization.",
    (
        _DOCUMENT_ID,
        _PARAGRAPH_INDEX,
        Column("token_index", _COUNT, "the token's place among those that VADER reads, an emoji being several; from 0"),
        Column("start", _COUNT, "where it begins in the paragraph; the end of the text for emphasis", "code points"),
        Column("end", _COUNT, "where it ends in the paragraph", "code points"),
        Column("sentence_index", _COUNT, "the sentence it begins in"),
        Column("token", _TEXT, "what VADER reads; the marks that count, for emphasis"),
        *(
            Column(name, _NUMBER, meaning, "valence")
            for name, meaning in (
                ("lexicon", "the word's valence in VADER's lexicon, -4 to 4"),
                ("no", 'what a "no" before it changes, or that it is itself a "no" before such a word'),
                ("capitals", "what capitals among words that are not in capitals add"),
                ("booster", 'what words before it add that strengthen or weaken: "very", "barely"'),
                ("negation", 'what words before it change that negate: "not", "never", "without"'),
                ("idiom", "what an idiom puts in its place"),
                ("least", 'what a "least" before it changes'),
                ("but", 'what a "but" after it takes away, or one before it adds'),
                ("emphasis", 'what "!" and "?" add to the whole paragraph'),
                ("valence", "the sum of these, to within 1e-14"),
            )
        ),
    ),
)

QUOTATIONS = Table(
    "quotations",
    ("document_id", "paragraph_index", "start"),
    "One row for each quotation in each paragraph, marks included.",
    (
        _DOCUMENT_ID,
        _PARAGRAPH_INDEX,
        Column("start", _COUNT, "where it begins in the paragraph, at the opening mark", "code points"),
        Column("end", _COUNT, "where it ends in the paragraph, after the closing mark", "code points"),
        Column("mark", _choice(QUOTATION_MARKS), "what marks it"),
        Column("kind", _choice(QUOTATION_KINDS), "speech, a word held at arm's length (scare), or a title"),
        Column("speaker", _TEXT, "who is quoted, where the text says so", nullable=True),
        Column("cue", _TEXT, "the reporting verb or phrase, in its base form", nullable=True),
        Column(
            "cue_grade",
            _choice(CUE_GRADES),
            "whether the reporting verb is neutral (said), slanted (claimed) or violent (slammed)",
            nullable=True,
        ),
        Column("n_words", _COUNT, "words inside", "words"),
        Column("unclosed", _FLAG, "whether the closing mark is missing"),
    ),
)

REPAIRS = Table(
    "repairs",
    ("document_id", "repair_index"),
    "One row for each change made to a text, or damage told and left alone, from the bytes to the clean document.",
    (
        _DOCUMENT_ID,
        Column("repair_index", _COUNT, "the repair's place in the document, from 0"),
        Column(
            "raw_start",
            _BYTES,
            "where the damage begins in the document's bytes as received (for HTML and records: in its text as UTF-8)",
            "bytes",
        ),
        Column("raw_end", _BYTES, "where it ends there", "bytes"),
        Column("start", _COUNT, "where the repaired text begins in the clean document", "code points"),
        Column("end", _COUNT, "where it ends there", "code points"),
        Column("before", _TEXT, "the text as decoded"),
        Column("after", _TEXT, "the text instead; equal to `before` where the damage is only told"),
        Column("kind", _choice(REPAIR_KINDS), "what kind of damage it was"),
        Column(
            "codec_chain",
            _TEXT,
            "the codecs that the text had wrongly been read with, outermost first, joined by '>'",
            nullable=True,
        ),
        Column("confidence", _choice(CONFIDENCES), "certain, or inferred from the surroundings"),
        Column("reason", _TEXT, "why this repair"),
    ),
)

FAILURES = Table(
    "failures",
    ("source_uri", "record"),
    "One row for each input that could not be read, for each that was left out on purpose (error SkippedSource), and for each "
    "file of records in which no record has a field that an option names (error UnknownField).",
    (
        Column("source_uri", _TEXT, "the file's path below the given SOURCE, or its address"),
        Column("record", _TEXT, "the record's id or line number; null for a whole file", nullable=True),
        Column("stage", _TEXT, "where it stopped: plan, read, decode, parse or analyze"),
        Column("error", _TEXT, "the kind of error"),
        Column("message", _TEXT, "what is wrong, where, and the way out"),
    ),
)

RUNS = Table(
    "runs",
    ("run_id",),
    "One row for each run that wrote these tables.",
    (
        Column("run_id", _TEXT, "names the run: its start in UTC and a few random letters"),
        Column("sequence", _COUNT, "the number of the run on these tables, from 1; the latest run has the highest"),
        Column("started_at", _TIME, "when it started", "UTC"),
        Column("ended_at", _TIME, "when its tables were published", "UTC"),
        Column("versions", _TEXT, "versions of overtones, Python and the packages that decide the results, as JSON"),
        Column("dictionary", _TEXT, "the pronouncing dictionary that syllables came from, and its version"),
        Column("lexicon_sha256", _TEXT, "SHA-256 of the loaded-language lexicon and the user's own"),
        Column(
            "scorer_sha256", _TEXT, "SHA-256 of the fitted scorer; null where the shipped weights apply", nullable=True
        ),
        Column("configuration", _TEXT, "the options that decide the results, as JSON"),
        Column("configuration_sha256", _TEXT, "SHA-256 of that JSON"),
        Column("n_sources", _COUNT, "files and streams found", "sources"),
        Column("n_documents", _COUNT, "documents in the tables after the run", "documents"),
        Column("n_new", _COUNT, "documents analyzed by this run", "documents"),
        Column("n_unchanged", _COUNT, "documents taken over from an earlier run", "documents"),
        Column("n_kept", _COUNT, "documents of earlier runs whose source cannot be read now, or is gone", "documents"),
        Column("n_removed", _COUNT, "sources of the last run that are gone, with their documents", "sources"),
        Column("n_failed", _COUNT, "rows in failures that are neither SkippedSource nor UnknownField", "inputs"),
        Column("n_skipped", _COUNT, "rows in failures that are SkippedSource", "inputs"),
        Column("n_words", pl.Int64(), "words in the tables", "words"),
        Column("seconds", _NUMBER, "wall time of the run", "seconds"),
    ),
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        DOCUMENTS,
        PARAGRAPHS,
        SENTENCES,
        LOADED_TERMS,
        SENTIMENT_TERMS,
        QUOTATIONS,
        REPAIRS,
        FAILURES,
        RUNS,
    )
}


def data_dictionary() -> dict[str, Any]:
    """All tables and columns as plain data: what `overtones schema --json` prints and pandas finds in `attrs`.

    >>> data_dictionary()["sentences"]["key"]
    ['document_id', 'paragraph_index', 'sentence_index']
    """
    return {
        table.name: {
            "meaning": table.meaning,
            "key": list(table.key),
            "columns": {
                column.name: {
                    "type": type_name(column.dtype),
                    "unit": column.unit,
                    "meaning": column.meaning,
                    "nullable": column.nullable,
                }
                for column in table.columns
            },
        }
        for table in TABLES.values()
    }


def data_dictionary_as_markdown() -> str:
    """The same as a page of documentation, a section and a table for each table."""
    lines = ["# The tables", "", "Made from `tasks/schemas.py` by `make docs`; `overtones schema` prints the same.", ""]
    for name, about in data_dictionary().items():
        lines += [f"## {name}", "", f"{about['meaning']} Key: {', '.join(f'`{key}`' for key in about['key'])}.", ""]
        lines += ["| column | type | unit | meaning |", "|---|---|---|---|"]
        for column, facts in about["columns"].items():
            null = ", may be null" if facts["nullable"] else ""
            lines.append(f"| `{column}` | {facts['type']}{null} | {facts['unit']} | {facts['meaning']} |")
        lines.append("")
    return "\n".join(lines)


def type_name(dtype: pl.DataType) -> str:
    """A type in a reader's words.

    >>> type_name(pl.Enum(["author", "quoted"]))
    'category {author, quoted}'
    >>> type_name(pl.Int32())
    'int32'
    """
    if isinstance(dtype, pl.Enum):
        return f"category {{{', '.join(dtype.categories)}}}"
    if isinstance(dtype, pl.Datetime):
        return "timestamp[us, UTC]"
    return {"String": "string", "Boolean": "bool"}.get(str(dtype), str(dtype).lower())


FINGERPRINTS = "fingerprints"
"""The name of the table by which repeats across the corpus are found. It stays among the staged batches."""

FINGERPRINT_SCHEMA = pl.Schema(
    {
        "document_id": pl.String(),
        "paragraph_index": pl.Int32(),  # -1 is the whole document
        "fingerprint": pl.UInt64(),  # null: the text is too short to count as a repeat
        "duplicate_of": pl.String(),  # the repeat found within the document
    }
)
"""Its columns: one row for each document and one for each paragraph."""
