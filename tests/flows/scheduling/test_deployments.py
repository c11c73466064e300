"""What a schedule is called, who keeps it, and what its runs may do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flows.scheduling.deployments import (
    MADE_FOR,
    default_name,
    insist_on_name,
    insist_on_what_it_was_made_for,
    kept_alone,
)
from flows.scheduling.schedule import parameters_of
from flows.settings import Settings
from tasks.errors import UsageError


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of Prefect's that is not there yet, and a working folder."""
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


def _settings(**values: object) -> Settings:
    return Settings.model_validate({"source": ("articles",), "out": "tables", "reports": "report"} | values)


def test_names_are_of_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same places have the same name, however they are written; other places have another."""
    name = default_name(_settings())
    assert name.startswith("articles-")
    assert default_name(_settings(source=(str(tmp_path / "articles"),), out=str(tmp_path / "tables"))) == name
    others = [_settings(source=("b/articles",)), _settings(source=("articles", "more")), _settings(out="b/tables")]
    monkeypatch.chdir("/")
    names = {name, default_name(_settings()), *map(default_name, others)}
    assert len(names) == 5


@pytest.mark.parametrize(
    "source", ["a/50% & <more>", "a/line\nbreak", "a/" + "x" * 200, "s3://key:secret@bucket/a?sig=secret"]
)
def test_names_are_taken(source: str) -> None:
    """Whatever a folder is called, the name made of it is one that Prefect takes, of moderate length, and tells no secret."""
    name = default_name(_settings(source=(source,)))
    insist_on_name(name)
    assert len(name) < 80
    assert "secret" not in name


@pytest.mark.parametrize("name", ["", " ", "a/b", "50%", "a&b", "<a>", "a\nb"])
def test_names_that_prefect_refuses(name: str) -> None:
    """A name that Prefect does not take is refused before anything starts."""
    with pytest.raises(UsageError, match="--name"):
        insist_on_name(name)


def test_kept_alone(home: Path) -> None:
    """A schedule is kept by one command at a time; other names do not matter, and nothing is left but a lock."""
    with kept_alone("daily", {"source": ["a"]}) as path, kept_alone("weekly", {}):
        assert json.loads(path.read_text("utf-8"))["settings"] == {"source": ["a"]}
        with (
            pytest.raises(UsageError, match=r"'daily' is kept already, by process \d+; end that one, or give"),
            kept_alone("daily", {}),
        ):
            pass
    assert not path.exists()
    with kept_alone("daily", {}):
        pass
    for made in (home, *home.rglob("*")):
        assert made.stat().st_mode & 0o077 == 0, made


@pytest.fixture
def made_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    """The settings of the schedule whose run this process is."""
    settings = _settings(lexicon=("mine.csv",), scorer="mine.scorer", text_field="body")
    path = tmp_path / "made_for.json"
    path.write_text(json.dumps({"name": "daily", "settings": parameters_of(settings)}))
    monkeypatch.setenv(MADE_FOR, str(path))
    return Settings.model_validate(parameters_of(settings))


def test_runs_as_it_was_made_for(made_for: Settings) -> None:
    """A run may differ from its schedule in how it goes about its work."""
    insist_on_what_it_was_made_for(made_for)
    insist_on_what_it_was_made_for(made_for.model_copy(update={"full": True, "workers": 3, "max_seconds": 9.0}))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("source", ("/etc",)), ("out", Path("/srv/other")), ("out_address", "s3://other"), ("reports", Path("/srv/other")),
        ("reports_address", "s3://other"), ("lexicon", ()), ("scorer", None), ("dask", "tcp://other:1"),
        ("text_field", "text"), ("verbatim", True),
    ],
)  # fmt: skip
def test_runs_not_as_it_was_made_for(made_for: Settings, field: str, value: object) -> None:
    """A run may not read, measure or write anything else, and the message names what differs."""
    with pytest.raises(
        UsageError, match=f"'daily' was made for another {field}; its runs may differ in batch_bytes, full"
    ):
        insist_on_what_it_was_made_for(made_for.model_copy(update={field: value}))


def test_file_that_is_gone(made_for: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it cannot be known what a schedule was made for, its runs do nothing."""
    monkeypatch.setenv(MADE_FOR, "/nowhere")
    with pytest.raises(UsageError, match="cannot read what this schedule was made for"):
        insist_on_what_it_was_made_for(made_for)


def test_other_runs_are_free() -> None:
    """A run that no schedule has made may do what it is told."""
    insist_on_what_it_was_made_for(_settings(source=("/etc",)))


def test_paths_are_whole(tmp_path: Path) -> None:
    """Every path among the parameters holds in any folder."""
    given = parameters_of(_settings(lexicon=("mine.csv",), scorer="mine.scorer"))
    assert given["source"] == [str(tmp_path / "articles")]
    assert given["lexicon"] == [str(tmp_path / "mine.csv")]
    assert [given[name] for name in ("out", "reports", "scorer")] == [
        str(tmp_path / name) for name in ("tables", "report", "mine.scorer")
    ]
