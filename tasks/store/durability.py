"""What has been written is on the disk: a power cut after this leaves it as it is."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_CANNOT = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EACCES, errno.EISDIR})
"""What systems answer that do not sync folders (Windows, some network file systems)."""


def sync(path: Path) -> None:
    """Wait until a file's content, or a folder's list of names, is on the disk.

    Raises OSError if the disk refuses a file. Of a folder that cannot be synced nothing is said.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError as error:
        if path.is_dir() and error.errno in _CANNOT:
            return
        raise
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _CANNOT:
            raise
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Sync all files and folders below `folder`, and itself last."""
    for entry in os.scandir(folder):
        path = folder / entry.name
        if entry.is_dir(follow_symlinks=False):
            sync_tree(path)
        else:
            sync(path)
    sync(folder)


def make_folder(folder: Path) -> None:
    """Make `folder` and what is missing above it, each with its name on the disk. Raises OSError if that cannot be."""
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        if folder == folder.parent:
            break
        folder = folder.parent
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
        sync(path.parent)
