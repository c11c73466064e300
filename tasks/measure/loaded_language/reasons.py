"""Why a proposed term is loaded, or is not: the features that counted for the judge, term by term."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from tasks.measure.loaded_language.context import LOADED_FROM
from tasks.measure.loaded_language.context.features import proposals
from tasks.measure.loaded_language.matching import compile_lexicon, find_loaded_terms
from tasks.measure.tokens import Vocabulary

if TYPE_CHECKING:
    from tasks.measure.loaded_language.context import Judge
    from tasks.measure.loaded_language.lexicon import Lexicon

_SHOWN = 8


def judge_terms(paragraphs: pl.DataFrame, index: int, lexicon: Lexicon, judge: Judge) -> list[dict[str, Any]]:
    """The proposed terms of one paragraph of a document, in order, with what counted for and against each.

    `paragraphs` are those of the document (document_id, paragraph_index, text, kind), `index` is the paragraph_index of
    the one to explain. The fields: start, end, text, term, category, probability, is_loaded, and `counted`: up to eight
    features with what each adds to the logit, the largest first, and `others`, the sum of what the rest adds.

    >>> from tasks.measure.loaded_language import load_lexicon
    >>> from tasks.measure.loaded_language.context import load_judge
    >>> paragraphs = pl.DataFrame(
    ...     {"document_id": ["a"], "paragraph_index": [0], "text": ["The deranged despot spoke."], "kind": ["body"]})
    >>> [term["text"] for term in judge_terms(paragraphs, 0, load_lexicon(), load_judge())]
    ['deranged', 'despot']
    """
    tokens = Vocabulary(fold=True).encode(paragraphs["text"])
    found = find_loaded_terms(paragraphs, tokens, compile_lexicon(lexicon), judge)
    found = found.filter(pl.col("probability").is_not_null())
    result = []
    for proposal, row in zip(proposals(paragraphs, tokens, found, lexicon), found.to_dicts(), strict=True):
        if row["paragraph_index"] == index:
            counted = judge.counted(proposal)
            result.append(
                {name: row[name] for name in ("start", "end", "text", "term", "category", "probability")}
                | {
                    "is_loaded": row["probability"] >= LOADED_FROM,
                    "counted": [one._asdict() for one in counted[:_SHOWN]],
                    "others": sum(one.value for one in counted[_SHOWN:]),
                }
            )
    return result
