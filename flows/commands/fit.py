"""`overtones fit`: fit a judge of loaded terms on the user's annotated texts."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

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
    out: Annotated[Path, typer.Option(metavar="FILE", help="File to write the judge to.")],
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
    """Fit a judge of loaded terms on annotated texts and cross-validate it.

    The shipped judge is corrected by what people marked. Writes the judge to --out, and prints its accuracy on texts that
    were not used for fitting.
    """
    from flows.output_files import check_judge
    from flows.settings import resolve
    from tasks.measure.loaded_language import evaluation, load_lexicon
    from tasks.measure.loaded_language.user_judge import cross_validated, fit_judge

    settings, _ = resolve({"lexicon": lexicon or None}, config)
    check_judge(out)
    own = load_lexicon(settings.lexicon)
    fields = evaluation.AnnotatedFields(text_field, label_field, spans_field, document_field)
    data = read_corpus(corpus, fields, category, min_words)
    methods = {
        "overtones": lambda texts: evaluation.predict_with_lexicon(texts, own),
        "fitted": cross_validated(data.rows, own, folds),
    }
    results = evaluation.evaluate(data.rows, methods, n_resamples=resamples)
    provenance = {
        "fitted by": f"overtones fit {corpus.name}",
        "corpus_sha256": data.sha256,
        "categories": ", ".join(sorted(category or [])),
        "min_words": str(min_words),
        "lexicon_sha256": own.sha256,
        "fitted at": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": ", ".join(
            f"{name} {number}"
            for name, number in {
                "python": platform.python_version(),
                "overtones": version("overtones"),
                "numpy": version("numpy"),
            }.items()
        ),
    }
    provenance |= {
        f"cross-validated, {row['level']} {row['measure']}": f"{row['value']:.3f}"
        for row in results.filter(method="fitted").drop_nulls("value").to_dicts()
    }
    judge = fit_judge(data.rows, own, provenance)
    judge.save(out)
    if as_json:
        print_json({"judge": str(out), "sha256": judge.sha256, **judge.provenance})
        return
    print_status(data.description)
    print(table(results), end="")
    print_status(f"fitted: {folds}-fold cross-validation by document; expect lower accuracy on other kinds of text")
    print_status(f"wrote {out}; use it with `overtones run --judge {out}`")
