"""Guarantees that no run replaces or removes a file that it did not write.

An output folder may be written into if it is new, empty, or has our marker, `.overtones/owner.json`, which says what it is
for: tables or a report. Folders of release 0.1 have no marker: tables are recognized by a manifest whose files all exist, a
report by its files. Any other folder is refused before a byte is written.

An output folder may hold other files, too. Only files that the manifest or the report's list (`.overtones/files.json`)
names are replaced or removed. If another file has a name that a run needs, the folder is refused.
"""

from __future__ import annotations

import json
import os
import re
import unicodedata
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tasks.errors import OutputRefused, StoreError
from tasks.schemas import TABLES
from tasks.store.manifest import MANIFEST, STATE, hash_file, read_manifest, table_folder

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

Kind = Literal["tables", "report"]

MARKER = "owner.json"
REPORT_LIST = "files.json"
SYSTEM_FILES = frozenset({".gitkeep", ".keep", ".gitignore", ".DS_Store", "Thumbs.db", "desktop.ini", "lost+found"})
"""Files that a folder may hold and still count as empty."""
REPORT_FILES = frozenset({"index.html", "summary.json", "summary.md"})
REPORT_FOLDERS = frozenset({"documents", "runs"})

_STATE_FILES = frozenset(
    {
        "lock", "holder", "journal", "journal.writing", "batches", "next", "retired", "fingerprints",
        "owner.json.writing", "files.json.writing",
    }
)  # fmt: skip
_RUN = r"\d{8}T\d{6}Z-[0-9a-f]{4,}"
_PART = re.compile(
    rf"part-\d{{6}}-\d{{4}}(-[0-9a-f]{{12}})?\.parquet|part-empty\.parquet|{_RUN}(-and-before)?\.parquet"
)
_REPORT_0_1 = re.compile(
    rf"index\.html|summary\.(json|md)|documents/[0-9a-f]{{8,64}}\.html|runs/{_RUN}/summary\.(json|md)"
)
_OUR_MANIFEST = re.compile(rb'\{"engine": ?"[0-9a-f]{64}"')
_N_NAMED = 5


def is_part_name(name: str) -> bool:
    """Whether a file has the name of a part of a table.

    >>> is_part_name("part-000000-0000-1f2e3d4c5b6a.parquet"), is_part_name("notes.parquet")
    (True, False)
    """
    return _PART.fullmatch(name) is not None


def is_summary(content: bytes) -> bool:
    """Whether a `summary.json` holds the summary of a run."""
    try:
        return bool({"run", "headline", "corpus", "documents"} <= json.loads(content).keys())
    except (ValueError, AttributeError, TypeError):
        return False


def owner_of(folder: Path) -> Kind | None:
    """What an output folder is for; None for a folder that no run has made, or that does not exist."""
    try:
        kind = json.loads((folder / STATE / MARKER).read_text("utf-8"))["overtones"]
    except (OSError, ValueError, KeyError, TypeError):
        kind = None
    if kind in {"tables", "report"}:
        return "tables" if kind == "tables" else "report"
    if _is_tables_of_0_1(folder):
        return "tables"
    return "report" if _is_report_of_0_1(folder) else None


def mark(folder: Path, kind: Kind) -> None:
    """Write the marker into `folder`, which is created if needed. Raises OSError if it cannot be written."""
    state = folder / STATE
    state.mkdir(parents=True, exist_ok=True)
    content = json.dumps({"overtones": kind}) + "\n"
    with suppress(OSError, ValueError):
        if (state / MARKER).read_text("utf-8") == content:
            return
    temporary = state / f"{MARKER}.writing"
    write_new(temporary, content)
    temporary.replace(state / MARKER)


