"""What there is to read: files, folders and streams, each with a name that stays the same wherever it is read from."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tasks.errors import FormatError, SkippedSource, SourceError, UsageError, did_you_mean
from tasks.escaping import escape_name
from tasks.ingest.compression import SUFFIXES as COMPRESSED
from tasks.ingest.decoding import is_wide

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator

STDIN = "-"

FORMATS = {
    ".txt": "text",
    ".md": "markdown",
    ".html": "html",
    ".htm": "html",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
}

# Never an article: left out, and told so.
_NOT_ARTICLES = frozenset(
    {
        ".png",
        ".jpg",
        ".jpeg",
        ".gif",
        ".webp",
        ".svg",
        ".ico",
        ".tif",
        ".tiff",
        ".bmp",
        ".mp3",
        ".wav",
        ".ogg",
        ".mp4",
        ".mov",
        ".avi",
        ".mkv",
        ".webm",
        ".woff",
        ".woff2",
        ".ttf",
        ".css",
        ".js",
        ".py",
        ".pyc",
        ".sh",
        ".so",
        ".dll",
        ".exe",
        ".bin",
        ".zip",
        ".tar",
        ".7z",
        ".rar",
        ".xz",
        ".pdf",
        ".doc",
        ".docx",
        ".odt",
        ".xls",
        ".xlsx",
        ".ods",
        ".ppt",
        ".pptx",
        ".json",
        ".xml",
        ".yaml",
        ".yml",
        ".toml",
        ".ini",
        ".db",
        ".sqlite",
        ".pickle",
        ".pkl",
        ".npy",
        ".arrow",
        ".feather",
    }
)
_SYSTEM_FILE = re.compile(
    r"""  \.DS_Store | Thumbs\.db | desktop\.ini | \._.*   # what file managers leave behind
        | .*~ | \..*\.sw[a-p] | \#.*\# | ~\$.*            # what editors leave behind
        | .*\.(bak|orig)
        | .*\.(part|partial|crdownload|tmp)              # what is still being written
        | \.git(ignore|keep|attributes)""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_BLOCK = 1 << 20
_SYSTEM_FOLDERS = frozenset(
    {".git", ".hg", ".svn", "__pycache__", "__MACOSX", ".ipynb_checkpoints", ".venv", "node_modules"}
)


@dataclass(frozen=True, slots=True)
class Share:
    """Some lines of a file that is too long for one batch."""

    start: int
    """The byte at which its first line begins."""
    end: int
    """The byte after its last line."""
    n_lines_before: int
    taken: tuple[str, ...] = ()
    """Those of its records' ids that records of earlier shares bear already."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file or stream to read."""

    uri: str
    """Its path below the SOURCE that was given, with slashes: what `source_uri` holds."""
    path: str
    """Where it is read from; `-` is standard input."""
    n_bytes: int
    format: str
    """A value of FORMATS."""
    mtime_ns: int = 0
    """When it was last changed, as its file system says; of an object in a store, a number that changes with it."""
    stamp: int = 0
    """A number that changes with its inode and with the time at which these were last changed: a file that another of
    equal size and time has replaced is told by it. 0: not known."""
    asked_for: bool = False
    """Whether it was given by its own name rather than found in a folder."""
    share: Share | None = None
    """What of it is read; None: all."""
    kept: bool = False
    """Whether it cannot be read now, or is gone, and the rows that the tables hold of it stay."""

    @property
    def weight(self) -> int:
        """About how many bytes of text it holds: a compressed file holds several times its size."""
        return self.n_bytes * (5 if self.is_compressed else 1)

    @property
    def is_compressed(self) -> bool:
        """Whether its name says that it has to be unpacked."""
        return os.path.splitext(self.path)[1].lower() in COMPRESSED  # noqa: PTH122  # a tenth of the time, of many files

    @property
    def is_document(self) -> bool:
        """Whether its bytes are those of one document, as they are read."""
        return self.format in {"text", "markdown", "html"} and not self.is_compressed and self.path != STDIN

    @property
    def folder(self) -> str | None:
        """The first folder of its path: who published it, where nothing better is known."""
        first, slash, _ = self.uri.partition("/")
        return first or None if slash else None

    @property
    def date(self) -> str | None:
        """The ISO date that its name begins with."""
        match = re.match(r"(?:date=)?(\d{4}-[01]\d-[0-3]\d)(?!\d)", self.uri.rpartition("/")[2])
        return match[1] if match else None


