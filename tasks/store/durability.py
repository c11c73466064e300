"""Guarantees that what was written survives a power cut: files and folders are synced to the disk."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_CANNOT = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EACCES, errno.EISDIR})
"""Errors of systems that cannot sync folders (Windows, some network file systems)."""


def sync(path: Path) -> None:
    """Wait until the content of a file, or the list of names in a folder, is on the disk.

    Raises OSError if a file cannot be synced. A folder that cannot be synced is no error.
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
    """Sync all files and folders below `folder`, then the folder itself. Raises OSError as `sync`."""
    for entry in os.scandir(folder):
        path = folder / entry.name
        if entry.is_dir(follow_symlinks=False):
            sync_tree(path)
        else:
            sync(path)
    sync(folder)


def make_folder(folder: Path) -> None:
    """Create `folder` and its missing parents, each synced. Raises OSError if a folder cannot be created."""
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        if folder == folder.parent:
            break
        folder = folder.parent
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
        sync(path.parent)
