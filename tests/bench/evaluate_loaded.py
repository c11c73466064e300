"""The validation table of docs/loaded_language.md: hits and scores against experts, beside other lexicons.

    OVERTONES_SHARED=../shared python tests/bench/evaluate_loaded.py [--fit] [CORPUS ...]

The corpora are no part of the repository. With --fit, a scorer is fitted and judged under cross-validation as well.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import polars as pl

from tasks.measure.loaded_language import load_lexicon
from tasks.measure.loaded_language.evaluation import Annotated, evaluate, installed_methods, read_annotated

SHARED = Path(os.environ.get("OVERTONES_SHARED", Path(__file__).parents[3] / "shared")) / "eval" / "loaded"
CORPORA = {
    "babe": frozenset[str](),
    "ptc_docs": frozenset({"Loaded_Language", "Name_Calling,Labeling"}),
    "basil": frozenset({"lexical"}),
    "checkthat": frozenset[str](),
}
SHORTEST = 3  # words of a line that is a sentence


def corpus(name: str) -> list[Annotated]:
    """The sentences of a corpus."""
    with (SHARED / f"{name}.jsonl").open(encoding="utf-8") as lines:
        return [row for row in read_annotated(lines, CORPORA[name]) if len(row.text.split()) >= SHORTEST]


def main(names: list[str], *, fit: bool) -> None:
    """A table for each corpus."""
    lexicon = load_lexicon()
    pl.Config.set_tbl_rows(-1).set_tbl_hide_column_data_types(active=True).set_tbl_hide_dataframe_shape(active=True)
    for name in names:
        rows = corpus(name)
        methods = installed_methods(lexicon)
        if fit:
            from tasks.measure.loaded_language.scorer import cross_validated

            methods["fitted"] = cross_validated(rows, lexicon)
        results = evaluate(rows, methods, n_resamples=200)
        print(name, len(rows), "sentences")
        value = pl.format("{} [{}, {}]", *(pl.col(column).round(3) for column in ("value", "low", "high")))
        print(results.with_columns(value=value).pivot("method", index=["level", "measure"], values="value"))


if __name__ == "__main__":
    main([name for name in sys.argv[1:] if name in CORPORA] or list(CORPORA), fit="--fit" in sys.argv)
