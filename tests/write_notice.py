"""Bring the tables of NOTICE up to date: the packages that overtones needs, each with its licence.

    python tests/write_notice.py

Run by `make notice`. Packages are found by following the requirements of pyproject.toml through the metadata of what is
installed; versions are those of requirements.lock; licences are what a package's metadata say. All other text of NOTICE
is kept: the prose, and what a required package is used for. A `?` stands where a person has to look something up:
what a new requirement is for, or the licence of a package that is needed only by other versions of Python or systems.

tests/test_notice.py uses the same functions.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.markers import Marker, default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

ROOT = Path(__file__).parent.parent
NOTICE = ROOT / "NOTICE"

ALLOWED = frozenset("0BSD Apache-2.0 BSD-2-Clause BSD-3-Clause CC0-1.0 CNRI-Python ISC MIT MIT-0 PSF-2.0 Zlib".split())
"""Licences that ask for no more than that their text and the names of the authors are kept."""

EXTRAS = ("dask", "object-stores")
"""The extras for users; `dev` is for those who work on overtones."""

HEADINGS = {
    "": "Packages that every installation needs",
    "dask": "Packages that the extra `dask` adds",
    "object-stores": "Packages that the extra `object-stores` adds",
}
EXCEPTIONS = "Licences that need a reason"

_STATED = {
    "bsd-3-clause, apache-2.0, dependency licenses": "BSD-3-Clause OR Apache-2.0",
    "3-clause bsd license": "BSD-3-Clause",
    "apache 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "artistic license": "Artistic-1.0-Perl",
    "gnu general public license (gpl)": "GPL-1.0-or-later",
    "gnu general public license v2 or later (gplv2+)": "GPL-2.0-or-later",
    "gnu general public license v3 or later (gplv3+)": "GPL-3.0-or-later",
    "gnu lesser general public license v2 or later (lgplv2+)": "LGPL-2.0-or-later",
    "isc license": "ISC",
    "mit license": "MIT",
    "mozilla public license 1.1 (mpl 1.1)": "MPL-1.1",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "psfl": "PSF-2.0",
    "python software foundation license": "PSF-2.0",
    "the bsd 2-clause license": "BSD-2-Clause",
}
"""What metadata say in words of their own, as SPDX names it."""

_SPDX = re.compile(r"[A-Za-z0-9.+-]+(?: (?:AND|OR|WITH) \(?[A-Za-z0-9.+-]+\)?)*")

PROOFS = {
    "0BSD": "this software for any purpose with or without fee is hereby granted.",
    "Apache-2.0": "apache license",
    "Artistic-1.0-Perl": 'the "artistic license"',
    "BSD-2-Clause": "redistribution and use in source and binary forms",
    "BSD-3-Clause": "redistribution and use in source and binary forms",
    "ISC": "this software for any purpose with or without fee is hereby granted, provided that",
    "MIT": "permission is hereby granted, free of charge, to any person obtaining a copy",
    "MIT-0": "permission is hereby granted, free of charge, to any person obtaining a copy",
    "MPL-1.1": "mozilla public license",
    "MPL-2.0": "mozilla public licen",
    "PSF-2.0": "python software foundation license",
}
"""Words that stand in the text of a licence, in lower case."""

_ENDORSEMENT = re.compile(r"may (?:not )?be used to endorse")


@dataclass(frozen=True)
class Row:
    """A package in a table of NOTICE."""

    name: str
    version: str
    """The version or versions in requirements.lock."""
    licence: str
    """An expression of SPDX."""
    use: str
    """What it is used for, or which packages need it."""


def main() -> None:
    """Write NOTICE, and print what a person has to complete."""
    text = updated(NOTICE.read_text("utf-8"))
    NOTICE.write_text(text, "utf-8")
    unknown = [row.name for rows in tables(text).values() for row in rows if "?" in {row.licence, row.use}]
    if unknown:
        sys.exit(f"{NOTICE}: look up what stands as `?` for {', '.join(unknown)}")


def updated(text: str) -> str:
    """NOTICE with its tables updated."""
    known = {row.name: row for rows in tables(text).values() for row in rows}
    listed: set[str] = set()
    for extra, heading in HEADINGS.items():
        direct = {canonicalize_name(Requirement(line).name) for line in required(extra)}
        needs = closure(required(extra))
        names = sorted(set(needs) - listed)
        rows = [_row(name, needs[name], known.get(name), direct=name in direct) for name in names]
        listed |= set(names)
        match = _table(heading).search(text)
        assert match is not None
        text = text[: match.start(2)] + _format(rows) + text[match.end(2) :]
    return text


def _row(name: str, needed_by: set[str], known: Row | None, *, direct: bool) -> Row:
    try:
        licence = licence_of(metadata.distribution(name))
    except metadata.PackageNotFoundError:
        licence = known.licence if known else "?"
    if direct:
        use = known.use if known and not known.use.startswith("for ") else "?"
    else:
        first, *others = sorted(needed_by - {"overtones"})
        use = f"for {', '.join([first, *others[:2]])}" + (f" and {len(others) - 2} more" if len(others) > 2 else "")
    return Row(name, locked()[name], licence, use)


def _table(heading: str) -> re.Pattern[str]:
    """A heading and what underlines it; then the rows, up to the next empty line."""
    return re.compile(rf"(^{re.escape(heading)}\n-+\n(?:.+\n)*\n)((?:.+\n)*)", re.MULTILINE)


def _format(rows: list[Row]) -> str:
    cells = [(row.name, row.version, row.licence, row.use) for row in rows]
    widths = [max(len(row[column]) for row in cells) for column in range(3)]
    return "".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]]) + "\n"
        for row in cells
    )


def tables(text: str) -> dict[str, list[Row]]:
    """The packages that NOTICE lists, for each extra; "" stands for none."""
    return {extra: [Row(*cells) for cells in _cells(text, heading)] for extra, heading in HEADINGS.items()}


def exceptions(text: str) -> dict[str, str]:
    """The packages for whose licences NOTICE gives a reason, with that reason."""
    return {name: reason for name, _, reason in _cells(text, EXCEPTIONS)}


def _cells(text: str, heading: str) -> Iterator[list[str]]:
    match = _table(heading).search(text)
    if match is None:
        raise ValueError(f"NOTICE has no heading {heading!r}")
    return (re.split(r" {2,}", line) for line in match[2].splitlines())


def required(extra: str = "") -> list[str]:
    """The requirements in pyproject.toml: of overtones itself, or of one of its extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    found: list[str] = project["optional-dependencies"][extra] if extra else project["dependencies"]
    return found


