"""A folder on disk that caches data derived from installed packages, so that the next process need not compute it
again.

An entry is a file. Its name contains a hash of a key, which includes everything that decides the content; so another
version of a package has another file. The file begins with a hash of key and content, so damage and entries of other
keys are detected. What cannot be read is computed again. If the folder cannot be written, nothing is cached. Several
processes may read and write the same entries at the same time.
"""

from __future__ import annotations

import inspect
import io
import platform
import secrets
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable

_DIGEST_BYTES = sha256().digest_size


def read_entry(folder: Path, name: str, key: str) -> bytes | None:
    """The content that was written under this name and key; None if there is none, or it is damaged."""
    try:
        entry = _file(folder, name, key).read_bytes()
    except OSError:
        return None
    digest, content = entry[:_DIGEST_BYTES], entry[_DIGEST_BYTES:]
    return content if digest == _digest(key, content) else None


def write_entry(folder: Path, name: str, key: str, content: bytes) -> None:
    r"""Write `content` under this name and key, if the folder can be written.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_entry(Path(folder), "words", "version 1", b"so be it")
    ...     read_entry(Path(folder), "words", "version 1"), read_entry(Path(folder), "words", "version 2")
    (b'so be it', None)
    """
    file = _file(folder, name, key)
    # Another process may be reading or writing the file, so a new file is written, and replaces it atomically.
    new = file.with_suffix(f".{secrets.token_hex(8)}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        new.write_bytes(_digest(key, content) + content)
        new.replace(file)
    except OSError:
        with suppress(OSError):
            new.unlink()


def _file(folder: Path, name: str, key: str) -> Path:
    return folder / f"{name}-{sha256(key.encode()).hexdigest()[:16]}.bin"


def _digest(key: str, content: bytes) -> bytes:
    return sha256(sha256(key.encode()).digest() + content).digest()


def cached_table(folder: Path | None, name: str, version: str, make: Callable[[], pl.DataFrame]) -> pl.DataFrame:
    """The result of `make`, from the cache in `folder` if it is there for the same `version`.

    The key also contains the versions of Python and polars, which decide what lower case is, for example, and a hash of
    the module that defines `make` and the modules in the same folder.
    """
    if folder is None:
        return make()
    modules = sorted(Path(inspect.getfile(make)).parent.glob("*.py"))
    code = sha256(b"".join(module.read_bytes() for module in modules)).hexdigest()
    key = f"{name} {version}, Python {platform.python_version()}, polars {pl.__version__}, made by {code}"
    content = read_entry(folder, name, key)
    if content is not None:
        return pl.read_parquet(content)
    table = make()
    file = io.BytesIO()
    table.write_parquet(file)
    write_entry(folder, name, key, file.getvalue())
    return table
