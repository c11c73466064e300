"""The standard streams of the command. Full or closed streams cause neither a traceback nor an exit code of Python's own.

Standard output carries data: if it cannot be written, `OutputError` is raised once, wherever the write comes from. Standard
error carries messages: if they cannot be written they are lost, and the command continues. Output is UTF-8 in every locale,
and bytes of file names that are not UTF-8 are written unchanged.

If a stream was closed before the command started, its file descriptor is opened again first. Otherwise the next file that
is opened, perhaps a table, would get that descriptor, and the error output of a library would be written into it.
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


class OutputError(Exception):
    """Standard output cannot be written any more: the disk is full, or the stream or its pipe is closed."""

    def __init__(self, error: OSError) -> None:
        super().__init__(f"cannot write to standard output: {error.strerror or error}")
        self.is_broken_pipe = isinstance(error, (BrokenPipeError, ConnectionResetError))
        """Whether the process that reads the pipe has ended (`| head`). That is not an error."""


@contextmanager
def ignore_broken_pipe() -> Iterator[None]:
    """Continue after this block if the process that reads standard output has ended."""
    try:
        yield
    except OutputError as error:
        if not error.is_broken_pipe:
            raise


def replace_standard_streams() -> None:
    """Replace the standard streams, except those that are not Python's own any more (in tests, for example)."""
    _reopen_closed_descriptors()
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8", errors="surrogateescape", closefd=False)  # noqa: SIM115
    if _is_pythons_own(sys.stdout, sys.__stdout__):
        by_line = isinstance(sys.stdout, io.TextIOWrapper) and (sys.stdout.line_buffering or sys.stdout.write_through)
        sys.stdout = _text_stream(_DataFile(1, "w", closefd=False), "utf-8", "surrogateescape", by_line=by_line)
    if _is_pythons_own(sys.stderr, sys.__stderr__):
        encoding = sys.stderr.encoding if sys.stderr else "utf-8"
        sys.stderr = _text_stream(_MessageFile(2, "w", closefd=False), encoding, "backslashreplace", by_line=True)


def _reopen_closed_descriptors() -> None:
    """Open the descriptors 0 to 2 if they are closed. Reading from them, or writing data to them, is still an error."""
    for number, mode in enumerate((os.O_WRONLY, os.O_RDONLY, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, mode), True)  # gets the lowest free descriptor


def _is_pythons_own(stream: TextIO | None, own: TextIO | None) -> bool:
    """Whether a stream is the file that Python opened, or None because it was closed; a Windows console is not a file."""
    if stream is None:
        return own is None
    return stream is own and type(getattr(stream.buffer, "raw", stream.buffer)) is io.FileIO


def _text_stream(raw: io.FileIO, encoding: str, errors: str, *, by_line: bool) -> io.TextIOWrapper:
    """A text stream on a file; `by_line` writes each line as soon as it is complete."""
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding, errors, line_buffering=by_line)


class _DataFile(io.FileIO):
    """A file that raises once if it cannot be written. Later writes are dropped, so that buffers can be flushed."""

    _has_failed = False

    def write(self, data: ReadableBuffer, /) -> int:
        """The number of bytes that were written; waits if the reader is slow."""
        while not self._has_failed:
            try:
                written = super().write(data)
            except OSError as error:
                self._has_failed = True
                raise OutputError(error) from error
            if written is not None:
                return written
            select.select((), (self,), ())  # a pipe that another process has made non-blocking
        return memoryview(data).nbytes


class _MessageFile(io.FileIO):
    """A file that ignores write errors."""

    def write(self, data: ReadableBuffer, /) -> int:
        """The number of bytes that were written or dropped."""
        try:
            written = super().write(data)
        except OSError:
            written = None
        return memoryview(data).nbytes if written is None else written
