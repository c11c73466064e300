"""Fit the judge of loaded terms on the labels of tests/measure/loaded_language/labels, and report how exact it is.

    python tools/fit_judge.py CORPORA                  # writes tasks/measure/loaded_language/context/data/judge.tsv
    python tools/fit_judge.py CORPORA --out x.tsv

CORPORA is the folder with the texts (news/*.jsonl.gz and sample/sotu), whose places the labels name. A fifth of the
documents, chosen by the hash of their names, is held out: nothing of them is fitted, and the figures that are printed
and written into the file are of their paragraphs only. Each label is used twice, with half the weight: in its whole
document, and in its paragraph as a document of its own, as short texts are analyzed. Scikit-learn is not needed.
"""

from __future__ import annotations

import argparse
import gzip
import json
import tempfile
from collections import defaultdict
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from tasks.clean import clean_documents
from tasks.ingest import find_sources, read_documents
from tasks.measure.loaded_language.context import LOADED_FROM, Judge
from tasks.measure.loaded_language.context.features import named_features, proposals
from tasks.measure.loaded_language.context.fitting import PENALTY, Labelled, calibrated, fit_weights
from tasks.measure.loaded_language.matching import propose_terms
from tasks.options import Options
from tasks.parts import unlimited
from tasks.resources import load_resources
from tasks.segment import attribute_spans, find_reported, fingerprint_texts, segment_documents

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

ROOT = Path(__file__).parents[1]
LABELS = ROOT / "tests/measure/loaded_language/labels"
OUT = ROOT / "tasks/measure/loaded_language/context/data/judge.tsv"
REPORTS = {"bbc", "masakhanews", "reuters21578", "digitalgov"}
"""The corpora of reports and government pages; the others are opinion, politics and reviews."""
LONGEST = 400_000
HELD_OUT, PARTS = 2, 10
_PLACE = ["document_id", "paragraph_index"]

Key = tuple[str, str]
Span = tuple[int, int]


class Candidate(NamedTuple):
    """A proposed term at its place in a document of a corpus."""

    key: Key
    start: int
    end: int
    is_authors: bool
    """Whether it is neither quoted nor reported."""
    features: dict[str, float]


class Labels(NamedTuple):
    """All labels, by document."""

    terms: Mapping[Key, list[tuple[int, int, int]]]
    paragraphs: Mapping[Key, list[Span]]
    spans: Mapping[Key, list[tuple[int, int, str]]]
    natural: Mapping[Key, list[tuple[int, int, int]]]
    """Those of `terms` that were drawn from running text as frequently as they occur there."""

    def of_term(self, one: Candidate) -> bool | None:
        """Whether the term was judged to be loaded; by the reading of its paragraph if it was not judged by itself."""
        own = [verdict for start, end, verdict in self.terms[one.key] if start < one.end and one.start < end]
        return max(own) > 0 if own else self.of_paragraph(one)

    def weight(self, one: Candidate) -> float:
        """The weight of its label, in each of its two forms: terms of running text count twice."""
        is_natural = any(start < one.end and one.start < end for start, end, _ in self.natural[one.key])
        return 1.0 if is_natural or self.of_paragraph(one) is not None else 0.5

    def of_paragraph(self, one: Candidate) -> bool | None:
        """Whether the reading of its paragraph marked it; None if nobody read the paragraph in full."""
        if not any(start <= one.start and one.end <= end for start, end in self.paragraphs[one.key]):
            return None
        return any(start < one.end and one.start < end for start, end, _ in self.spans[one.key])


def is_held_out(key: Key) -> bool:
    """Whether a document is kept for scoring."""
    return part_of(key) < HELD_OUT


def part_of(key: Key) -> int:
    """The part, 0 to 9, that a document belongs to by its name."""
    return int(sha256("\0".join(key).encode()).hexdigest(), 16) % PARTS


