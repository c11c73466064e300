"""How well the figures have been found to measure: the checks that the report names, each with its command.

The pages under docs/ say how each check was done, and what it leaves open. A test holds every number here against the
page that it is taken from, so that neither changes without the other.
"""

from __future__ import annotations

from typing import NamedTuple


class Check(NamedTuple):
    """A check: what was looked at, on which texts, what came out, by which command, and the page that tells more."""

    subject: str
    texts: str
    result: str
    command: str
    page: str


CHECKS = (
    Check(
        "Repair of wrong encodings",
        "texts in 16 languages, damaged as a whole or in part",
        "99.69 % of whole texts and 98.99 % of partly damaged ones come back exactly; of 960 clean ones, none changes",
        "python $OVERTONES_SHARED/cases/mojibake_matrix.py tasks.clean:repair_text",
        "repair.md",
    ),
    Check(
        "Kinds of paragraphs",
        "202 labelled paragraphs, which the rules were mended by",
        "body text: precision 1.00, recall .98",
        "python tests/segment/blocks/score_kinds.py",
        "structure_and_voice.md",
    ),
    Check(
        "Voice: the author’s or quoted",
        "396 marked spans of news (BASIL), on which one of the rules was found",
        "accuracy .957 against people",
        "python tests/segment/quotes/score_voices.py BASIL.jsonl",
        "structure_and_voice.md",
    ),
    Check(
        "Readability and sentiment",
        "278,188 paragraphs of news and 100,000 invented ones",
        "43 figures for each, no difference from textstat and VADER",
        "make parity",
        "metrics.md",
    ),
    Check(
        "Loaded words",
        "2,398 sentences marked by experts (BABE), seen while the lexicon was written",
        "word F1 .463 (VADER’s negative words .157); two experts agree at .78",
        "overtones evaluate babe.jsonl",
        "loaded_language.md",
    ),
    Check(
        "Loaded sentences",
        "sentences of BABE, PTC and BASIL",
        "area under the curve .796, .790 and .705 (VADER .533, .641 and .578)",
        "overtones evaluate babe.jsonl",
        "loaded_language.md",
    ),
)
