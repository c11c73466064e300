"""The `overtones` command. Data goes to stdout, talk to stderr; heavy imports wait until a command needs them."""

from __future__ import annotations

import os
import sys

import typer

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
from flows.terminal import Exit, tell
from tasks.errors import OvertonesError

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


def main() -> None:
    """Run the command; every expected error is one message on stderr and an exit code."""
    try:
        code = app(prog_name="overtones", standalone_mode=False)
    except OvertonesError as error:
        tell(f"overtones: {error}")
        code = Exit.USAGE
    except (KeyboardInterrupt, typer.Abort):
        code = Exit.INTERRUPTED
    except (BrokenPipeError, SystemExit) as error:  # the reader of our stdout has seen enough
        if isinstance(error, SystemExit) and not isinstance(error.__context__, BrokenPipeError):
            raise  # typer makes an exit of the broken pipe, and of nothing else
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = Exit.DONE
    except typer.TyperException as error:  # an option that there is not, a value that is none
        error.show()  # type: ignore[attr-defined]  # typer declares it on a private subclass
        if "No such command" in str(error) and os.path.exists(sys.argv[1]):  # noqa: PTH110  # a name as typed, which may be no path at all
            tell(f"To look at it: overtones show {sys.argv[1]}. To analyze it: overtones run {sys.argv[1]}")
        code = Exit.USAGE
    if code == Exit.INTERRUPTED:  # typer may have made this of a KeyboardInterrupt already
        tell(INTERRUPTED)
    sys.exit(code or Exit.DONE)