def check_apart(out: str | Path, reports: str | Path) -> None:
    """Raise OutputRefused if tables and report share a folder, or one is in a folder that files of the other need.

    Both are paths or addresses.
    """
    tables_at, report_at = _identity(out), _identity(reports)
    if tables_at == report_at:
        raise OutputRefused(
            f"--out {out} and --reports {reports} are the same folder; tables and report need one each: "
            f"--reports {str(reports).rstrip('/')}/report"
        )
    for inner, outer, reserved, option in (
        (report_at, tables_at, {*TABLES, STATE, MANIFEST}, f"--reports {reports}"),
        (tables_at, report_at, {*REPORT_FOLDERS, *REPORT_FILES, STATE}, f"--out {out}"),
    ):
        below = inner[len(outer) :] if inner[: len(outer)] == outer else ()
        if below and below[0] in reserved:
            raise OutputRefused(f"{option} is a folder that the other output uses; choose another folder")


def check_tables_folder(out: Path) -> None:
    """Raise OutputRefused unless tables can be written into `out` without replacing or removing files of others."""
    _check_folder(out, "tables", "--out")
    # With a journal, publishing was interrupted: the next run completes it before it checks what is there.
    if out.is_dir() and not (out / STATE / "journal").exists():
        foreign = list(_foreign_files(out))
        if foreign:
            raise OutputRefused(
                f"{out} holds files that no run wrote, where tables go: {_listed(foreign)}; "
                "move them to another folder, or choose another folder for the tables with --out"
            )


def check_reports_folder(reports: Path) -> None:
    """Raise OutputRefused unless a report can be written into `reports` without replacing or removing files of others."""
    if not _check_folder(reports, "report", "--reports"):
        return
    ours, hashes = listed_report_files(reports), _listed_hashes(reports)
    foreign = [
        *(
            name
            for name in sorted(REPORT_FILES)
            if os.path.lexists(reports / name)
            and (name not in ours or (name in hashes and hashes[name] != _hash(reports / name)))
        ),
        *(
            name
            for name in sorted(REPORT_FOLDERS)
            if os.path.lexists(reports / name) and not _is_folder(reports / name)
        ),
    ]
    if foreign:
        raise OutputRefused(
            f"{reports} holds files that no run wrote, or that were changed since, where the report goes: {_listed(foreign)}; "
            "move them to another folder, or choose another folder for the report with --reports"
        )


def listed_report_files(reports: Path) -> set[str]:
    """The files of a report, by their paths in its folder; of a report of 0.1, the files with the names that it used."""
    try:
        content = (reports / STATE / REPORT_LIST).read_bytes()
    except OSError:
        return set(_files_of_0_1(reports)) if _is_report_of_0_1(reports) else set()
    return report_list(content)


def foreign_objects(
    names: Collection[str], kind: Kind, content: bytes | None, summary: bytes | None = None
) -> list[str]:
    """The objects at an address of an object store that no run wrote and that have names which a run needs.

    `content` is that of the manifest there, or of the report's list, `summary` that of `summary.json`; None if there is
    none. If nothing shows that a run has written there, these are all objects.
    """
    state = f"{STATE}/"
    others = {name for name in names if not name.startswith(state)}
    if kind == "tables":
        reserved = {name for name in others if name.partition("/")[0] in TABLES}
        ours = {name for name in reserved if is_part_name(name.rpartition("/")[2])}
        if content is not None and _OUR_MANIFEST.match(content):
            return sorted(reserved - ours)
        return sorted(others - ours)  # nothing but parts: the upload of a first run was interrupted
    if listed := report_list(content):
        return sorted((others & REPORT_FILES) - listed)
    is_of_0_1 = is_summary(summary or b"") and all(map(_REPORT_0_1.fullmatch, others))
    return [] if is_of_0_1 else sorted(others)


def report_list(content: bytes | None) -> set[str]:
    """The names in a report's list, given by its content; none if it does not exist or is invalid."""
    try:
        return set(map(str, json.loads(content or b"")["files"]))
    except (ValueError, KeyError, TypeError):
        return set()


