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
    "escaped_character",  # a literal \u2019, %E2%80%99 or =E2=80=99: reported, not changed
)