@dataclass(frozen=True)
class Failure:
    """An input that could not be read, for a row of `failures`."""

    source_uri: str
    record: str | None
    stage: str
    error: str
    message: str

    @classmethod
    def of(cls, error: BaseException, source_uri: str, record: str | None = None, stage: str = "read") -> Failure:
        """The row for `error`, which names its own stage if it is one of ours."""
        if isinstance(error, SourceError):
            stage = error.stage
        message = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        # Line ends in the message are its own, for it may show a place in a file; a name has none.
        place = escape_name(source_uri if record is None else f"{source_uri}, record {record}")
        return cls(source_uri, record, stage, type(error).__name__, f"{place}: {message or type(error).__name__}")


def find_sources(
    arguments: Iterable[str],
    list_objects: Callable[[str], Iterator[Source | Failure]] | None = None,
    is_output: Callable[[Path], bool] = lambda _: False,
    *,
    follow_links: bool = False,
) -> tuple[list[Source], list[Failure]]:
    """Every file below `arguments` (files, folders, `-`) in a stable order, and what cannot or need not be read.

    Arguments with `://` in them are addresses; what lies there is what `list_objects` says. Folders for which `is_output`
    says so are never sources. Links that lead out of a folder, or to a folder, are followed only with `follow_links`.
    Files of several arguments that have the same path below them are named by as much of the whole path as tells them
    apart, whatever the order of the arguments. Raises UsageError for an argument that does not exist or is an output.
    """
    found: dict[str, list[tuple[str, Source]]] = {}
    failures: list[Failure] = []
    empty: list[str] = []
    for argument in dict.fromkeys(arguments):
        if argument == STDIN:
            items: Iterator[Source | Failure] = iter([Source(STDIN, STDIN, 0, "text", asked_for=True)])
        elif list_objects and "://" in argument:
            items = list_objects(argument)
        elif not os.path.lexists(argument):
            raise UsageError(f"{argument}: no such file or folder{_near_names(Path(argument))}")
        elif is_output(Path(argument)):
            raise UsageError(
                f"{argument} holds what a run of overtones wrote, not articles; name the folder of the articles"
            )
        elif Path(argument).is_dir():
            items = _walk(Path(argument), is_output, follow_links=follow_links)
        else:
            items = iter([_inspect(Path(argument), _printable(Path(argument).name), asked_for=True)])
        is_empty = True
        for item in items:
            is_empty = False
            if isinstance(item, Failure):
                failures.append(item)
            else:
                found.setdefault(item.uri, []).append((argument, item))
        if is_empty:
            empty.append(argument)
    if found:  # else it is the caller who says that there is nothing
        failures += [Failure.of(SkippedSource("a folder with nothing in it"), _printable(name)) for name in empty]
    sources = [source for same in found.values() for source in _told_apart(same, found)]
    return sorted(sources, key=lambda source: source.uri), failures