def read_labels() -> Labels:
    """The labels of the repository."""
    tables = []
    for name, last in (("terms", "verdict"), ("natural", "verdict"), ("paragraphs", ""), ("spans", "voice")):
        rows: dict[Key, list[Any]] = defaultdict(list)
        frame = pl.read_csv(
            LABELS / f"{name}.tsv", separator="\t", quote_char=None, schema_overrides={"document": pl.String}
        )
        for corpus, document, *rest in frame.select("corpus", "document", "start", "end", *filter(None, [last])).rows():
            rows[corpus, document].append(tuple(rest))
        tables.append(rows)
    terms, natural, paragraphs, spans = tables
    for key, own in natural.items():
        terms[key] += own
    return Labels(terms, paragraphs, spans, natural)


def read_texts(corpora: Path, wanted: set[Key]) -> dict[Key, str]:
    """The texts of the labelled documents."""
    texts: dict[Key, str] = {}
    for corpus in sorted({corpus for corpus, _ in wanted} - {"sotu"}):
        with gzip.open(corpora / "news" / f"{corpus}.jsonl.gz", "rt", encoding="utf-8") as lines:
            for record in map(json.loads, lines):
                if (corpus, record["id"]) in wanted:
                    texts[corpus, record["id"]] = "\n\n".join(record["paragraphs"])[:LONGEST]
    for corpus, name in wanted:
        if corpus == "sotu":
            texts[corpus, name] = (corpora / "sample/sotu" / name).read_text("utf-8")
    return texts


def candidates(texts: Sequence[tuple[Key, int, str]]) -> list[Candidate]:
    """All scored terms that are proposed in texts, each given with its document and where in it the text begins."""
    options = Options()
    resources = load_resources(options)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "texts.jsonl"
        file.write_text("".join(json.dumps({"id": str(n), "text": text}) + "\n" for n, (*_, text) in enumerate(texts)))
        documents, invalid_bytes, _ = read_documents(find_sources([str(file)])[0], options)
    documents, _ = clean_documents(documents, invalid_bytes, options, unlimited())
    documents = documents.with_columns(fingerprint_texts(documents["text"]))
    segments = segment_documents(documents, unlimited())
    paragraphs = segments.paragraphs
    tokens = resources.vocabulary.encode(paragraphs["text"])
    found = propose_terms(paragraphs, tokens, resources.matcher).filter(pl.col("weight") > 0)
    every = proposals(paragraphs, tokens, found, resources.lexicon)
    placed = found.with_row_index("number").join(paragraphs.select(*_PLACE, offset="start"), on=_PLACE, how="left")
    spans = attribute_spans(placed, segments.quotations, find_reported(segments.sentences)).sort("number")
    record = dict(documents.select("document_id", "record").rows())
    result = []
    for row, proposal in zip(spans.to_dicts(), every, strict=True):
        key, begin, text = texts[int(record[row["document_id"]])]
        start, end = row["offset"] + row["start"], row["offset"] + row["end"]
        if text[start:end] == row["text"]:  # else the text was repaired before it, and the place is not known
            is_authors = row["voice"] != "quoted" and row["attribution"] == "none"
            result.append(Candidate(key, begin + start, begin + end, is_authors, named_features(proposal)))
    return result


def labelled_paragraphs(texts: Mapping[Key, str], labels: Labels) -> list[tuple[Key, int, str]]:
    """Each paragraph with a label, as a text of its own."""
    pieces = {}
    for key, text in texts.items():
        for start, end, *_ in (*labels.terms[key], *labels.paragraphs[key]):
            first = text.rfind("\n\n", 0, start)
            first = first + 2 if first >= 0 else 0
            last = text.find("\n\n", max(end, first))
            pieces[key, first] = text[first : last if last >= 0 else len(text)]
    return [(key, first, text) for (key, first), text in pieces.items()]


def fit(rows: Iterable[Candidate], labels: Labels) -> dict[str, float]:
    """Weights fitted on these rows, calibrated on those of fully read paragraphs."""
    known = [(one, loaded) for one in rows if (loaded := labels.of_term(one)) is not None]
    weights = fit_weights([Labelled(one.features, loaded, labels.weight(one)) for one, loaded in known])
    natural = [(one, loaded) for one, _ in known if (loaded := labels.of_paragraph(one)) is not None]
    return calibrated(weights, [Labelled(one.features, loaded) for one, loaded in natural])


