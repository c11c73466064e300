"""The `overtones` command. Data goes to stdout, talk to stderr; heavy imports wait until a command needs them."""

from __future__ import annotations

import os
import sys
import traceback
from types import NoneType
from typing import TYPE_CHECKING

import typer

from flows import streams
from flows.commands.clean import clean
from flows.commands.config import config
from flows.commands.doctor import doctor
from flows.commands.evaluate import evaluate
from flows.commands.explain import explain
from flows.commands.fit import fit
from flows.commands.lexicon import commands as lexicon
from flows.commands.report import report
from flows.commands.run import run
from flows.commands.schedule import schedule
from flows.commands.schema import schema
from flows.commands.show import show
from flows.interrupts import INTERRUPTED
from flows.stores.addresses import redact_text
from flows.terminal.console import Exit, print_status, shell_word
from tasks.errors import OvertonesError, ReportError, ServiceError

if TYPE_CHECKING:
    from typing import Any, NoReturn

app = typer.Typer(
    name="overtones",
    help="How hard each paragraph of an article is to read, how it feels, how loaded its language is, and in whose voice.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
# In the order of `overtones --help`.
for command in (run, show, explain, clean, report, schedule, evaluate, fit, schema, config, doctor):
    app.command()(command)
app.add_typer(lexicon)


def main() -> NoReturn:
    """Run the command and exit with its code; every error is a message on stderr.

    Python exits with 1 after an unexpected error, and here that means "a threshold was passed". So every error is handled:
    only `run` gives 1, and a bug is printed with its traceback and gives 2, like every error after which no result can be
    relied on. It has no code of its own, because a script would do the same for both.
    """
    streams.take_over()
    try:
        code = _outcome()
        sys.stdout.flush()  # the exit code says whether everything was written
    except streams.OutputLost as lost:
        if not lost.reader_has_left:
            print_status(f"overtones: {lost}")
        code = Exit.DONE if lost.reader_has_left else Exit.USAGE
    sys.exit(code)


def _outcome() -> Exit:
    """The exit code of the command, after its error message is printed."""
    try:
        code = _meaning(app(prog_name="overtones", standalone_mode=False))
        if code == Exit.INTERRUPTED:  # typer has made this of a KeyboardInterrupt
            print_status(INTERRUPTED)
        return code
    except streams.OutputLost:
        raise
    except OvertonesError as error:
        if not isinstance(error.__cause__, (OvertonesError, OSError, NoneType)) and isinstance(error, ReportError):
            _tell_of_bug(error.__cause__)
        # A server's last words may have several lines; in other messages a line end can only come from a name.
        lines = str(error).split("\n") if isinstance(error, ServiceError) else [str(line) for line in error.args]
        lines = [redact_text(line) for line in lines] or [type(error).__name__]
        print_status(f"overtones: {lines[0]}", *lines[1:])
        return Exit.REPORT_FAILED if isinstance(error, ReportError) else Exit.USAGE
    except (KeyboardInterrupt, typer.Abort):
        print_status(INTERRUPTED)
        return Exit.INTERRUPTED
    except SystemExit as error:  # a shell's completion
        return _meaning(error.code)
    except typer.TyperException as error:  # an option that there is not, a value that is none
        _tell_of_usage(error)
        return Exit.USAGE
    except (OSError, MemoryError) as error:
        print_status(f"overtones: {_said_by_the_system(error)}")
        return Exit.USAGE
    except BaseException as error:  # noqa: BLE001  # polars' panics are no `Exception`
        _tell_of_bug(error)
        return Exit.USAGE


def _meaning(code: object) -> Exit:
    """Our exit code for what a command or typer returned; typer's 1 follows an error message that it has printed."""
    if isinstance(code, Exit):
        return code
    if isinstance(code, str):  # Python would print it and exit with 1
        print_status(code)
    if code == Exit.INTERRUPTED:
        return Exit.INTERRUPTED
    return Exit.USAGE if code else Exit.DONE


def _tell_of_bug(error: BaseException) -> None:
    """Print the traceback, and what to do."""
    from importlib.metadata import version

    told = (line for part in traceback.format_exception(error) for line in part.rstrip("\n").split("\n"))
    print_status(
        *map(redact_text, told),
        f"overtones: this is a bug in overtones {version('overtones')}; please report it with the lines above",
    )


def _tell_of_usage(error: Any) -> None:
    """Print the usage, what is wrong, and what may have been meant."""
    context = getattr(error, "ctx", None)
    message = redact_text(error.format_message())  # typer declares it, and the context, on private subclasses
    if context is not None:
        if message == context.get_help():  # the command was called without anything
            print_status(*message.split("\n"))
            return
        print_status(*context.get_usage().split("\n"), f"Try '{context.command_path} --help' for help.", "")
    print_status(f"Error: {message}")
    if "No such command" in message and os.path.exists(sys.argv[1]):  # noqa: PTH110  # a name as typed, which may be no path at all
        name = shell_word(sys.argv[1])
        print_status(f"To look at it: overtones show {name}. To analyze it: overtones run {name}")


def _said_by_the_system(error: OSError | MemoryError) -> str:
    """What the system refused, with the name of the file."""
    if isinstance(error, MemoryError):
        return f"there is not enough memory ({error})" if str(error) else "there is not enough memory"
    reason = error.strerror or str(error)
    is_name = isinstance(error.filename, (str, bytes, os.PathLike))  # it may be the number of an open file
    return f"{os.fsdecode(error.filename)}: {reason}" if is_name else reason