def closure(requirements: Iterable[str], path: list[str] | None = None) -> dict[str, set[str]]:
    """Every package that follows from requirements, each with the packages that ask for it.

    Markers count as true if they are so for any of the versions of Python and systems that overtones runs on. What is
    not installed is among the packages, but what it needs in turn is not known.
    """
    needed_by: dict[str, set[str]] = defaultdict(set)
    extras: dict[str, set[str]] = defaultdict(set)
    todo = [("overtones", line, frozenset[str]()) for line in requirements]
    while todo:
        by, line, with_extras = todo.pop()
        requirement = Requirement(line)
        if not _applies(requirement.marker, with_extras):
            continue
        name = canonicalize_name(requirement.name)
        is_new = name not in needed_by or not requirement.extras <= extras[name]
        needed_by[name].add(by)
        extras[name] |= requirement.extras
        if is_new:
            found = metadata.distributions(name=name, path=path) if path else metadata.distributions(name=name)
            for distribution in list(found)[:1]:
                todo += [(name, needs, frozenset(extras[name])) for needs in distribution.requires or []]
    return dict(needed_by)


@cache
def _applies(marker: Marker | None, extras: frozenset[str]) -> bool:
    return marker is None or any(
        marker.evaluate({**environment, "extra": extra}) for environment in _ENVIRONMENTS for extra in {"", *extras}
    )


