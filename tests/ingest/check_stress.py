"""check_stress.py STRESS OUT: do the tables in OUT hold what the manifest of hostile inputs in STRESS says?

The tables are made first, so that time and memory can be measured separately:

    python ../shared/stress/make_stress.py STRESS
    overtones run --no-prefect STRESS/inputs --out OUT --reports REPORTS

For each input: `text` has to be a document unless its name is hidden, `empty` a document without a word, or none and at most a
row that it was left out, `reject` a row in `failures` for it or its folder, `either` one of them. Where the manifest gives `truth_text`, its words have to be found again, in order.
"""

from __future__ import annotations

import json
import os
import sys
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl

from tasks.store import scan_table


def check(stress: Path, out: Path) -> int:
    """Print deviations and figures; returns the number of inputs with deviations."""
    documents = scan_table("documents", out).select("document_id", "source_uri", "n_words", "n_paragraphs").collect()
    failures = scan_table("failures", out).select("source_uri", "error", "message").collect()
    texts = (
        scan_table("paragraphs", out)
        .group_by("document_id", maintain_order=True)
        .agg(pl.col("text").filter(pl.col("text").str.len_bytes() < 100_000).str.join("\n"))
        .collect()
    )
    read = (
        documents.join(texts, on="document_id", how="left")
        .group_by("source_uri")
        .agg("n_words", "n_paragraphs", "text")
    )
    found: dict[str, dict[str, Any]] = {row["source_uri"]: row for row in read.iter_rows(named=True)}
    refused = {row["source_uri"]: f"{row['error']}: {row['message']}" for row in failures.iter_rows(named=True)}
    cases = [json.loads(line) for line in (stress / "manifest.jsonl").open(encoding="utf-8")]
    figures: Counter[str] = Counter()
    n_wrong = 0
    for case in cases:
        uri = (
            os.fsencode(bytes.fromhex(case["path_hex"]).decode("utf-8", "surrogateescape")).decode(
                "utf-8", "backslashreplace"
            )
            if "path_hex" in case
            else case["path"]
        )
        above = ["/".join(uri.split("/")[:number]) for number in range(uri.count("/") + 1, 0, -1)]
        complaint = complain(case, found.get(uri), next((refused[place] for place in above if place in refused), None))
        figures[f"{case['expect']}: {'as expected' if not complaint else 'not'}"] += 1
        if "truth_text" in case and uri in found:
            kept = share_kept(case["truth_text"], "\n".join(text or "" for text in found[uri]["text"]))
            figures["truth found again" if kept == 1 else "truth found in part"] += 1
            if kept < 1:
                print(f"{case['name']}: {kept:.1%} of the truth is found again")
        if "paragraphs" in case and uri in found:
            same = found[uri]["n_paragraphs"] == [case["paragraphs"]]
            figures["paragraphs as counted" if same else "other number of paragraphs"] += 1
            if not same:
                print(f"{case['name']}: {found[uri]['n_paragraphs']} paragraphs, not {case['paragraphs']}")
        if complaint:
            n_wrong += 1
            print(f"{case['name']} ({case['path'][:60]!r}, {case['expect']}): {complaint}")
    for name, count in sorted(figures.items()):
        print(f"{count:6,} {name}")
    return n_wrong


def complain(case: dict[str, Any], document: dict[str, Any] | None, refusal: str | None) -> str:
    """What is wrong with the result for one input; empty if nothing is."""
    n_words = sum(document["n_words"]) if document else 0
    match case["expect"]:
        case "text" if document is None and "hidden: its name begins with a dot" not in (refusal or ""):
            return f"is no document: {refusal or 'and no failure'}"
        case "empty" if n_words or (refusal and document is None and not refusal.startswith("SkippedSource")):
            return f"is not empty: {n_words} words, {refusal}"
        case "reject" if (
            refusal is None and case["kind"] != "directory" and not (os.getuid() == 0 and case["kind"] == "permission")
        ):
            return "is not refused"
        case "either" if document is None and refusal is None and case["kind"] not in {"symlink", "path", "live"}:
            return "has vanished"
    return ""


def share_kept(truth: str, text: str) -> float:
    """The share of the words of `truth` that are in `text`, in order, ignoring typography."""
    wanted, there = (unicodedata.normalize("NFKC", one).split() for one in (truth, text))
    rest = iter(there)
    return sum(word in rest for word in wanted) / max(1, len(wanted)) if wanted != there else 1.0


if __name__ == "__main__":
    sys.exit(1 if check(Path(sys.argv[1]), Path(sys.argv[2])) else 0)
