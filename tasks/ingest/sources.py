"""Sources: every file below the given paths, in a fixed order, and the files that are left out, with reasons.

A source is named by its path below the argument under which it was found, so the ids of its documents do not change if
the folder is moved. Files are not opened here: which are left out follows from their names, by data/skipped_names.toml. The
format by name (`source_format`) is a guess; `recognition` decides when the file is read.
"""

from __future__ import annotations

import os
import re
import stat
import tomllib
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from tasks.errors import FormatError, SkippedSource, SourceError, UsageError, did_you_mean
from tasks.ingest.formats import DEFAULT_FORMAT, FORMAT_OF_SUFFIX
from tasks.ingest.model import STDIN, Failure, Source
from tasks.ingest.recognition import suffix_of

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator

_DATA = tomllib.loads(files(__package__).joinpath("data", "skipped_names.toml").read_text("utf-8"))
_SKIPPED_SUFFIXES = frozenset(_DATA["suffixes"])
_SKIPPED_FOLDERS = frozenset(_DATA["folders"])
_SKIPPED_FILE = re.compile("|".join(_DATA["files"]), re.IGNORECASE | re.DOTALL)


def find_sources(
    arguments: Iterable[str],
    list_objects: Callable[[str], Iterator[Source | Failure]] | None = None,
    is_output: Callable[[Path], bool] = lambda _: False,
    *,
    follow_links: bool = False,
) -> tuple[list[Source], list[Failure]]:
    """Every file below `arguments` (files, folders, `-`) in a fixed order, and what cannot or need not be read.

    Arguments with `://` are addresses; their files are listed by `list_objects`. Folders for which `is_output` is true
    are never sources. Links that lead out of a folder, or to a folder, are followed only with `follow_links`. Files of
    several arguments with the same path below them get as many parts of their full path as distinguish them,
    independently of the order of the arguments. Raises UsageError for an argument that does not exist or is an output.
    """
    found: dict[str, list[tuple[str, Source]]] = {}
    failures: list[Failure] = []
    empty: list[str] = []
    for argument in dict.fromkeys(arguments):
        is_empty = True
        for item in _items(argument, list_objects, is_output, follow_links=follow_links):
            is_empty = False
            if isinstance(item, Failure):
                failures.append(item)
            else:
                found.setdefault(item.uri, []).append((argument, item))
        if is_empty:
            empty.append(argument)
    if found:  # else the caller reports that there is nothing to read
        failures += [Failure.of(SkippedSource("a folder with nothing in it"), _printable(name)) for name in empty]
    sources = [source for same in found.values() for source in _distinct(same, found)]
    return sorted(sources, key=lambda source: source.uri), failures


def _items(
    argument: str,
    list_objects: Callable[[str], Iterator[Source | Failure]] | None,
    is_output: Callable[[Path], bool],
    *,
    follow_links: bool,
) -> Iterator[Source | Failure]:
    """The files of one argument."""
    if argument == STDIN:
        return iter([Source(STDIN, STDIN, 0, DEFAULT_FORMAT, asked_for=True)])
    if list_objects and "://" in argument:
        return list_objects(argument)
    if not os.path.lexists(argument):
        raise UsageError(f"{argument}: no such file or folder{_near_names(Path(argument))}")
    if is_output(Path(argument)):
        raise UsageError(f"{argument} contains output of overtones, not articles; use the folder of the articles")
    if Path(argument).is_dir():
        return _walk(Path(argument), is_output, follow_links=follow_links)
    return iter([_inspect(Path(argument), _printable(Path(argument).name), asked_for=True)])


def _distinct(same: list[tuple[str, Source]], all_names: Container[str]) -> list[Source]:
    """Sources of one name, renamed: the last parts of their SOURCEs' paths are added until all names differ.

    A file that was found twice is one source.
    """
    if len(same) == 1:
        return [same[0][1]]
    paths = {_place_of(source): (argument, source) for argument, source in same}
    places = [_parts_above(argument, source) for argument, source in paths.values()]
    sources = [source for _, source in paths.values()]
    if len(sources) == 1:
        return sources
    for n_parts in range(1, max(map(len, places)) + 1):
        names = ["/".join((*place[-n_parts:], source.uri)) for place, source in zip(places, sources, strict=True)]
        if len(set(names)) == len(names) and not any(name in all_names for name in names):
            return [replace(source, uri=name) for source, name in zip(sources, names, strict=True)]
    # Names with different bytes that look the same are numbered in the order of their bytes.
    in_order = sorted(sources, key=lambda source: os.fsencode(source.path))
    return [replace(source, uri=f"{source.uri}#{number}") for number, source in enumerate(in_order, 1)]


def _place_of(source: Source) -> str:
    """The real path of a source, under whatever path it was found."""
    is_local = source.path != STDIN and "://" not in source.path
    return os.path.realpath(source.path) if is_local else source.path


def _parts_above(argument: str, source: Source) -> tuple[str, ...]:
    """The folders from the root of the file system, or of the store, to a source, without its own name."""
    if "://" in argument:
        return tuple(argument.rstrip("/").split("/"))
    whole = _printable(os.path.abspath(argument))  # noqa: PTH100  # links stay as they were named
    return (
        tuple(whole.removesuffix(f"/{source.uri}").split("/")) if Path(argument).is_file() else tuple(whole.split("/"))
    )


def _near_names(path: Path) -> str:
    """A question with similar names for the first part of `path` that does not exist."""
    missing, folder = path, path.parent
    while not folder.is_dir() and folder != folder.parent:
        missing, folder = folder, folder.parent
    try:
        hint = did_you_mean(missing.name, (entry.name for entry in folder.iterdir()))
    except OSError:
        return ""
    return f".{hint}" if hint else ""


