"""The port and the files of a local Prefect server."""

from __future__ import annotations

import socket
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from flows.scheduling.prefect_server import _listening, _make_database_private, responds, state_folder, write_private
from tasks.errors import ServiceError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PREFECT_HOME that does not exist yet."""
    monkeypatch.delenv("PREFECT_API_DATABASE_CONNECTION_URL", raising=False)
    monkeypatch.delenv("PREFECT_SERVER_DATABASE_CONNECTION_URL", raising=False)
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_port_is_held() -> None:
    """A port in use is not chosen, and no other process can bind a port that is chosen."""
    with (
        closing(_listening(0)) as first,
        closing(_listening(first.getsockname()[1])) as second,
        socket.socket() as other,
    ):
        port = first.getsockname()[1]
        assert second.getsockname()[1] != port
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", port))
        assert not responds(f"http://127.0.0.1:{port}/api")


def test_folders_are_private(home: Path) -> None:
    """Prefect's home and our folder in it are created private; an existing home keeps its mode."""
    assert _mode(state_folder()) == _mode(home) == 0o700
    home.chmod(0o755)
    state_folder().chmod(0o755)
    assert _mode(state_folder()) == 0o700
    assert _mode(home) == 0o755


def test_folder_of_another_user(home: Path, tmp_path: Path) -> None:
    """A link in place of our folder is not followed; a home that cannot be created is an error."""
    home.mkdir()
    (home / "overtones").symlink_to(tmp_path)
    with pytest.raises(ServiceError, match="is not a folder that you own; set PREFECT_HOME"):
        state_folder()
    (home / "overtones").unlink()
    (home / "overtones").write_text("")
    with pytest.raises(ServiceError, match=r"cannot write to .*; set PREFECT_HOME"):
        state_folder()


def test_files_are_private(home: Path) -> None:
    """A file is private, whatever the umask and an existing file; no other files remain."""
    path = state_folder() / "password"
    path.write_text("of the last time")
    path.chmod(0o644)
    write_private(path, "overtones:new")
    assert path.read_text("utf-8") == "overtones:new"
    assert _mode(path) == 0o600
    assert list(state_folder().iterdir()) == [path]
    with pytest.raises(ServiceError, match="cannot write"):
        write_private(home / "missing" / "password", "overtones:new")


@pytest.mark.parametrize("there", [False, True])
def test_database_is_private(home: Path, *, there: bool) -> None:
    """Prefect's database and its journals are private, a new one from its creation."""
    home.mkdir()
    names = ["prefect.db", *(["prefect.db-wal", "prefect.db-shm"] if there else [])]
    for name in names if there else []:
        (home / name).write_bytes(b"kept")
        (home / name).chmod(0o644)
    _make_database_private()
    assert sorted(path.name for path in home.iterdir()) == sorted(names)
    assert {_mode(home / name) for name in names} == {0o600}
    assert (home / "prefect.db").read_bytes() == (b"kept" if there else b"")


def test_database_elsewhere(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If another database is configured, none is created."""
    home.mkdir()
    monkeypatch.setenv("PREFECT_SERVER_DATABASE_CONNECTION_URL", "postgresql+asyncpg://localhost/prefect")
    _make_database_private()
    assert not list(home.iterdir())