def list_report_files(reports: Path, names: Iterable[str], *, complete: bool = True) -> None:
    """Write the list of the report's files, with the hashes of those at its top if the report is complete.

    Raises OSError if it cannot be written.
    """
    mark(reports, "report")
    top = [name for name in sorted(REPORT_FILES) if complete and (reports / name).is_file()]
    content = {"files": sorted(names), "sha256": {name: _hash(reports / name) for name in top}}
    temporary = reports / STATE / f"{REPORT_LIST}.writing"
    write_new(temporary, json.dumps(content, indent=0) + "\n")
    temporary.replace(reports / STATE / REPORT_LIST)


def _listed_hashes(reports: Path) -> dict[str, str]:
    try:
        return dict(json.loads((reports / STATE / REPORT_LIST).read_bytes())["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _hash(path: Path) -> str:
    return hash_file(path) if path.is_file() else ""


def write_new(path: Path, text: str) -> None:
    """Write a new file; an existing one is removed before. A symbolic link is never followed.

    Raises OSError if it cannot be written.
    """
    path.unlink(missing_ok=True)
    with path.open("x", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
        file.write(text)


def holds_tables(path: Path) -> bool:
    """Whether `path` is an output folder, or is in a part of one that only runs write."""
    for folder, below in _with_ancestors(path):
        try:
            kind = owner_of(folder) if not below or (folder / STATE).is_dir() else None
        except OSError:  # no permission to read it: reading the source raises the error
            kind = None
        reserved = {*TABLES, STATE} if kind == "tables" else {*REPORT_FOLDERS, STATE}
        if kind and (not below or below[0] in reserved):
            return True
    return False


def delete_replaced_parts(folder: Path, table: Path, named: Collection[str]) -> None:
    """Delete the parts in `folder`, which a newer `table` has replaced, and move all other files back to the table.

    Parts are the files that the manifest names (`named`) or, without a manifest, files with names of parts. Somebody may
    have put other files into the table while a run was writing.
    """
    for name in _names(folder):
        path = folder / name
        with suppress(OSError):
            is_part = f"{table.name}/{name}" in named if named else is_part_name(name.replace(".writing", ".parquet"))
            if is_part:
                path.unlink()
            else:
                table.mkdir(parents=True, exist_ok=True)
                path.rename(_free_name(table / name))
    with suppress(OSError):
        folder.rmdir()


def _free_name(path: Path) -> Path:
    """`path`, with a number after its name if there is a file of that name already."""
    number, free = 0, path
    while os.path.lexists(free):
        number += 1
        free = path.with_name(f"{path.name}.{number}")
    return free


def _check_folder(folder: Path, kind: Kind, option: str) -> bool:
    """Whether `folder` is an output folder already; OutputRefused if it must not be written into, or cannot be created."""
    if not os.path.lexists(folder):
        parent = next((above for above in folder.absolute().parents if os.path.lexists(above)), folder)
        if not parent.is_dir() and parent != folder:
            raise OutputRefused(
                f"{option} {folder} cannot be created: {parent} is not a folder; choose another: {option} NEW"
            )
        return False
    if not folder.is_dir():
        raise OutputRefused(f"{option} {folder} is not a folder; choose another: {option} NEW")
    links = [name for name in (STATE, f"{STATE}/lock") if (folder / name).is_symlink()]
    if links:
        raise OutputRefused(
            f"{folder / links[0]} is a link, and overtones does not write through links; remove it, or use {option} NEW"
        )
    owner = owner_of(folder)
    if owner == kind:
        return True
    if owner:
        holds = {"tables": "tables", "report": "a report"}
        raise OutputRefused(
            f"{option} {folder} holds {holds[owner]}; {holds[kind]} cannot go into the same folder: {option} NEW"
        )
    try:
        names = [path.name for path in sorted(folder.iterdir()) if path.name not in SYSTEM_FILES]
        # The other output may be inside this folder.
        names = [name for name in names if name == STATE or not owner_of(folder / name)]
    except OSError as error:
        raise StoreError(f"cannot read {folder}: {error.strerror}; choose another folder with {option}") from error
    if names == [STATE] and set(_names(folder / STATE)) <= _STATE_FILES:  # a first run of 0.1 that was interrupted
        return True
    if names:
        raise OutputRefused(
            f"{option} {folder} is not an output folder of overtones and is not empty: it holds {_listed(names)}. "
            f"Nothing was written. Use a new folder: {option} {folder / 'overtones'}"
        )
    return False


def _foreign_files(out: Path) -> Iterator[str]:
    """Files that no run wrote and that have names which tables need, by their paths below `out`."""
    try:
        ours = set(read_manifest(out, head_only=True).files or ())
    except StoreError:  # damaged
        ours = set()
    by_name = not ours  # no manifest, a damaged one, or one of 0.1, which does not list its files
    if not _may_replace_manifest(out / MANIFEST):
        yield MANIFEST
    for table in TABLES:
        folder = table_folder(out, table)
        if not os.path.lexists(folder):
            continue
        if not _is_folder(folder):
            yield table
            continue
        for name in _names(folder):
            known = f"{table}/{name}" in ours or (by_name and is_part_name(name)) or name in SYSTEM_FILES
            if not known:
                yield f"{table}/{name}"


def _may_replace_manifest(path: Path) -> bool:
    """Whether there is no manifest, or one that a run wrote, even if it is damaged."""
    if not os.path.lexists(path):
        return True
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as file:
        beginning = file.read(200)
    return not beginning or _OUR_MANIFEST.match(beginning) is not None


def _is_tables_of_0_1(folder: Path) -> bool:
    """Whether there is a manifest whose files all exist; next to a copy of a manifest alone they do not."""
    if not (folder / MANIFEST).is_file():
        return False
    try:
        manifest = read_manifest(folder)
    except StoreError:
        return False
    has_tables = all((folder / name).is_dir() for name in ("documents", "paragraphs", "runs"))
    return has_tables and _may_replace_manifest(folder / MANIFEST) and _all_exist(manifest.files_of_batches(folder))


def _all_exist(files: Iterable[Path]) -> bool:
    return all(map(Path.is_file, files))


def _is_report_of_0_1(folder: Path) -> bool:
    """Whether there is a report and no other file."""
    if not (folder / "index.html").is_file():
        return False
    try:
        is_ours = is_summary((folder / "summary.json").read_bytes())
    except OSError:
        return False
    names = {entry.name for entry in os.scandir(folder)} - SYSTEM_FILES - {STATE}
    return is_ours and names <= REPORT_FILES | REPORT_FOLDERS


def _files_of_0_1(reports: Path) -> Iterator[str]:
    for path in reports.rglob("*"):
        name = path.relative_to(reports).as_posix()
        if _REPORT_0_1.fullmatch(name) and path.is_file():
            yield name


def _names(folder: Path) -> list[str]:
    """The names in a folder, sorted; none if it does not exist or cannot be read."""
    try:
        return sorted(path.name for path in folder.iterdir())
    except OSError:
        return []


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _with_ancestors(path: Path) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """`path` and each folder above it, with the names that lead from this folder to `path`."""
    real = Path(os.path.realpath(path))
    for folder in (real, *real.parents):
        yield folder, real.relative_to(folder).parts


def _identity(location: str | Path) -> tuple[str, ...]:
    """The parts of the real path or of an address, equal for names that some file systems treat as equal."""
    text = str(location).removeprefix("file://")
    if "://" in text:
        return tuple(text.rstrip("/").split("/"))
    return Path(unicodedata.normalize("NFC", os.path.realpath(text)).casefold()).parts


def _listed(names: Iterable[str]) -> str:
    """The first few names, and how many more there are.

    >>> _listed("abcdefg")
    'a, b, c, d, e and 2 more'
    """
    every = list(names)
    more = f" and {len(every) - _N_NAMED:,} more" if len(every) > _N_NAMED else ""
    return ", ".join(every[:_N_NAMED]) + more
