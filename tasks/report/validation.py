"""Validation of the figures: the checks that the report lists, each with its command.

The pages under docs/ describe how each check was done and what it does not cover. A test compares every number here with
the page that it is taken from, so that neither changes without the other.
"""

from __future__ import annotations

from typing import NamedTuple


class Check(NamedTuple):
    """A check: its subject, the texts, the result, the command, and the page of the documentation."""

    subject: str
    texts: str
    result: str
    command: str
    page: str


CHECKS = (
    Check(
        "Repair of wrong encodings",
        "texts in 16 languages, damaged completely or in part",
        "99.69 % of completely and 99.03 % of partly damaged texts are restored exactly; none of 960 clean texts is changed",
        "python $OVERTONES_SHARED/cases/mojibake_matrix.py tasks.clean:repair_text",
        "repair.md",
    ),
    Check(
        "Kinds of paragraphs",
        "66 labelled paragraphs of web pages that no rule was made for",
        "53 have the right kind (.803); 3 of 17 paragraphs of boilerplate are taken for body text",
        "python tests/segment/blocks/score_kinds.py --held-out",
        "structure_and_voice.md",
    ),
    Check(
        "Voice: the author’s or quoted",
        "396 marked spans of news (BASIL), from which one of the rules was derived",
        "accuracy .957 against people",
        "python tests/segment/quotes/score_voices.py BASIL.jsonl",
        "structure_and_voice.md",
    ),
    Check(
        "Readability and sentiment",
        "278,188 paragraphs of news and 100,000 generated ones",
        "43 figures for each, no difference from textstat and VADER",
        "make parity",
        "metrics.md",
    ),
    Check(
        "Loaded words",
        "2,398 sentences marked by experts (BABE), seen during development of the lexicon",
        "word F1 .443; agreement of two experts .78",
        "overtones evaluate babe.jsonl",
        "loaded_language.md",
    ),
    Check(
        "Loaded sentences",
        "sentences of BABE, PTC and BASIL",
        "area under the curve .785, .777 and .696",
        "overtones evaluate babe.jsonl",
        "loaded_language.md",
    ),
)
