"""What can go wrong, and how it is told.

OvertonesError
├── UsageError          what was asked for makes no sense: exit code 2
│   └── ConfigurationError
├── SourceError         one input cannot be read: a row in `failures`, the run goes on
│   ├── SkippedSource   it was never an article (a swap file, a picture): a row, but no failure
│   ├── DecodingError   its bytes are not text
│   ├── FormatError     its bytes are text, but not of the format it claims
│   └── LimitExceeded   it is larger than an option allows
└── StoreError          the output folder cannot be written or does not hold what it should

Each message names the file, the place and the way out.
"""

from __future__ import annotations


class OvertonesError(Exception):
    """The base of every error that this project raises on purpose."""


class UsageError(OvertonesError):
    """The request itself is wrong; nothing was done."""


class ConfigurationError(UsageError):
    """An option, a configuration file or a lexicon file holds something that cannot be meant."""


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


class LimitExceeded(SourceError):
    """An input is larger than the limit that the message names."""

    stage = "read"


class StoreError(OvertonesError):
    """The tables could not be written, or are not what the manifest says."""