def figures(judge: Judge | None, rows: Sequence[Candidate], labels: Labels, keys: set[Key]) -> dict[str, str]:
    """Precision, recall and F of the author's terms in the fully read paragraphs of some documents, by kind of text.

    A hit is right if it overlaps a marked span; recall is over the spans of the author's voice. Without a judge, all
    proposed terms are hits.
    """
    hits = [
        one
        for one in rows
        if one.key in keys
        and one.is_authors
        and labels.of_paragraph(one) is not None
        and (judge is None or judge.probability_of(one.features) >= LOADED_FROM)
    ]
    spans = [(key, span) for key in keys for span in labels.spans[key] if span[2] == "author"]
    result = {}
    for name, chosen in (("all", {True, False}), ("reports", {True}), ("opinion", {False})):
        own = [one for one in hits if (one.key[0] in REPORTS) in chosen]
        gold = [(key, span) for key, span in spans if (key[0] in REPORTS) in chosen]
        right = sum(bool(labels.of_paragraph(one)) for one in own)
        places = defaultdict(list)
        for one in own:
            places[one.key].append((one.start, one.end))
        found = sum(any(a < end and start < b for a, b in places[key]) for key, (start, end, _) in gold)
        precision, recall = right / max(len(own), 1), found / max(len(gold), 1)
        f_score = 2 * precision * recall / max(precision + recall, 1e-9)
        result[name] = (
            f"precision {precision:.3f} of {len(own)} hits, recall {recall:.3f} of {len(gold)} spans, F {f_score:.3f}"
        )
    return result


def main() -> None:
    """Fit, report, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--out", type=Path, default=OUT)
    arguments = parser.parse_args()
    labels = read_labels()
    keys = {*labels.terms, *labels.paragraphs}
    texts = read_texts(arguments.corpora, keys)
    whole = candidates([(key, 0, text) for key, text in sorted(texts.items())])
    alone = candidates(labelled_paragraphs(texts, labels))
    rows = [*whole, *alone]
    for number in range(HELD_OUT, PARTS, 2):
        parts = {number, number + 1}
        other = [one for one in rows if not is_held_out(one.key) and part_of(one.key) not in parts]
        judge = Judge.of(fit(other, labels), {})
        for kind, of_kind in (("whole", whole), ("alone", alone)):
            scored = figures(judge, of_kind, labels, {key for key in keys if part_of(key) in parts})
            print(f"cross-validated, parts {sorted(parts)}, {kind}: {scored}")
    known = [one for one in rows if not is_held_out(one.key)]
    weights = fit(known, labels)
    held_out = {key for key in keys if is_held_out(key)}
    for kind, of_kind in (("whole", whole), ("alone", alone)):
        print(f"held out, {kind}, proposed: {figures(None, of_kind, labels, held_out)}")
        print(f"held out, {kind}, judged:   {figures(Judge.of(weights, {}), of_kind, labels, held_out)}")
    n_labels = len({(one.key, one.start) for one in known if labels.of_term(one) is not None})
    provenance = {
        "fitted by": "python tools/fit_judge.py CORPORA",
        "fitted on": f"{n_labels:,} proposed terms with labels of documents that are not held out",
        "labels": "a language model's readings under a written guideline, not people's",
        "labels sha256": sha256(b"".join(path.read_bytes() for path in sorted(LABELS.glob("*.tsv")))).hexdigest(),
        "date": datetime.now(UTC).date().isoformat(),
        "penalty": f"{PENALTY:g}",
    }
    of_whole = figures(Judge.of(weights, {}), whole, labels, held_out)
    provenance |= {f"held-out paragraphs, {name}": text for name, text in of_whole.items()}
    Judge.of(weights, provenance).save(arguments.out)
    print(f"wrote {arguments.out}: {len(weights):,} weights")


if __name__ == "__main__":
    main()
