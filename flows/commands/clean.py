"""`overtones clean`: print repaired text."""

from __future__ import annotations

import codecs
import io
import sys
from collections import Counter
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any, cast

import typer

from flows.output_files import check_log
from flows.terminal.console import Exit, TextField, print_status, width
from tasks.errors import SkippedSource, SourceError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import polars as pl
    from rich.text import Text

    from tasks.options import Options

_RECORD_SUFFIXES = {".jsonl", ".ndjson"}
_MAX_MESSAGES = 20
"""Number of unreadable lines that get a message of their own."""


def clean(
    file: Annotated[str, typer.Argument(metavar="[FILE|-]", help="A text file, or - for standard input.")] = "-",
    log: Annotated[
        Path | None,
        typer.Option(help="Write the repairs to this file, one JSON object per line.", show_default=False),
    ] = None,
    jsonl: Annotated[
        bool,
        typer.Option("--jsonl", help="The input has one JSON record per line. [default: for .jsonl and .ndjson files]"),
    ] = False,
    text_field: TextField = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show the repairs: before and after, side by side, with reasons.")
    ] = False,
) -> Exit:
    """Print a text or records with damaged encodings repaired."""
    from flows.settings import resolve

    suffixes = {suffix.lower() for suffix in Path(file).suffixes[-2:]}
    jsonl = jsonl or not suffixes.isdisjoint(_RECORD_SUFFIXES)
    if jsonl and explain:
        raise UsageError("--explain works for a single text, not for records; for these, use --log")
    settings, _ = resolve({"text_field": text_field})
    options = replace(settings.options, verbatim=False)
    if log:
        check_log(log)
    with ExitStack() as stack:
        try:
            stream = _open(file, stack)
            log_file = _open_log(log, stack) if log else None
            if jsonl:
                return _clean_records(stream, options, log_file)
            return _clean_file(stream, options, log_file, explain=explain)
        except OSError as error:
            where = error.filename or ("standard input" if file == "-" else file)
            raise UsageError(f"{where}: {error.strerror}") from error
        except SkippedSource as error:
            raise UsageError(f"{file}: {error}") from error
        except SourceError as error:
            print_status(f"overtones: {file}: {error}")
            return Exit.ALL_FAILED


def _open(file: str, stack: ExitStack) -> IO[bytes]:
    from tasks.ingest.compression import open_source

    return sys.stdin.buffer if file == "-" else stack.enter_context(open_source(Path(file)))


def _open_log(path: Path, stack: ExitStack) -> IO[bytes]:
    log = path.open("wb")

    def close() -> None:
        with suppress(OSError):  # the error has been reported by `_write_log`
            log.close()

    stack.callback(close)
    return log


def _write(text: str) -> None:
    """Write to stdout, which is always UTF-8. Bytes of a line that cannot be decoded are written unchanged."""
    sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
    sys.stdout.buffer.flush()


def _write_log(repairs: pl.DataFrame, log: IO[bytes]) -> None:
    """Write the repairs to the log. Raises UsageError if that fails."""
    lines = repairs.write_ndjson()
    try:
        log.write(lines.encode())
        log.flush()
    except OSError as error:
        raise UsageError(f"cannot write to --log {log.name}: {error.strerror}") from error


def _clean_file(stream: IO[bytes], options: Options, log: IO[bytes] | None, *, explain: bool) -> Exit:
    import polars as pl

    from tasks.clean import clean_documents
    from tasks.ingest import INVALID_BYTES_SCHEMA, decode, take_invalid_bytes
    from tasks.ingest.compression import read_whole

    decoded = decode(read_whole(stream, options.limits.max_unpacked_bytes, "OVERTONES_MAX_UNPACKED_BYTES"))
    text, invalid_bytes = take_invalid_bytes(decoded.text)
    documents = pl.DataFrame(
        {
            "document_id": [""],
            "text": [text],
            "text_offset": [decoded.offset],
            "encoding": [decoded.encoding],
            "format": ["text"],
        }
    )
    rows = [("", one.position, one.byte, one.after) for one in invalid_bytes]
    cleaned, repairs = clean_documents(
        documents, pl.DataFrame(rows, schema=INVALID_BYTES_SCHEMA, orient="row"), options
    )
    repairs = repairs.drop("document_id")
    if log:
        _write_log(repairs, log)
    if explain:
        _explain(cleaned["text"][0], repairs)
    else:
        _write(cleaned["text"][0])
    return Exit.DONE


