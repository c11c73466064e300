"""`overtones run`: analyze articles, write parquet tables and a report."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.scheduling.prefect_server import (
    check_access,
    configured_address,
    local_server,
    quiet_environment,
    responds,
)
from flows.stores.addresses import redact_address
from flows.streams import ignore_broken_pipe
from flows.terminal.console import (
    BylineField,
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

_NOT_SETTINGS = {"fail_on", "only_list", "as_json", "verbose", "log_json", "config"}


EXIT_CODES = """\b
Exit codes: 0 done; 1 a document crosses a threshold of --fail-on;
2 wrong usage or settings, an error, or a bug; 3 some inputs failed;
4 all inputs failed; 5 tables written, report not; 130 interrupted.
"""
"""What `overtones run --help` ends with."""


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
            help="Require or disable Prefect. [default: used if a configured server responds]",
            show_default=False,
        ),
    ] = None,
    full: Annotated[
        bool | None,
        typer.Option("--full", help="Analyze all documents again, including unchanged ones.", show_default=False),
    ] = None,
    add: Annotated[
        bool | None,
        typer.Option("--add", help="Add these sources to those already in the tables.", show_default=False),
    ] = None,
    replace: Annotated[
        bool | None,
        typer.Option("--replace", help="Remove all other sources from the tables.", show_default=False),
    ] = None,
    keep_removed: Annotated[
        bool | None,
        typer.Option("--keep-removed", help="Keep documents whose files no longer exist.", show_default=False),
    ] = None,
    follow_links: Annotated[
        bool | None,
        typer.Option(
            "--follow-links", help="Follow symbolic links to folders and out of a source.", show_default=False
        ),
    ] = None,
    verbatim: Verbatim = None,
    text_field: TextField = None,
    id_field: IdField = None,
    title_field: TitleField = None,
    source_field: SourceField = None,
    date_field: DateField = None,
    byline_field: BylineField = None,
    dictionary: Dictionary = None,
    lexicon: Lexicons = None,
    join_hyphens: JoinHyphens = None,
    explain_sentiment: Annotated[
        bool | None,
        typer.Option(
            "--explain-sentiment",
            help="Write the table sentiment_terms: the contribution of each word to the sentiment.",
            show_default=False,
        ),
    ] = None,
    scorer: ScorerFile = None,
    wait: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            help="Wait at most this long for another run on the same tables. [default: 0]",
            show_default=False,
        ),
    ] = None,
    max_file_bytes: Annotated[
        int | None, typer.Option(help="Maximum size of a file, in bytes. [default: 2,000,000,000]", show_default=False)
    ] = None,
    max_unpacked_bytes: Annotated[
        int | None,
        typer.Option(
            help="Maximum size of a decompressed file, in bytes. [default: 2,000,000,000]", show_default=False
        ),
    ] = None,
    max_document_bytes: Annotated[
        int | None,
        typer.Option(help="Maximum size of a document, in bytes. [default: 128,000,000]", show_default=False),
    ] = None,
    max_document_parts: Annotated[
        int | None,
        typer.Option(
            help="Maximum number of paragraphs, sentences, quotations, loaded terms and repairs of a document, in total. "
            "[default: 2,000,000]",
            show_default=False,
        ),
    ] = None,
    max_seconds: Annotated[
        float | None, typer.Option(help="Time limit for a document, in seconds. [default: 600]", show_default=False)
    ] = None,
    fail_on: Annotated[
        list[str] | None,
        typer.Option(
            metavar="THRESHOLD",
            help="Exit with code 1 if a document crosses the threshold, e.g. 'loaded_per_1000_words_author > 40'. Can be "
            "repeated.",
            show_default=False,
        ),
    ] = None,
    only_list: Annotated[
        bool, typer.Option("--list", help="List what each file is taken for; analyze and write nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary, or the list, as JSON.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log each step and its time to stderr.")] = False,
    log_json: Annotated[
        bool, typer.Option("--log-json", help="Log each step and its time to stderr, as JSON lines.")
    ] = False,
    config: Config = None,
) -> Exit:
    """Analyze articles, and write parquet tables and a report.

    A later run on the same tables analyzes only new and changed documents.
    """
    given = {name: value for name, value in locals().items() if name not in _NOT_SETTINGS}
    from flows.interrupts import end_promptly
    from flows.logs import log_to_stderr
    from flows.settings import resolve

    end_promptly()
    if verbose or log_json:
        log_to_stderr(as_json=log_json)
    settings, _ = resolve(
        {name: value or None if isinstance(value, list) else value for name, value in given.items()}, config
    )
    if only_list:
        _print_list(settings, as_json=as_json)
        return Exit.DONE
    thresholds = _parse_thresholds(fail_on)
    result = _run(settings)
    if as_json:
        summary = {"run_id": result.run_id, **vars(result.counts), "summary": result.summary}
        with ignore_broken_pipe():  # the exit code must report the run in any case
            print_json(summary)
            sys.stdout.flush()
    else:
        from flows.terminal.run_summary import run_summary

        print_status(*run_summary(result, settings, next_steps=sys.stderr.isatty()).split("\n"))
    is_crossed = _report_crossed(thresholds, result)
    counts = result.counts
    if counts.failed or (counts.kept and not counts.read):
        return Exit.SOME_FAILED if counts.read else Exit.ALL_FAILED
    return Exit.THRESHOLD_CROSSED if is_crossed else Exit.DONE


def _print_list(settings: Settings, *, as_json: bool) -> None:
    """Print what each file is taken for."""
    from flows.source_list import list_sources, listing, summary_line
    from tasks.escaping import escape_name

    files = list(list_sources(settings))
    with ignore_broken_pipe():
        if as_json:
            print_json([vars(listed) for listed in files])
        else:
            for line in listing(files):
                print(escape_name(line))
        sys.stdout.flush()
    print_status(summary_line(files))


def _parse_thresholds(fail_on: list[str] | None) -> list[Threshold]:
    if not fail_on:
        return []
    from flows.thresholds import Threshold

    return [Threshold.parse(text) for text in fail_on]


def _report_crossed(thresholds: list[Threshold], result: RunResult) -> bool:
    """Print the thresholds that a document crosses, and return whether there are any."""
    if not thresholds:
        return False
    from flows.thresholds import crossed_thresholds

    lines = crossed_thresholds(thresholds, result.out)
    for line in lines:
        print_status(f"threshold crossed: {line}")
    return bool(lines)


def _run(settings: Settings) -> RunResult:
    from flows import pipeline

    if settings.prefect is not False:
        address = configured_address()
        if address and responds(address):
            if _has_access(address, required=bool(settings.prefect)):
                return _run_tracked(settings)
        elif settings.prefect:
            services = ExitStack()
            server = services.enter_context(local_server())
            print_status(
                f"No Prefect server responds; starting one for this run: {server.address.removesuffix('/api')}",
                f"The password for its web interface is in {server.password_file}",
            )
            # Prefect sends its last logs when Python exits. What was registered before its import is called after that.
            atexit.register(services.close)
            return _run_tracked(settings, server)
        elif address:
            print_status(f"The Prefect server at {redact_address(address)} does not respond; running without Prefect.")
    if not sys.stderr.isatty():
        return pipeline.run(settings)
    from flows.terminal.progress import run_with_progress

    return run_with_progress(settings)


def _has_access(address: str, *, required: bool) -> bool:
    """Whether the server at `address` accepts our calls. Raises ServiceError if it does not and that is `required`."""
    try:
        check_access(address)
    except ServiceError as error:
        if required:
            raise
        print_status(f"{error}. Running without Prefect.")
        return False
    return True


def _run_tracked(settings: Settings, server: LocalServer | None = None) -> RunResult:
    """The same run as a Prefect flow. Prefect's own messages are reduced, because this command prints a summary.

    Importing Prefect takes a second. Meanwhile workers process the first batches, and the `server`, if there is one, starts.
    """
    from flows.execution.prestart import prestart

    os.environ |= quiet_environment() | dict(os.environ)
    if server:
        os.environ |= server.environment
    with prestart(settings) as prestarted:
        gc.disable()  # the objects of Prefect's modules are permanent; collecting among them takes 1/7 of the import
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
