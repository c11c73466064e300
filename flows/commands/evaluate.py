"""`overtones evaluate`: agreement of loaded terms and scores with human annotations."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.corpus import (
    Category,
    CorpusFile,
    DocumentField,
    LabelField,
    MinWords,
    Resamples,
    SecondField,
    SpansField,
    TextField,
    Voice,
    read_corpus,
    read_texts,
)
from flows.terminal.console import Config, JudgeFile, Lexicons, print_json, print_status

if TYPE_CHECKING:
    import polars as pl


def evaluate(
    corpus: CorpusFile,
    text_field: TextField = "text",
    label_field: LabelField = "label",
    spans_field: SpansField = "spans",
    document_field: DocumentField = "doc",
    second_spans_field: SecondField = "",
    voice: Voice = "",
    category: Category = None,
    neutral: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Neutral texts (JSONL), such as agency copy: the rate of loaded terms there."
        ),
    ] = None,
    min_words: MinWords = 1,
    lexicon: Lexicons = None,
    judge: JudgeFile = None,
    resamples: Resamples = 1000,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    config: Config = None,
) -> None:
    """Compare loaded terms and scores with human annotations.

    Prints measures of agreement with 95 % confidence intervals, also for VADER and other sentiment lexicons that are
    installed.
    """
    from flows.settings import resolve
    from tasks.agreement import authors_rate, authors_terms
    from tasks.measure.loaded_language import evaluation, load_lexicon
    from tasks.measure.loaded_language.context import load_judge
    from tasks.resources import load_resources

    settings, _ = resolve({"lexicon": lexicon or None, "judge": judge}, config)
    own = load_lexicon(settings.lexicon)
    fields = evaluation.AnnotatedFields(text_field, label_field, spans_field, document_field, second_spans_field)
    data = read_corpus(corpus, fields, category, min_words, voice)
    methods = {"overtones": lambda texts: evaluation.predict_with_lexicon(texts, own)}
    resources = load_resources(settings.options)
    if voice == "author":
        methods["overtones"] = lambda texts: authors_terms(texts, settings.options, resources)
    elif settings.judge:
        fitted = load_judge(settings.judge)
        methods["own judge"] = lambda texts: evaluation.predict_with_lexicon(texts, own, fitted)
    if resources.judge.provenance.get("corpus_sha256") == data.sha256:
        print_status(f"warning: {settings.judge} was fitted on this corpus; on new texts it is less accurate")
    if second_spans_field:
        methods["second reading"] = lambda _: evaluation.second_reading(data.rows)
    rate: dict[str, float] = {}
    if neutral:
        texts = read_texts(neutral, text_field)
        rate = dict(zip(("per_1000_words", "n_words"), authors_rate(texts, settings.options, resources), strict=True))
    installed = evaluation.installed_methods()
    missing = [name for name in evaluation.OTHERS if name not in installed]
    results = evaluation.evaluate(data.rows, methods | installed, n_resamples=resamples)
    if as_json:
        about = {"corpus": str(corpus), "corpus_sha256": data.sha256, "n_texts": len(data.rows)}
        print_json({**about, "not_installed": missing, "neutral": rate, "results": results.to_dicts()})
        return
    print_status(data.description)
    print(table(results), end="")
    if neutral:
        print(
            f"neutral texts: {rate['per_1000_words']:.2f} loaded terms of the author's per 1,000 of {rate['n_words']:,} words"
        )
    if missing:
        print_status(f"not compared, because not installed: {', '.join(missing)}")


_TITLES = {"word": "words", "sentence": "texts", "hit": "hits"}


def table(results: pl.DataFrame) -> str:
    """A block for each level: a line for each method, a column for each measure with its 95 % confidence interval."""
    lines = []
    for (level,), block in results.group_by("level", maintain_order=True):
        measures = block["measure"].unique(maintain_order=True).to_list()
        lines.append("".join([f"{_TITLES[str(level)]:{_NAME}}", *(f"{measure:<{_CELL}}" for measure in measures)]))
        for (method,), own in block.group_by("method", maintain_order=True):
            cells = (_cell(value, low, high) for value, low, high in own.select("value", "low", "high").iter_rows())
            lines.append("".join([f"{method!s:{_NAME}}", *(f"{cell:<{_CELL}}" for cell in cells)]))
        lines.append("")
    return "\n".join(line.rstrip() for line in [*lines[:-1], ""])


_NAME, _CELL = 14, 22


def _cell(value: float | None, low: float | None, high: float | None) -> str:
    return "-" if value is None else f"{value:.3f} [{low:.3f}, {high:.3f}]"
