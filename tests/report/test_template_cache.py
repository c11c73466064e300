"""The cache of compiled templates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import DictLoader, Environment

from tasks.report.template_cache import TemplateCache

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def render(folder: Path, source: str = "{{ word }}!", maker: str = "") -> tuple[str, bool]:
    """The output of the template, and whether it was compiled."""
    environment = Environment(
        loader=DictLoader({"t": source}), autoescape=True, bytecode_cache=TemplateCache(folder, maker)
    )
    compiled: list[str] = []
    compile_source = environment._compile

    def note(code: str, filename: str) -> object:
        compiled.append(filename)
        return compile_source(code, filename)

    environment._compile = note  # type: ignore[method-assign, assignment]
    return environment.get_template("t").render(word="yes"), bool(compiled)


def test_a_template_is_compiled_once(tmp_path: Path) -> None:
    """A template is compiled for a new folder, for another source, and for other options."""
    folder = tmp_path / "not" / "yet"
    assert [render(folder) for _ in range(3)] == [("yes!", True), ("yes!", False), ("yes!", False)]
    assert render(folder, "{{ word }}?") == ("yes?", True)
    assert render(folder, "{{ word }}?", "other options") == ("yes?", True)


def test_damage_is_noticed(tmp_path: Path) -> None:
    """A truncated or changed cache file is written again."""
    render(tmp_path)
    (file,) = tmp_path.iterdir()
    good = file.read_bytes()
    for damaged in (b"", good[:40], good[:-1], good[:50] + b"\0" + good[51:]):
        file.write_bytes(damaged)
        assert render(tmp_path) == ("yes!", True)
        assert file.read_bytes() == good


def test_without_write_access_nothing_is_cached(tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    """A file in place of the folder is not an error."""
    folder = tmp_path / "file"
    folder.write_text("not a folder")
    assert [render(folder) for _ in range(2)] == [("yes!", True)] * 2
    assert not recwarn.list
