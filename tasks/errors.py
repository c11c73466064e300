"""The errors of this project.

OvertonesError
├── UsageError             the request is invalid: exit code 2
│   ├── ConfigurationError an option or a file of the user is invalid
│   └── OutputRefused      the output folder contains files that no run wrote
├── SourceError            one input cannot be read: a row in `failures`, the run continues
│   ├── SkippedSource      the file is not an article (a swap file, an image): a row, but no failure
│   ├── DecodingError      the bytes are not text
│   ├── FormatError        the text is not valid in the format of the file
│   │   └── MissingField   a record has no field with the name that the text should have
│   ├── LeftOut            what of a file that was read is no article: a row, but no failure
│   ├── UnknownField       no record has a field that an option names: a row, but no failure
│   ├── LimitExceeded      the input is larger than an option allows
│   │   └── TimeLimitExceeded
│   ├── SourceUnavailable  an object store does not deliver the object
│   └── WorkerDied         the process that analyzed the input died
├── StoreError             the output folder cannot be written, or its tables are incomplete or damaged
│   ├── OutputInUse        another run is writing to it
│   └── ReportError        the tables are written, but the report is not: exit code 5
└── ServiceError           a server does not respond, or its response is invalid

Each message names the file, the position and a solution; `did_you_mean` gives the solution for a misspelt name. The lines
of a message are separate arguments, so that a line break within an argument can only be part of a name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


SKIPPED = "SkippedSource"
"""The error of rows in `failures` for inputs that were left out on purpose."""
NOT_FAILED = (SKIPPED, "LeftOut", "UnknownField")
"""Errors whose rows in `failures` report something, but not a failed input."""


class OvertonesError(Exception):
    r"""The base class of all errors that this project raises; the arguments are the lines of the message.

    >>> str(OvertonesError("'a' names two documents:", "    news/a", "    old/a"))
    "'a' names two documents:\n    news/a\n    old/a"
    """

    def __str__(self) -> str:
        """The message as one string."""
        return "\n".join(map(str, self.args))


class UsageError(OvertonesError):
    """The request is invalid; nothing was done."""


class ConfigurationError(UsageError):
    """An option, a configuration file or a lexicon file is invalid."""


class OutputRefused(UsageError):
    """An output folder contains files that no run wrote, or is used for something else; nothing was written."""


class SourceError(OvertonesError):
    """One input could not be made into documents; `stage` is the step that failed."""

    stage = "read"


class SkippedSource(SourceError):
    """A file whose name or type is not that of an article; reported, but not counted as failed."""

    stage = "plan"


class DecodingError(SourceError):
    """The bytes of an input are not text in any encoding that can be detected."""

    stage = "decode"


class FormatError(SourceError):
    """The content of an input does not have the format that its name indicates."""

    stage = "parse"


class MissingField(FormatError):
    """A record or a table has no field with the name that its text should have."""


class LeftOut(SourceError):
    """What was left out of a file that was read (pictures, redirects, entries without text), or what is doubtful in it."""

    stage = "parse"


class UnknownField(SourceError):
    """No record of a file has a field that an option names, such as the title; reported, but not counted as failed."""

    stage = "parse"


class LimitExceeded(SourceError):
    """An input is larger than the limit that the message names."""

    stage = "read"


class TimeLimitExceeded(LimitExceeded):
    """An input took more time than the limit that the message names."""

    stage = "analyze"


class SourceUnavailable(SourceError):
    """An object was listed, but its store denies access, has deleted it, or does not respond."""


class WorkerDied(SourceError):
    """The process that read or analyzed an input died, more than once."""

    stage = "analyze"


class StoreError(OvertonesError):
    """The tables could not be written, or differ from the manifest."""


class OutputInUse(StoreError):
    """Another run is using the output folder; nothing was done."""


class ReportError(StoreError):
    """A run has published its tables, but could not write the report."""


class ServiceError(OvertonesError):
    """A scheduler, a server or an object store cannot be reached, or cannot fulfil a request."""


def did_you_mean(word: str, choices: Iterable[str], prefix: str = "") -> str:
    """A question with up to three of `choices` whose spelling is similar to `word`; '' if there are none.

    >>> did_you_mean("sentense", ["documents", "sentences"])
    " Did you mean 'sentences'?"
    >>> did_you_mean("xyz", ["documents", "sentences"])
    ''

    A `prefix` is put before each choice; it is not compared.

    >>> did_you_mean("WORKRES", ["WORKERS"], "OVERTONES_")
    " Did you mean 'OVERTONES_WORKERS'?"
    """
    from difflib import get_close_matches

    spelt = {choice.lower(): f"{prefix}{choice}" for choice in choices}
    near = [spelt[match] for match in get_close_matches(word.lower(), spelt, n=3)]
    return f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