def _clean_records(stream: IO[bytes], options: Options, log: IO[bytes] | None) -> Exit:
    from tasks.clean import clean_records

    n_bad = n_lines = 0
    for chunk in clean_records(_read_lines(stream), options):
        _write("".join(chunk.lines))
        if log:
            _write_log(chunk.repairs, log)
        for number, complaint in chunk.complaints[: max(0, _MAX_MESSAGES - n_bad)]:
            print_status(f"overtones: line {number}: {complaint}; the line was copied unchanged")
        n_bad += len(chunk.complaints)
        n_lines += len(chunk.lines)
    if n_bad > _MAX_MESSAGES:
        print_status(f"overtones: {n_bad - _MAX_MESSAGES:,} more lines could not be read and were copied unchanged")
    return Exit.DONE if not n_bad else Exit.SOME_FAILED if n_bad < n_lines else Exit.ALL_FAILED


def _read_lines(stream: IO[bytes]) -> Iterator[str]:
    """The lines of a stream, each decoded by itself. UTF-16 is detected by its byte order mark."""
    from tasks.errors import DecodingError
    from tasks.ingest import decode, take_invalid_bytes

    buffer = io.BufferedReader(cast("io.RawIOBase", stream))
    if buffer.peek(2)[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}:
        yield from io.TextIOWrapper(buffer, "utf-16", "replace", newline="\n")
        return
    for number, line in enumerate(buffer):
        raw = line if number else line.removeprefix(codecs.BOM_UTF8)
        try:
            yield raw.decode()
        except UnicodeDecodeError:
            try:
                yield take_invalid_bytes(decode(raw).text)[0]
            except DecodingError:
                yield raw.decode("utf-8", "surrogateescape")


def _explain(text: str, repairs: pl.DataFrame) -> None:
    """Print the passages with repairs, before and after side by side, and below each its repairs with their reasons."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from tasks.clean import COUNTED, explain_repairs

    console = Console(highlight=False, width=width())
    rows = repairs.to_dicts()
    for passage in explain_repairs(text, rows):
        sides = Table.grid(padding=(0, 3), expand=True)
        sides.add_column("before", ratio=1)
        sides.add_column("after", ratio=1)
        sides.add_row(_side(passage.before, "bold red"), _side(passage.after, "bold green"))
        reasons = Counter(map(_reason, passage.repairs)).items()
        lines = [Text("    " + reason + (f" ({n} times)" if n > 1 else ""), style="dim") for reason, n in reasons]
        with console.capture() as output:  # rich would exit with an error if the pipe is closed
            console.print(sides, *lines, "", sep="\n")
        _write(output.get())
    for row in rows:
        if row["kind"] in COUNTED:
            _write(f"{_reason(row)}\n")
    n_inferred = sum(row["confidence"] == "inferred" for row in rows)
    n_repairs = f"{len(rows):,} repair{'s' * (len(rows) != 1)}"
    print_status(f"{n_repairs}, {n_inferred:,} of them inferred" if rows else "nothing to repair")


def _side(pieces: list[tuple[str, bool]], style: str) -> Text:
    from rich.text import Text

    return Text.assemble(*((_visible(piece, keep="\n"), style if is_repair else "") for piece, is_repair in pieces))


def _reason(repair: Mapping[str, Any]) -> str:
    chain = f" {repair['codec_chain']}" if repair["codec_chain"] else ""
    change = "(not changed)" if repair["before"] == repair["after"] else f"→ '{_visible(repair['after'])}'"
    what = f"'{_visible(repair['before'])}' {change}"
    return f"{what}   {repair['kind']}{chain}, {repair['confidence']}: {repair['reason']}"


def _visible(text: str, keep: str = "") -> str:
    """The text with control characters and invisible characters escaped, except those in `keep`."""
    return "".join(
        character if character.isprintable() or character in keep else ascii(character)[1:-1] for character in text
    )
