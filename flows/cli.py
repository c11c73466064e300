"""The `overtones` command. Data goes to stdout, messages go to stderr. Heavy modules are imported only when needed."""

from __future__ import annotations

import os
import sys
import traceback
from types import NoneType
from typing import TYPE_CHECKING, Annotated

import typer

from flows import streams
from flows.commands.clean import clean
from flows.commands.compare import compare
from flows.commands.config import config
from flows.commands.correct import correct
from flows.commands.doctor import doctor
from flows.commands.evaluate import evaluate
from flows.commands.explain import explain
from flows.commands.export import export
from flows.commands.fit import fit
from flows.commands.lexicon import commands as lexicon
from flows.commands.report import report
from flows.commands.run import EXIT_CODES as RUN_EXIT_CODES
from flows.commands.run import run
from flows.commands.schedule import schedule
from flows.commands.schema import schema
from flows.commands.serve import serve
from flows.commands.show import show
from flows.interrupts import INTERRUPTED
from flows.stores.addresses import redact_text
from flows.terminal.console import Exit, print_status, shell_word
from tasks.errors import OvertonesError, ReportError, ServiceError

if TYPE_CHECKING:
    from typing import Any, NoReturn

app = typer.Typer(
    name="overtones",
    help="Measure readability, sentiment and loaded language of articles, by paragraph and by voice.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"overtones {version('overtones')}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    version: Annotated[  # the callback prints it
        bool, typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    pass


# In the order of `overtones --help`.
app.command(epilog=RUN_EXIT_CODES)(run)
for command in (
    show, explain, clean, report, compare, export, serve, schedule, evaluate, fit, correct, schema, config, doctor,
):  # fmt: skip
    app.command()(command)
app.add_typer(lexicon)


def main() -> NoReturn:
    """Run the command and exit with its code. Every error is a message on stderr.

    Python exits with 1 after an unexpected error, but 1 means "a threshold was crossed". So every error is handled: only `run`
    returns 1. A bug is printed with its traceback and returns 2, as does every error that leaves no reliable result. Bugs
    have no code of their own, because a script would handle both cases in the same way.
    """
    streams.replace_standard_streams()
    try:
        code = _run_command()
        sys.stdout.flush()  # the exit code says whether everything was written
    except streams.OutputError as error:
        if not error.is_broken_pipe:
            print_status(f"overtones: {error}")
        code = Exit.DONE if error.is_broken_pipe else Exit.USAGE
    sys.exit(code)


def _run_command() -> Exit:
    """The exit code of the command, after its error message is printed."""
    try:
        code = _exit_code(app(prog_name="overtones", standalone_mode=False))
        if code == Exit.INTERRUPTED:  # typer returns it for a KeyboardInterrupt
            print_status(INTERRUPTED)
        return code
    except streams.OutputError:
        raise
    except OvertonesError as error:
        if not isinstance(error.__cause__, (OvertonesError, OSError, NoneType)) and isinstance(error, ReportError):
            _print_bug(error.__cause__)
        # The log of a server may have several lines; in other messages a line end can only come from a name.
        lines = str(error).split("\n") if isinstance(error, ServiceError) else [str(line) for line in error.args]
        lines = [redact_text(line) for line in lines] or [type(error).__name__]
        print_status(f"overtones: {lines[0]}", *lines[1:])
        return Exit.REPORT_FAILED if isinstance(error, ReportError) else Exit.USAGE
    except (KeyboardInterrupt, typer.Abort):
        print_status(INTERRUPTED)
        return Exit.INTERRUPTED
    except SystemExit as error:  # shell completion
        return _exit_code(error.code)
    except typer.TyperException as error:  # an unknown option, an invalid value
        _print_usage_error(error)
        return Exit.USAGE
    except (OSError, MemoryError) as error:
        print_status(f"overtones: {_system_message(error)}")
        return Exit.USAGE
    except BaseException as error:  # noqa: BLE001  # polars' panics are not an `Exception`
        _print_bug(error)
        return Exit.USAGE


def _exit_code(code: object) -> Exit:
    """The exit code for the return value of a command or of typer. Typer returns 1 after it has printed an error."""
    if isinstance(code, Exit):
        return code
    if isinstance(code, str):  # Python would print it and exit with 1
        print_status(code)
    if code == Exit.INTERRUPTED:
        return Exit.INTERRUPTED
    return Exit.USAGE if code else Exit.DONE


def _print_bug(error: BaseException) -> None:
    """Print the traceback, and what to do."""
    from importlib.metadata import version

    lines = (line for part in traceback.format_exception(error) for line in part.rstrip("\n").split("\n"))
    print_status(
        *map(redact_text, lines),
        f"overtones: this is a bug in overtones {version('overtones')}; please report it with the lines above",
    )


def _print_usage_error(error: Any) -> None:
    """Print the usage, the error, and a hint."""
    context = getattr(error, "ctx", None)
    message = redact_text(error.format_message())  # typer declares it, and the context, on private subclasses
    if context is not None:
        if message == context.get_help():  # the command was called without arguments
            print_status(*message.split("\n"))
            return
        print_status(*context.get_usage().split("\n"), f"Try '{context.command_path} --help' for help.", "")
    print_status(f"Error: {message}")
    if "No such command" in message and os.path.exists(sys.argv[1]):  # noqa: PTH110  # as typed; it may not be a valid path
        name = shell_word(sys.argv[1])
        print_status(f"To show this file: overtones show {name}", f"To analyze it: overtones run {name}")


def _system_message(error: OSError | MemoryError) -> str:
    """The message of the operating system, with the name of the file."""
    if isinstance(error, MemoryError):
        return f"not enough memory ({error})" if str(error) else "not enough memory"
    reason = error.strerror or str(error)
    is_name = isinstance(error.filename, (str, bytes, os.PathLike))  # it may also be a file descriptor
    return f"{os.fsdecode(error.filename)}: {reason}" if is_name else reason