def _walk(top: Path, is_output: Callable[[Path], bool], *, follow_links: bool) -> Iterator[Source | Failure]:
    """Everything below a folder; each link to a folder is followed once."""
    inside = os.path.realpath(top) + os.sep
    seen = {os.path.realpath(top)}
    pending = [(top, "")]
    while pending:
        folder, prefix = pending.pop()
        try:
            entries = _entries(folder)
        except OSError as error:
            yield Failure.of(error, prefix.rstrip("/") or _printable(str(top)), stage="plan")
            continue
        if prefix and _may_be_output(entries) and is_output(folder):
            yield Failure.of(SkippedSource("an output folder of overtones, not of articles"), prefix.rstrip("/"))
            continue
        for entry in entries:
            uri = prefix + _printable(entry.name)
            if why := _left_out(entry, inside, follow_links=follow_links):
                yield Failure.of(SkippedSource(why), uri)
            elif not _leads_to_folder(entry, follow_links=follow_links):
                yield _inspect(entry, uri)
            elif entry.is_symlink() and is_output(Path(entry.path)):
                yield Failure.of(SkippedSource("a link to what a run of overtones wrote"), uri)
            elif not follow_links or _is_new(entry, seen):
                pending.append((Path(entry.path), uri + "/"))


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as listing:
        return sorted(listing, key=lambda entry: entry.name)


def _is_new(entry: os.DirEntry[str], seen: set[str]) -> bool:
    """Whether a folder was not seen before; it is then registered. A link may lead back."""
    real = os.path.realpath(entry.path)
    is_new = real not in seen
    seen.add(real)
    return is_new


_STATE_FOLDER = ".overtones"
_OUTPUT_NAMES = frozenset({"manifest.jsonl", "summary.json"})


def _may_be_output(entries: Iterable[os.DirEntry[str]]) -> bool:
    """Whether a folder contains a name that output folders contain, so that it may be one."""
    return any(entry.name == _STATE_FOLDER or entry.name in _OUTPUT_NAMES for entry in entries)


def _leads_to_folder(entry: os.DirEntry[str], *, follow_links: bool = True) -> bool:
    """Whether an entry is a folder, or a link to one. A loop of links is not."""
    try:
        return entry.is_dir(follow_symlinks=follow_links)
    except OSError:
        return False


def left_out_by_name(name: str) -> str | None:
    """Why a file or folder of this name is left out when it is found in a folder; None if it is not.

    >>> left_out_by_name(".git"), left_out_by_name("a.txt")
    ('a folder of tools, not of articles', None)
    """
    if name in _SKIPPED_FOLDERS:
        return "a folder of tools, not of articles"
    if name.startswith(".") and not is_left_behind(name):
        return "hidden: its name begins with a dot; to read it, name the file itself"
    return None


def is_left_behind(name: str) -> bool:
    """Whether a system, an editor or a download left a file of this name behind.

    >>> is_left_behind(".DS_Store"), is_left_behind("~$draft.docx"), is_left_behind("a.txt")
    (True, True, False)
    """
    return _SKIPPED_FILE.fullmatch(name) is not None


def _left_out(entry: os.DirEntry[str], inside: str, *, follow_links: bool) -> str | None:
    """Why an entry of a folder is left out; None if it is not."""
    if (why := left_out_by_name(entry.name)) and (entry.name not in _SKIPPED_FOLDERS or _leads_to_folder(entry)):
        return why
    if entry.is_symlink() and not follow_links:
        if _leads_to_folder(entry):
            return "a link to a folder; use --follow-links to read it"
        if not (os.path.realpath(entry.path) + os.sep).startswith(inside) and os.path.exists(entry.path):  # noqa: PTH110
            return "a link to a file outside of the source; use --follow-links to read it"
    return None


def _inspect(path: Path | os.DirEntry[str], uri: str, *, asked_for: bool = False) -> Source | Failure:
    """The source at `path`, or the failure. A file that was named itself is not skipped because of its name."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            what = "not a regular file (a pipe, socket or device)"
            raise FormatError(f"{what}; save it as a file, or read it with -") if asked_for else SkippedSource(what)
        form = source_format(path.name, asked_for=asked_for)
    except (OSError, SourceError) as error:
        return Failure.of(error, uri, stage="plan")
    where = os.fspath(path) if os.fspath(path) != STDIN else f".{os.sep}{STDIN}"  # a file of that name
    return Source(uri, where, status.st_size, form, status.st_mtime_ns, _stamp(status), asked_for)


def _stamp(status: os.stat_result) -> int:
    """One number for inode and change time, to save memory: there may be a million of them."""
    return (status.st_ctime_ns * 0x9E3779B97F4A7C15 + status.st_ino * 0xC2B2AE3D27D4EB4F) % 2**63


def source_format(name: str, *, asked_for: bool = False) -> str:
    """The name of the format of a file, by its name. Raises SkippedSource for a file in a folder that is not an article.

    >>> source_format("a.jsonl.gz"), source_format("notes")
    ('jsonl', 'text')
    """
    suffix = suffix_of(name)
    if not asked_for and is_left_behind(name):
        raise SkippedSource("left behind by a system, an editor or a download; not an article")
    if not asked_for and suffix in _SKIPPED_SUFFIXES:
        raise SkippedSource(f"a {suffix} file, which is not an article")
    return FORMAT_OF_SUFFIX.get(suffix, DEFAULT_FORMAT)


def _printable(name: str) -> str:
    r"""A file name as text that can be stored: bytes that are not UTF-8 become `\xe9`."""
    return os.fsencode(name).decode("utf-8", "backslashreplace").replace(os.sep, "/")
