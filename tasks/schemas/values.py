"""The values of the categories: what a column of type `category` may hold, in the order of its Arrow dictionary.

A column names its values in `data/*.toml` by the name that they have here.
"""

from __future__ import annotations

KINDS = ("headline", "subheading", "bullet", "body", "caption", "byline", "boilerplate", "other")
READABILITY_NOTES = ("ok", "short", "one_sentence", "sentences_differ", "not_prose", "not_english")
RELIABLE_NOTES = ("ok", "sentences_differ")
"""Where the published scores are reliable."""
VOICES = ("author", "quoted", "mixed")
TERM_VOICES = ("author", "quoted", "scare_quoted")
TERM_ATTRIBUTIONS = ("none", "direct", "indirect")
ATTRIBUTION_TYPES = ("direct", "indirect", "mixed")
QUOTATION_MARKS = ("single", "double", "block", "turn")
QUOTATION_KINDS = ("speech", "scare", "title")
CUE_GRADES = ("neutral", "slanted", "violent")
CUE_CLASSES = ("speech", "belief", "plan", "finding", "accusation", "appearance")
SPEAKER_REASONS = (
    "named",
    "only_person",
    "first_named",
    "spoke_last",
    "continued",
    "several",
    "unnamed",
    "no_source",
)
CONFIDENCES = ("certain", "inferred")
DATE_SOURCES = ("json_ld", "meta", "time_element", "header", "front_matter", "field", "file_name")
FORMATS = (
    "text", "markdown", "html", "record",
    "docx", "odt", "rtf", "pdf", "epub", "nexis", "factiva", "proquest", "europresse",
    "eml", "mbox", "rss", "atom", "nitf", "newsml", "ninjs", "json-ld", "warc", "wet",
    "alto", "hocr", "tei", "srt", "webvtt", "whisper",
)  # fmt: skip
ARCHIVES = ("nexis", "factiva", "proquest", "europresse")
"""Formats of exports of news archives, whose provider_id is an article's own."""
PLAIN_FORMATS = ("text", "record", "eml", "mbox", "wet", "tei", "srt", "webvtt", "whisper")
"""Formats whose text is as its author typed it; the readers of the others write the marks of Markdown."""
SCANNED_FORMATS = ("alto", "hocr")
"""Formats of printed pages that a machine has read. A line of their text is a line of the page, an empty line parts
paragraphs."""
WEB_ARCHIVES = ("warc", "wet")
"""Formats of pages that were kept with their addresses."""
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
    "promotion",
)
EPISTEMIC_CATEGORIES = ("hedge", "booster", "weasel", "assertive", "factive")
CATEGORIES = SCORED_CATEGORIES + EPISTEMIC_CATEGORIES
REPAIR_KINDS = (
    "invalid_byte",  # a byte that was not UTF-8 in a file that is, read as cp1252
    "mojibake",  # UTF-8 read as something else, once or more
    "lossy_mojibake",  # mojibake that an earlier repair tool or quote straightener had altered
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
    "replacement_character",  # text that was lost before it came here: reported, not guessed
    "escaped_character",  # a literal \u2019, %E2%80%99 or =E2=80=99: decoded; in code and addresses reported, not changed
    "symbol_font",  # a sign of Symbol or Wingdings in the private use area
)