def _environments() -> Iterator[dict[str, str]]:
    systems = (("linux", "posix", "Linux"), ("darwin", "posix", "Darwin"), ("win32", "nt", "Windows"))
    pythons = ("3.11.0", "3.11.9", "3.12.9", "3.13.9", "3.14.9")
    for python, (platform, name, system) in product(pythons, systems):
        yield {
            **{key: str(value) for key, value in default_environment().items()},
            "python_version": python.rpartition(".")[0],
            "python_full_version": python,
            "sys_platform": platform,
            "os_name": name,
            "platform_system": system,
        }


_ENVIRONMENTS = tuple(_environments())


@cache
def locked() -> Mapping[str, str]:
    """The version of each package in requirements.lock; two where they depend on the version of Python."""
    versions: dict[str, list[str]] = defaultdict(list)
    for name, version in re.findall(
        r"^([\w.-]+)==([^ ;]+)", (ROOT / "requirements.lock").read_text("utf-8"), re.MULTILINE
    ):
        versions[canonicalize_name(name)].append(version)
    return {name: ", ".join(found) for name, found in versions.items()}


def licence_of(distribution: metadata.Distribution) -> str:
    """The licence that a package's metadata state, as an expression of SPDX; `?` if it cannot be told.

    Metadata that say "BSD" and no more are helped out by the text of the licence.
    """
    fields = distribution.metadata
    if "License-Expression" in fields:
        return str(fields["License-Expression"])
    stated = str(fields["License"]) if "License" in fields else ""
    classes = [line.rpartition(" :: ")[2] for line in fields.get_all("Classifier") or [] if line.startswith("License")]
    free = len(stated) > 60 or stated.lower() in {"", "dual license"}
    named = classes if free or len(classes) > 1 else [stated]
    found = {_spdx(name, distribution) for name in named}
    return " OR ".join(sorted(found)) if found else "?"


def _spdx(stated: str, distribution: metadata.Distribution) -> str:
    name = stated.strip().lower()
    if name in {"bsd", "bsd license"}:
        return "BSD-3-Clause" if _ENDORSEMENT.search(licence_text(distribution)) else "BSD-2-Clause"
    if name in {"mit license", "mit licence", "mit"}:
        return "MIT"
    return _STATED.get(name, stated.strip() if _SPDX.fullmatch(stated.strip()) else "?")


def licence_text(distribution: metadata.Distribution) -> str:
    """The text of the licences that a package brings along, in lower case, with single spaces."""
    files = [
        file
        for file in distribution.files or []
        if ".dist-info" in file.parts[0] and re.search(r"(?i)licen[cs]e|copying", "/".join(file.parts[1:]))
    ]
    texts = [Path(str(distribution.locate_file(file))).read_text("utf-8", "replace") for file in files]
    return " ".join(" ".join(texts).lower().split())


def is_allowed(licence: str) -> bool:
    """Whether an expression of SPDX is satisfied by licences that are allowed.

    >>> is_allowed("MIT AND (GPL-2.0-only OR Apache-2.0)"), is_allowed("GPL-2.0-only AND MIT")
    (True, False)
    """
    parts = re.findall(r"[()]|[^\s()]+", licence)

    def any_of() -> bool:
        found = all_of()
        while parts and parts[0] == "OR":
            parts.pop(0)
            found = all_of() or found
        return found

    def all_of() -> bool:
        found = single()
        while parts and parts[0] == "AND":
            parts.pop(0)
            found = single() and found
        return found

    def single() -> bool:
        part = parts.pop(0)
        if part != "(":
            return part in ALLOWED
        found = any_of()
        parts.pop(0)
        return found

    return any_of()


if __name__ == "__main__":
    main()
