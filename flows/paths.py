"""Addresses and paths, and the folders on this machine that overtones uses itself."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

STDIN = "-"
"""The SOURCE that means standard input."""

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)


def is_address(text: str) -> bool:
    """Whether `text` is an address, not a path.

    >>> is_address("s3://bucket/articles"), is_address("articles"), is_address("-")
    (True, False, False)
    """
    return _ADDRESS.match(text) is not None


def cache_folder() -> Path:
    """The folder for data that is slow to compute: $OVERTONES_CACHE, else the user's cache folder.

    Without a home folder there is no cache. The path is then one below which nothing can be written.
    """
    from platformdirs import user_cache_path

    if given := os.environ.get("OVERTONES_CACHE"):
        return Path(given)
    try:
        return user_cache_path("overtones")
    except RuntimeError:
        return Path(os.devnull, "overtones")


def working_copy(address: str) -> Path:
    """The folder on this machine with a copy of the tables stored at `address`."""
    return cache_folder() / "stores" / hashlib.sha256(address.rstrip("/").encode()).hexdigest()[:16]


def full_name(source: str) -> str:
    """The name of a SOURCE in the tables: its address, or its absolute path.

    >>> full_name("-"), full_name("s3://bucket/articles/"), full_name("/data/../articles/")
    ('-', 's3://bucket/articles', '/articles')
    """
    if source == STDIN or is_address(source):
        return source.rstrip("/")
    return os.path.abspath(source)  # noqa: PTH100  # a link stays a link: it may lead to the newest of several folders