def _told_apart(same: list[tuple[str, Source]], all_names: Container[str]) -> list[Source]:
    """Sources of one name, each named by as many of the last parts of its SOURCE's path as make all names different.

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
    # Names whose bytes differ and that are written alike: they are numbered, the order of their bytes.
    in_order = sorted(sources, key=lambda source: os.fsencode(source.path))
    return [replace(source, uri=f"{source.uri}#{number}") for number, source in enumerate(in_order, 1)]


def _place_of(source: Source) -> str:
    """Where a source lies, by whatever path it was reached."""
    is_local = source.path != STDIN and "://" not in source.path
    return os.path.realpath(source.path) if is_local else source.path


def _parts_above(argument: str, source: Source) -> tuple[str, ...]:
    """The names that lead to a source from the top of the file system, or of the store, without its own."""
    if "://" in argument:
        return tuple(argument.rstrip("/").split("/"))
    whole = _printable(os.path.abspath(argument))  # noqa: PTH100  # links stay as they were named
    return (
        tuple(whole.removesuffix(f"/{source.uri}").split("/")) if Path(argument).is_file() else tuple(whole.split("/"))
    )


def _near_names(path: Path) -> str:
    """A question after files or folders that are spelt nearly like the first part of `path` that does not exist."""
    missing, folder = path, path.parent
    while not folder.is_dir() and folder != folder.parent:
        missing, folder = folder, folder.parent
    try:
        hint = did_you_mean(missing.name, (entry.name for entry in folder.iterdir()))
    except OSError:
        return ""
    return f".{hint}" if hint else ""


def _walk(top: Path, is_output: Callable[[Path], bool], *, follow_links: bool) -> Iterator[Source | Failure]:
    inside = os.path.realpath(top) + os.sep
    seen = {os.path.realpath(top)}
    pending = [(top, "")]
    while pending:
        folder, prefix = pending.pop()
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
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
            elif _leads_to_folder(entry, follow_links=follow_links):
                if entry.is_symlink() and is_output(Path(entry.path)):
                    yield Failure.of(SkippedSource("a link to what a run of overtones wrote"), uri)
                    continue
                if follow_links:  # a link may lead back
                    real = os.path.realpath(entry.path)
                    if real in seen:
                        continue
                    seen.add(real)
                pending.append((Path(entry.path), uri + "/"))
            else:
                yield _inspect(entry, uri)


_STATE_FOLDER = ".overtones"
_OUTPUT_NAMES = frozenset({"manifest.jsonl", "summary.json"})


def _may_be_output(entries: Iterable[os.DirEntry[str]]) -> bool:
    """Whether a folder holds a name that an output folder holds, so that a closer look pays."""
    return any(entry.name == _STATE_FOLDER or entry.name in _OUTPUT_NAMES for entry in entries)


def _leads_to_folder(entry: os.DirEntry[str], *, follow_links: bool = True) -> bool:
    """Whether an entry is a folder, or a link to one; a loop of links is none."""
    try:
        return entry.is_dir(follow_symlinks=follow_links)
    except OSError:
        return False


def left_out_by_name(name: str) -> str | None:
    """Why a file or folder of this name, found in a folder, is not looked at; None if it is."""
    if name in _SYSTEM_FOLDERS:
        return "a folder of tools, not of articles"
    if name.startswith(".") and not _SYSTEM_FILE.fullmatch(name):
        return "hidden: its name begins with a dot; name it to have it read"
    return None


def _left_out(entry: os.DirEntry[str], inside: str, *, follow_links: bool) -> str | None:
    """Why what was found in a folder is not looked at, None if it is."""
    if (why := left_out_by_name(entry.name)) and (entry.name not in _SYSTEM_FOLDERS or _leads_to_folder(entry)):
        return why
    if entry.is_symlink() and not follow_links:
        if _leads_to_folder(entry):
            return "a link to a folder; --follow-links has it read"
        if not (os.path.realpath(entry.path) + os.sep).startswith(inside) and os.path.exists(entry.path):  # noqa: PTH110
            return "a link to a file outside of the source; --follow-links has it read"
    return None


def _inspect(path: Path | os.DirEntry[str], uri: str, *, asked_for: bool = False) -> Source | Failure:
    """The source at `path`, or why there is none. What was asked for by name is not skipped because of its name."""
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
    """The format that a file's name tells, a value of FORMATS; SkippedSource for one that was never an article's.

    >>> source_format("a.jsonl.gz"), source_format("notes")
    ('jsonl', 'text')
    """
    base, suffix = os.path.splitext(name.lower())  # noqa: PTH122  # a tenth of the time, of many files
    if suffix in COMPRESSED:
        suffix = os.path.splitext(base)[1]  # noqa: PTH122
    if not asked_for and _SYSTEM_FILE.fullmatch(name):
        raise SkippedSource("left behind by a system, an editor or a download; not an article")
    if not asked_for and suffix in _NOT_ARTICLES:
        raise SkippedSource(f"{suffix} is no format that is read; these are: {' '.join(FORMATS)}")
    return FORMATS.get(suffix, "text")


def _printable(name: str) -> str:
    r"""A file name as text that can be stored: bytes that are not UTF-8 are written `\xe9`."""
    return os.fsencode(name).decode("utf-8", "backslashreplace").replace(os.sep, "/")


_LEAST_BATCH, _LARGEST_BATCH = 2**21, 2**23
"""A batch costs as much as 0.5 MB of text before its first word (docs/scale.md): of 2 MiB a fifth, of 8 MiB little."""
_N_BATCHES = 16  # enough to share out evenly on a few workers


def fitting_batch_bytes(sources: Iterable[Source]) -> int:
    """How large batches of `sources` should be: big enough to be cheap, small enough to share out.

    It is a power of two, so that it changes only when a corpus has doubled (with it, all batches change). It follows
    from the sources alone, not from who shares the work, and so do the files that are written.

    >>> [fitting_batch_bytes([Source("a", "a", size, "text")]) for size in (10**6, 10**8, 10**12)]
    [2097152, 4194304, 8388608]
    """
    share = sum(source.weight for source in sources) // _N_BATCHES
    return min(max(_LEAST_BATCH, 2 ** (share.bit_length() - 1)), _LARGEST_BATCH) if share else _LEAST_BATCH


def share_out(source: Source, share_bytes: int) -> list[Source]:
    """`source` in shares of about `share_bytes`, so that several processes can read it; just itself where it is not long.

    Only JSONL can be begun at any line. CSV cannot, whose cells may hold line ends, nor can what is compressed.
    """
    if source.format != "jsonl" or source.is_compressed or source.path == STDIN or source.n_bytes < 2 * share_bytes:
        return [source]
    shares: list[Source] = []
    n_lines = 0
    with Path(source.path).open("rb") as file:
        if is_wide(file.peek(4000)):
            return [source]
        while (start := file.tell()) < source.n_bytes:
            n_before = n_lines
            for size in range(share_bytes, 0, -_BLOCK):
                n_lines += file.read(min(size, _BLOCK)).count(b"\n")
            n_lines += file.readline().count(b"\n")
            end = file.tell()
            if end == start:  # it has become shorter
                break
            shares.append(replace(source, n_bytes=end - start, share=Share(start, end, n_before)))
    return shares


def plan_batches(sources: Iterable[Source], batch_bytes: int) -> list[tuple[Source, ...]]:
    """`sources`, in their order, in batches of about `batch_bytes`.

    Where a batch ends is decided by the sources near its end (their names, so to speak, throw a die that their sizes
    load), not by counting from the beginning: a source that is added or removed changes its own batch and leaves the
    others as they were. A source of `batch_bytes` or more is a batch of its own, and so is a share of one.

    >>> sources = [Source(str(i), str(i), 100, "text") for i in range(1000)]
    >>> before, after = plan_batches(sources, 5_000), plan_batches(sources[1:], 5_000)
    >>> len(before), len(set(before) - set(after))
    (32, 1)
    """
    batches: list[tuple[Source, ...]] = []
    pending: list[Source] = []
    size = 0
    for source in sources:
        weight = source.weight
        if pending and (size + weight > batch_bytes or source.share):
            batches.append(tuple(pending))
            pending, size = [], 0
        pending.append(source)
        size += weight
        die = int.from_bytes(hashlib.blake2b(source.uri.encode(), digest_size=4).digest()) / 2**32
        if source.share or size >= batch_bytes or (size >= batch_bytes / 4 and die < 2 * weight / batch_bytes):
            batches.append(tuple(pending))
            pending, size = [], 0
    if pending:
        batches.append(tuple(pending))
    return batches
