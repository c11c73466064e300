"""`overtones run`: articles into parquet tables and a report."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.scheduling.prefect_server import answers, configured_address, insist_on_access, local_server, quiet
from flows.stores.addresses import redact_address
from flows.streams import reader_may_leave
from flows.terminal.console import (
    Config,
    Dask,
    DateField,
    Dictionary,
    Exit,
    IdField,
    JoinHyphens,
    Lexicons,
    Out,
    Reports,
    ScorerFile,
    SourceField,
    Sources,
    TextField,
    TitleField,
    Verbatim,
    Workers,
    print_json,
    print_status,
)
from tasks.errors import ServiceError

if TYPE_CHECKING:
    from flows.execution.model import RunResult
    from flows.scheduling.prefect_server import LocalServer
    from flows.settings import Settings
    from flows.thresholds import Threshold

_NO_SETTINGS = {"fail_on", "as_json", "verbose", "log_json", "config"}


def run(
    source: Sources = None,
    out: Out = None,
    reports: Reports = None,
    workers: Workers = None,
    dask: Dask = None,
    prefect: Annotated[
        bool | None,
        typer.Option(
            "--prefect/--no-prefect",
            help="Insist on Prefect, or decline it. [used if a server answers]",
            show_default=False,
        ),
    ] = None,
    full: Annotated[bool | None, typer.Option("--full", help="Analyze everything again.", show_default=False)] = None,
    add: Annotated[
        bool | None,
        typer.Option("--add", help="Add the sources to those that the tables hold.", show_default=False),
    ] = None,
    replace: Annotated[
        bool | None,
        typer.Option("--replace", help="Drop the sources that the tables hold and are not named.", show_default=False),
    ] = None,
    keep_removed: Annotated[
        bool | None,
        typer.Option("--keep-removed", help="Keep the documents of files that are gone.", show_default=False),
    ] = None,
    follow_links: Annotated[
        bool | None,
        typer.Option(
            "--follow-links", help="Read links that lead out of a source, or to a folder.", show_default=False
        ),
    ] = None,
    verbatim: Verbatim = None,
    text_field: TextField = None,
    id_field: IdField = None,
    title_field: TitleField = None,
    source_field: SourceField = None,
    date_field: DateField = None,
    dictionary: Dictionary = None,
    lexicon: Lexicons = None,
    join_hyphens: JoinHyphens = None,
    explain_sentiment: Annotated[
        bool | None,
        typer.Option(
            "--explain-sentiment",
            help="Fill the table sentiment_terms: what each word adds to VADER's score.",
            show_default=False,
        ),
    ] = None,
    scorer: ScorerFile = None,
    wait: Annotated[
        float | None,
        typer.Option(metavar="SECONDS", help="Wait for another run on the same tables. [0]", show_default=False),
    ] = None,
    max_file_bytes: Annotated[
        int | None, typer.Option(help="Largest file that is read. [2,000,000,000]", show_default=False)
    ] = None,
    max_unpacked_bytes: Annotated[
        int | None, typer.Option(help="Most that a file may unpack to. [2,000,000,000]", show_default=False)
    ] = None,
    max_document_bytes: Annotated[
        int | None, typer.Option(help="Longest single document. [128,000,000]", show_default=False)
    ] = None,
    max_document_parts: Annotated[
        int | None,
        typer.Option(
            help="Most paragraphs, sentences, quotations, loaded terms and repairs of one document. [2,000,000]",
            show_default=False,
        ),
    ] = None,
    max_seconds: Annotated[
        float | None, typer.Option(help="Longest time for one document, in seconds. [600]", show_default=False)
    ] = None,
    fail_on: Annotated[
        list[str] | None,
        typer.Option(
            metavar="THRESHOLD",
            help="End with exit code 1 if a document passes it: 'loaded_per_1000_words_author > 40'. May be given again.",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON on stdout.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Tell each stage and its time on stderr.")] = False,
    log_json: Annotated[bool, typer.Option("--log-json", help="The same, each line a JSON object.")] = False,
    config: Config = None,
) -> Exit:
    """Analyze articles into parquet tables and a report."""
    given = {name: value for name, value in locals().items() if name not in _NO_SETTINGS}
    from flows.interrupts import end_promptly
    from flows.logs import tell_stages
    from flows.settings import resolve

    end_promptly()
    if verbose or log_json:
        tell_stages(as_json=log_json)
    settings, _ = resolve(
        {name: value or None if isinstance(value, list) else value for name, value in given.items()}, config
    )
    thresholds = _parse(fail_on)
    result = _run(settings)
    if as_json:
        summary = {"run_id": result.run_id, **vars(result.counts), "summary": result.summary}
        with reader_may_leave():  # the exit code tells what became of the run all the same
            print_json(summary)
            sys.stdout.flush()
    else:
        from flows.terminal.run_summary import run_summary

        print_status(*run_summary(result, settings, next_steps=sys.stderr.isatty()).split("\n"))
    passed = _passed(thresholds, result)
    counts = result.counts
    if counts.failed or (counts.kept and not counts.read):
        return Exit.SOME_FAILED if counts.read else Exit.ALL_FAILED
    return Exit.THRESHOLD_PASSED if passed else Exit.DONE


def _parse(fail_on: list[str] | None) -> list[Threshold]:
    if not fail_on:
        return []
    from flows.thresholds import Threshold

    return [Threshold.parse(written) for written in fail_on]


def _passed(thresholds: list[Threshold], result: RunResult) -> bool:
    """Whether a document passes a threshold; each that is passed is told."""
    if not thresholds:
        return False
    from flows.thresholds import passed_thresholds

    lines = passed_thresholds(thresholds, result.out)
    for line in lines:
        print_status(f"--fail-on {line}")
    return bool(lines)


def _run(settings: Settings) -> RunResult:
    from flows import pipeline

    if settings.prefect is not False:
        address = configured_address()
        if address and answers(address):
            if _lets_us_in(address, insist=bool(settings.prefect)):
                return _run_tracked(settings)
        elif settings.prefect:
            services = ExitStack()
            server = services.enter_context(local_server())
            print_status(f"No Prefect server answers; starting one for this run: {server.address.removesuffix('/api')}")
            print_status(f"The password of its interface is in {server.password_file}")
            # Prefect sends its last words when Python exits; what was registered before it was imported ends after it.
            atexit.register(services.close)
            return _run_tracked(settings, server)
        elif address:
            print_status(f"Prefect's server at {redact_address(address)} does not answer; running without it.")
        else:
            print_status("No Prefect server is configured; running without it. (--prefect starts one.)")
    if not sys.stderr.isatty():
        return pipeline.run(settings)
    from flows.terminal.progress import run_with_progress

    return run_with_progress(settings)


def _lets_us_in(address: str, *, insist: bool) -> bool:
    """Whether the server at `address` takes our calls. ServiceError, which says why, if it does not and we `insist`."""
    try:
        insist_on_access(address)
    except ServiceError as error:
        if insist:
            raise
        print_status(f"{error}. Running without it.")
        return False
    return True


def _run_tracked(settings: Settings, server: LocalServer | None = None) -> RunResult:
    """The same run as a Prefect flow; its own talk is kept down, because this command tells what happened.

    Prefect takes a second to import. Workers are at their first batches meanwhile, and the `server` that has been told to
    start gets ready.
    """
    from flows.execution.prestart import prestart

    os.environ |= quiet() | dict(os.environ)
    if server:
        os.environ |= server.environment
    with prestart(settings) as prestarted:
        gc.disable()  # what importing Prefect makes stays; to look through it again and again takes a seventh of the time
        from flows.analyze import analyze_with, without_heartbeats

        gc.freeze()
        gc.enable()
        if server:
            server.wait()
        with without_heartbeats():
            state: Any = analyze_with(prestarted)(settings, return_state=True)
    outcome: RunResult | Exception = state.result(raise_on_failure=False)
    if isinstance(outcome, Exception):
        raise outcome
    return outcome
