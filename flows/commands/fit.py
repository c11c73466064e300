"""`overtones fit`: fit a scorer on the user's annotated texts."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Literal

import typer

from flows.commands.evaluate import table
from flows.corpus import (
    Category,
    CorpusFile,
    DocumentField,
    LabelField,
    MinWords,
    Resamples,
    SpansField,
    TextField,
    read_corpus,
)
from flows.terminal.console import Config, Lexicons, print_json, print_status


def fit(
    corpus: CorpusFile,
    out: Annotated[Path, typer.Option(metavar="FILE", help="File to write the scorer to.")],
    ngrams: Annotated[
        Literal["none", "words", "letters"],
        typer.Option(
            help="Features in addition to the lexicon's: none, words, or words and n-grams of 3 to 5 letters."
        ),
    ] = "letters",
    folds: Annotated[int, typer.Option(help="Folds of the cross-validation.", min=3)] = 5,
    text_field: TextField = "text",
    label_field: LabelField = "label",
    spans_field: SpansField = "spans",
    document_field: DocumentField = "doc",
    category: Category = None,
    min_words: MinWords = 1,
    lexicon: Lexicons = None,
    resamples: Resamples = 1000,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    config: Config = None,
) -> None:
    """Fit a scorer on annotated texts and cross-validate it.

    Writes the scorer to --out, and prints its accuracy on texts that were not used for fitting.
    """
    from flows.output_files import check_scorer
    from flows.settings import resolve
    from tasks.measure.loaded_language import evaluation, load_lexicon
    from tasks.measure.loaded_language.fitting import FitOptions, cross_validated
    from tasks.measure.loaded_language.fitting import fit as fit_scorer

    settings, _ = resolve({"lexicon": lexicon or None}, config)
    check_scorer(out)
    own = load_lexicon(settings.lexicon)
    fields = evaluation.AnnotatedFields(text_field, label_field, spans_field, document_field)
    data = read_corpus(corpus, fields, category, min_words)
    options = FitOptions(ngrams=ngrams, folds=folds)
    methods = {
        "overtones": lambda texts: evaluation.predict_with_lexicon(texts, own),
        "fitted": cross_validated(data.rows, own, options),
    }
    results = evaluation.evaluate(data.rows, methods, n_resamples=resamples)
    provenance = {
        "corpus": corpus.name,
        "corpus_sha256": data.sha256,
        "categories": sorted(category or []),
        "min_words": min_words,
        "fitted_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {"python": platform.python_version(), **{name: version(name) for name in ("overtones", "numpy")}},
        "cross_validated": results.filter(method="fitted").drop("method").to_dicts(),
    }
    scorer = fit_scorer(data.rows, own, options, provenance)
    scorer.save(out)
    if as_json:
        print_json({"scorer": str(out), "sha256": scorer.sha256, **scorer.provenance})
        return
    print_status(data.description)
    print(table(results), end="")
    print_status(f"fitted: {folds}-fold cross-validation by document; expect lower accuracy on other kinds of text")
    print_status(f"wrote {out}; use it with `overtones run --scorer {out}`")
