"""What can go wrong, and how it is told.

OvertonesError
├── UsageError          what was asked for makes no sense: exit code 2
│   ├── ConfigurationError
│   └── OutputRefused    the output folder holds files that no run wrote
├── SourceError         one input cannot be read: a row in `failures`, the run goes on
│   ├── SkippedSource   it was never an article (a swap file, a picture): a row, but no failure
│   ├── DecodingError   its bytes are not text
│   ├── FormatError     its bytes are text, but not of the format it claims
│   │   └── MissingField  a record has no field of the name that holds the text
│   ├── UnknownField    no record has a field that was asked for: a row, but no failure
│   ├── LimitExceeded   it is larger than an option allows
│   │   └── TimeLimitExceeded
│   ├── SourceUnavailable  the store that holds it does not give it
│   └── WorkerDied      it ended the process that analyzed it
├── StoreError          the output folder cannot be written or does not hold what it should
│   ├── OutputInUse     another run is writing to it
│   └── ReportError     the tables are written, the report on them is not: exit code 5
└── ServiceError        a server that the run was told to use does not answer, or not as it should

Each message names the file, the place and the way out; `did_you_mean` is the way out of a misspelt name. A message of
several lines is raised as several arguments, one for each line: a line end inside of one can only come from a name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


SKIPPED = "SkippedSource"
"""The error of rows in `failures` for inputs that were left out on purpose."""
NOT_FAILED = (SKIPPED, "UnknownField")
"""Errors whose rows in `failures` tell of something, but of no input that failed."""


class OvertonesError(Exception):
    r"""The base of every error that this project raises on purpose; its arguments are the lines of its message.

    >>> str(OvertonesError("'a' names two documents:", "    news/a", "    old/a"))
    "'a' names two documents:\n    news/a\n    old/a"
    """

    def __str__(self) -> str:
        """The message as one string."""
        return "\n".join(map(str, self.args))


class UsageError(OvertonesError):
    """The request itself is wrong; nothing was done."""


class ConfigurationError(UsageError):
    """An option, a configuration file or a lexicon file holds something that cannot be meant."""


class OutputRefused(UsageError):
    """An output folder holds files that are not ours, or is needed for something else; nothing was written."""


class SourceError(OvertonesError):
    """One input could not be turned into documents; `stage` says where it stopped."""

    stage = "read"


class SkippedSource(SourceError):
    """A file that is no article by its name or kind; told, but not counted as failed."""

    stage = "plan"


class DecodingError(SourceError):
    """The bytes of an input are not text in any encoding that can be told."""

    stage = "decode"


class FormatError(SourceError):
    """An input is not what its name says it is."""

    stage = "parse"


class MissingField(FormatError):
    """A record, or a table, has no field of the name that should hold its text."""


class UnknownField(SourceError):
    """No record of a file has a field that was asked for, such as its title; told, but not counted as failed."""

    stage = "parse"


class LimitExceeded(SourceError):
    """An input is larger than the limit that the message names."""

    stage = "read"


class TimeLimitExceeded(LimitExceeded):
    """An input took more time than the limit that the message names."""

    stage = "analyze"


class SourceUnavailable(SourceError):
    """An object was listed, but its store refuses it, has it no longer, or does not answer."""


class WorkerDied(SourceError):
    """An input ended the process that read or analyzed it, more than once."""

    stage = "analyze"


class StoreError(OvertonesError):
    """The tables could not be written, or are not what the manifest says."""


class OutputInUse(StoreError):
    """Another run holds the output folder; nothing was done."""


class ReportError(StoreError):
    """A run has published its tables and could not write the report on them."""


class ServiceError(OvertonesError):
    """A scheduler, a server or an object store cannot be reached, or cannot do what it was asked."""


def did_you_mean(word: str, choices: Iterable[str], prefix: str = "") -> str:
    """A question that names up to three of `choices` that are spelt nearly like `word`, '' where none is.

    >>> did_you_mean("sentense", ["documents", "sentences"])
    " Did you mean 'sentences'?"
    >>> did_you_mean("xyz", ["documents", "sentences"])
    ''

    A `prefix` is put before each; it does not make them more alike.

    >>> did_you_mean("WORKRES", ["WORKERS"], "OVERTONES_")
    " Did you mean 'OVERTONES_WORKERS'?"
    """
    from difflib import get_close_matches

    spelt = {choice.lower(): f"{prefix}{choice}" for choice in choices}
    near = [spelt[match] for match in get_close_matches(word.lower(), spelt, n=3)]
    return f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
