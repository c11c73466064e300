"""Precision and recall of each kind of paragraph, on articles written and labelled for this project.

    python tests/segment/blocks/score_kinds.py [--held-out] [--errors]

The rules were made with the articles in tests/segment/blocks/labelled; those in tests/segment/blocks/held_out were written and labelled
before any rule was tried on them. With --errors each wrong one is printed, with the rule that decided. Each file is an article, a paragraph a line: its kind, a tab, the text as a page would print
it. Its paragraphs are joined by blank lines and classified without their labels.
"""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl

from tasks.schemas import KINDS
from tasks.segment import classify_paragraphs, split_paragraphs
from tasks.segment.blocks.kinds import name_rules

LABELLED = Path(__file__).parent / "labelled"
HELD_OUT = Path(__file__).parent / "held_out"


def read_labelled(folder: Path = LABELLED) -> tuple[pl.DataFrame, list[str]]:
    """Documents (document_id, text, format, title) and the gold kinds of their paragraphs, in order."""
    names, texts, gold = [], [], []
    for path in sorted(folder.glob("*.tsv")):
        kinds, paragraphs = zip(*(line.split("\t") for line in path.read_text("utf-8").splitlines()), strict=True)
        names.append(path.stem)
        texts.append("\n\n".join(paragraphs))
        gold += kinds
    documents = pl.DataFrame({"document_id": names, "text": texts}).with_columns(
        format=pl.lit("text"), title=pl.lit(None, pl.String)
    )
    return documents, gold


def classify_labelled(folder: Path = LABELLED) -> pl.DataFrame:
    """document_id, text, gold, found and rule (the one that decided) of each labelled paragraph."""
    documents, gold = read_labelled(folder)
    paragraphs = split_paragraphs(documents)
    rules = pl.Series("rule", name_rules(paragraphs, documents))
    paragraphs = classify_paragraphs(paragraphs, documents)
    found = pl.col("kind").cast(pl.String).alias("found")
    return paragraphs.select("document_id", "text", pl.Series("gold", gold), found, rules)


def score(classified: pl.DataFrame) -> pl.DataFrame:
    """kind, n, precision and recall; null where a kind was never found, or does not occur."""
    is_right = pl.col("gold") == pl.col("found")
    return pl.DataFrame(
        [
            {
                "kind": kind,
                "n": classified.filter(pl.col("gold") == kind).height,
                "precision": classified.filter(pl.col("found") == kind).select(is_right.mean()).item(),
                "recall": classified.filter(pl.col("gold") == kind).select(is_right.mean()).item(),
            }
            for kind in KINDS
        ]
    )


if __name__ == "__main__":
    classified = classify_labelled(HELD_OUT if "--held-out" in sys.argv else LABELLED)
    print(f"{'kind':12} {'n':>4} {'precision':>9} {'recall':>6}")
    for row in score(classified).iter_rows(named=True):
        shown = [f"{row[name]:.3f}" if row[name] is not None else "-" for name in ("precision", "recall")]
        print(f"{row['kind']:12} {row['n']:4} {shown[0]:>9} {shown[1]:>6}")
    right = classified.filter(pl.col("gold") == pl.col("found")).height
    print(f"{right} of {classified.height} right: {right / classified.height:.3f}")
    if "--errors" in sys.argv:
        for row in classified.filter(pl.col("gold") != pl.col("found")).iter_rows():
            print("\t".join(row))
