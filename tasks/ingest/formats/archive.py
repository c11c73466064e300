"""Archives (.zip, .tar and compressed .tar): the files in them, each read as if it were in a folder, one level deep.

A record is named by the file's path in the archive, followed by its own name if the file holds several. The source of an
article is the first folder below those that all files share, as it would be for unpacked files. What systems leave
behind is passed over; what is no article is a row that says so.
"""

from __future__ import annotations

import os
import re
import tarfile
import zipfile
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING

from tasks.errors import FormatError, LimitExceeded, SkippedSource, SourceError
from tasks.ingest.compression import SUFFIXES as COMPRESSED
from tasks.ingest.compression import too_much
from tasks.ingest.model import Document, Failure, Source
from tasks.ingest.packages import check_member
from tasks.ingest.signatures import ZIP_ERRORS
from tasks.ingest.sources import is_left_behind, left_out_by_name, source_format

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tasks.options import Limits, Options

    Reader = Callable[[IO[bytes], Source, Options], Iterator[Document | Failure]]

_MOST_MEMBERS = 200_000
_SYSTEM = re.compile(r"(?:^|/)(?:__MACOSX|\.ipynb_checkpoints|\.git|\.svn|__pycache__)(?:/|$)")
"""Folders that systems and tools put into archives."""
_TAR_ERRORS = (tarfile.TarError, *ZIP_ERRORS)
_EMPTY_ARCHIVE = 22
"""The size of a ZIP archive without files."""


@dataclass(frozen=True)
class _Member:
    """A file in an archive."""

    name: str
    n_bytes: int
    open: Callable[[], IO[bytes]]
    error: SourceError | None = None
    """Why it cannot be read."""


def read_members(stream: IO[bytes], source: Source, options: Options, read: Reader) -> Iterator[Document | Failure]:
    """The documents and failures of the files in an archive; `read` reads one of them as any other file is read."""
    limits = options.limits
    try:
        members = _zip_members(stream, limits) if source.format == "zip" else _tar_members(stream)
    except _TAR_ERRORS as error:
        raise FormatError(f"the archive is damaged or cut short ({error}); get it again") from error
    if len(members) > _MOST_MEMBERS:
        raise LimitExceeded(f"it holds {len(members):,} files, over {_MOST_MEMBERS:,}; unpack it and name the folder")
    members = [member for member in members if not (_SYSTEM.search(member.name) or is_left_behind(_base(member.name)))]
    if not members:
        raise SkippedSource("an archive with nothing in it")
    members.sort(key=lambda member: member.name)
    shared = _shared_folders(members)
    n_left = limits.max_unpacked_bytes
    for member in members:
        n_left -= member.n_bytes
        if n_left < 0:
            yield Failure.of(too_much(limits.max_unpacked_bytes, "--max-unpacked-bytes", "the archive"), source.uri)
            return
        yield from _read_member(member, source, options, read, shared)


def _shared_folders(members: list[_Member]) -> list[str]:
    """The folders that all files are below."""
    first, last = (members[place].name.split("/")[:-1] for place in (0, -1))
    n_shared = next((i for i, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), None)
    return first[: min(len(first), len(last)) if n_shared is None else n_shared]


def _base(name: str) -> str:
    return name.rpartition("/")[2]


def _read_member(
    member: _Member, source: Source, options: Options, read: Reader, shared: list[str]
) -> Iterator[Document | Failure]:
    """The documents of a file in an archive, named by the archive and the file."""
    below = member.name.split("/")[len(shared) :]
    folder = below[0] if len(below) > 1 else shared[-1] if shared else source.folder
    inner = Source("/".join(below), member.name, member.n_bytes, "text")
    try:
        _check(member)
        with member.open() as stream:
            for item in read(stream, inner, options):
                record = member.name if item.record is None else f"{member.name}:{item.record}"
                if isinstance(item, Failure):
                    yield item.moved(source.uri, record)
                else:
                    paper = folder if item.source is None or item.source == inner.folder else item.source
                    yield replace(item, source_uri=source.uri, record=record, source=paper)
    except _TAR_ERRORS as error:
        message = f"it cannot be unpacked ({error}); get the archive again, or unpack it and name the folder"
        yield Failure.of(FormatError(message), source.uri, member.name)
    except Exception as error:  # noqa: BLE001  # whatever one file does, the others are read
        yield Failure.of(error, source.uri, member.name)


def _check(member: _Member) -> None:
    """Raise for a file that is not read: for its name or size, or because it is an archive itself."""
    if member.error:
        raise member.error
    if why := left_out_by_name(_base(member.name)):
        raise SkippedSource(why)
    suffix = os.path.splitext(member.name.lower())[1]  # noqa: PTH122
    if suffix == ".zip" and member.n_bytes <= _EMPTY_ARCHIVE:
        raise SkippedSource("an archive with nothing in it")
    if suffix in COMPRESSED:
        raise FormatError("a compressed file in an archive is not read; unpack the archive and name the folder")
    source_format(_base(member.name))


def _zip_members(stream: IO[bytes], limits: Limits) -> list[_Member]:
    archive = zipfile.ZipFile(stream)
    members = []
    for info in archive.infolist():
        if info.filename.endswith("/"):
            continue
        error: SourceError | None = None
        try:
            check_member(info, limits)
        except SourceError as refused:
            error = refused
        members.append(_Member(_zip_name(info), 0 if error else info.file_size, _opener(archive, info), error))
    return members


def _opener(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[], IO[bytes]]:
    return lambda: archive.open(info)


def _zip_name(info: zipfile.ZipInfo) -> str:
    """The name of a member. One that is not marked as UTF-8 is in DOS's code page, but often it is UTF-8 all the same."""
    name = info.filename or "unnamed"
    if info.flag_bits & 0x800 or name.isascii():
        return name
    try:
        return name.encode("cp437").decode("utf-8")
    except UnicodeError:
        return name


def _tar_members(stream: IO[bytes]) -> list[_Member]:
    archive = tarfile.open(fileobj=stream, mode="r:")  # noqa: SIM115  # the stream belongs to the caller
    members = []
    for info in archive:
        if info.isfile() and (file := archive.extractfile(info)) is not None:
            name = info.name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
            members.append(_Member(name.removeprefix("./"), info.size, _given(file)))
    return members


def _given(file: IO[bytes]) -> Callable[[], IO[bytes]]:
    return lambda: file
