"""The standard streams of the command: full or closed ones end it neither with a traceback nor with a code of Python's.

Standard output carries data: if it cannot be written, `OutputLost` is raised, once, wherever the write came from. Standard
error carries messages: if they cannot be written they are lost, and the command goes on. Output is UTF-8 in every locale,
and bytes of file names that are not UTF-8 are written unchanged.

If a stream was closed before the command started, its file descriptor is taken again first. Otherwise the next file that is
opened, perhaps a table, would get that descriptor, and what a library writes to standard error would end up in it.
"""

from __future__ import annotations

import io
import os
import select
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from _typeshed import ReadableBuffer


class OutputLost(Exception):
    """Standard output cannot be written any more: the disk is full, it is closed, or its reader has gone."""

    def __init__(self, error: OSError) -> None:
        super().__init__(f"cannot write to standard output: {error.strerror or error}")
        self.reader_has_left = isinstance(error, (BrokenPipeError, ConnectionResetError))
        """Whether it is a pipe whose reader has ended (`| head`), which is no error."""


@contextmanager
def reader_may_leave() -> Iterator[None]:
    """In this block the reader of standard output may close it, and the command goes on."""
    try:
        yield
    except OutputLost as lost:
        if not lost.reader_has_left:
            raise


def take_over() -> None:
    """Replace the standard streams; those that are no longer Python's own (in tests, say) are left alone."""
    _reopen()
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8", errors="surrogateescape", closefd=False)  # noqa: SIM115
    if _is_pythons_own(sys.stdout, sys.__stdout__):
        at_once = isinstance(sys.stdout, io.TextIOWrapper) and (sys.stdout.line_buffering or sys.stdout.write_through)
        sys.stdout = _text(_Data(1, "w", closefd=False), "utf-8", "surrogateescape", at_once=at_once)
    if _is_pythons_own(sys.stderr, sys.__stderr__):
        encoding = sys.stderr.encoding if sys.stderr else "utf-8"
        sys.stderr = _text(_Talk(2, "w", closefd=False), encoding, "backslashreplace", at_once=True)


def _reopen() -> None:
    """Open the descriptors 0 to 2 if they are closed. Reading from them, or writing data to them, is still an error."""
    for number, mode in enumerate((os.O_WRONLY, os.O_RDONLY, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, mode), True)  # gets the lowest free descriptor


def _is_pythons_own(stream: TextIO | None, own: TextIO | None) -> bool:
    """Whether a stream is the file that Python opened, or None because it was closed; a Windows console is no file."""
    if stream is None:
        return own is None
    return stream is own and type(getattr(stream.buffer, "raw", stream.buffer)) is io.FileIO


def _text(raw: io.FileIO, encoding: str, errors: str, *, at_once: bool) -> io.TextIOWrapper:
    """A text stream; `at_once` writes each line when it is complete."""
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding, errors, line_buffering=at_once)


class _Data(io.FileIO):
    """A file that raises once if it cannot be written, and then drops what is written, so that buffers can be flushed."""

    _is_lost = False

    def write(self, data: ReadableBuffer, /) -> int:
        """How many bytes were written; waits if the reader is slow."""
        while not self._is_lost:
            try:
                written = super().write(data)
            except OSError as error:
                self._is_lost = True
                raise OutputLost(error) from error
            if written is not None:
                return written
            select.select((), (self,), ())  # a pipe that another process has made non-blocking
        return memoryview(data).nbytes


class _Talk(io.FileIO):
    """A file that accepts everything and ignores write errors."""

    def write(self, data: ReadableBuffer, /) -> int:
        """How many bytes were written or dropped."""
        try:
            written = super().write(data)
        except OSError:
            written = None
        return memoryview(data).nbytes if written is None else written
