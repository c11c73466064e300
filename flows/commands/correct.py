"""`overtones correct`: the user's own decisions on terms, applied to finished tables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flows.terminal.console import Config, Lexicons, Out, print_json, print_status


def correct(
    exceptions: Annotated[
        Path,
        typer.Argument(
            metavar="EXCEPTIONS.tsv",
            help="A line for each term: the entry of the lexicon, accept or dismiss, and the reason, with tabs between.",
        ),
    ],
    to: Annotated[Path, typer.Option(metavar="FOLDER", help="New or empty folder for the corrected tables.")],
    out: Out = None,
    lexicon: Lexicons = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    config: Config = None,
) -> None:
    """Apply your own decisions on terms to finished tables, without analyzing the articles again.

    Writes documents, paragraphs, sentences and loaded_terms with their counts and scores to another folder. The tables
    themselves stay as they are.
    """
    from flows.settings import resolve
    from tasks.exceptions import apply_exceptions, read_exceptions, write_corrected
    from tasks.measure.loaded_language import load_lexicon
    from tasks.store import scan_table

    settings, _ = resolve({"out": out, "lexicon": lexicon or None}, config)
    known = load_lexicon(settings.lexicon)
    decisions = read_exceptions(exceptions, known)
    corrected = apply_exceptions(settings.out, decisions, known)
    write_corrected(corrected, to)
    before = scan_table("loaded_terms", settings.out).collect().height
    after = corrected["loaded_terms"].height
    if as_json:
        print_json({"tables": str(to), "decisions": len(decisions), "loaded_terms": {"before": before, "after": after}})
        return
    print_status(f"{len(decisions):,} decisions: {before:,} loaded terms before, {after:,} after; wrote {to}")
