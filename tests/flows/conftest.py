"""The command, as a user would start it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

ROOT = Path(__file__).parent.parent.parent

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A separate cache folder for the tests."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def environment(tmp_path: Path, cache: Path) -> dict[str, str]:
    """Environment variables with which the command uses only what a test gives it."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PREFECT", "OVERTONES"))}
    return kept | {
        "OVERTONES_CACHE": str(cache),
        "PREFECT_HOME": str(tmp_path / "prefect"),
        "COLUMNS": "100",
        "PYTHONPATH": str(ROOT),
    }


@pytest.fixture
def overtones(tmp_path: Path, environment: dict[str, str]) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the command in a separate folder, without a configured Prefect server."""

    def call(*arguments: str | Path, stdin: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "flows", *map(str, arguments)]
        return subprocess.run(
            command, cwd=tmp_path, env=environment | more, input=stdin, capture_output=True, text=True, check=False
        )

    return call


class Ended(NamedTuple):
    """The result of a command that was called within this process."""

    code: int
    out: str
    err: str


@pytest.fixture
def called(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Ended]:
    """Call the command's main function in this process, which is much faster than starting a process."""
    from flows import cli, interrupts

    for name in [name for name in os.environ if name.startswith(("PREFECT", "OVERTONES"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("OVERTONES_CACHE", str(cache))
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(interrupts, "end_promptly", lambda: None)  # it would take the signals of the tests

    def call(*arguments: str | Path) -> Ended:
        monkeypatch.setattr(sys, "argv", ["overtones", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return Ended(ended.value.code, *capsys.readouterr())  # type: ignore[arg-type]  # main ends with a number

    return call


@pytest.fixture
def corpus(tmp_path: Path, samples: Path) -> Path:
    """Sixty articles, enough for a run of some seconds: the sample texts with different endings."""
    top = tmp_path / "corpus"
    top.mkdir()
    texts = [path.read_bytes() for path in sorted(samples.rglob("*.txt"))]
    for i in range(60):
        (top / f"{i:03d}.txt").write_bytes(texts[i % len(texts)] + f"\n\nThis is copy number {i}.\n".encode())
    return top


@pytest.fixture
def in_terminal(tmp_path: Path, cache: Path) -> Callable[..., tuple[int, str]]:
    """Run the command in a pseudo-terminal of this width; its exit code and everything it wrote there."""
    import fcntl
    import pty
    import struct
    import termios

    environment = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("PREFECT", "OVERTONES")) and key not in {"COLUMNS", "LINES", "NO_COLOR"}
    }
    environment |= {
        "OVERTONES_CACHE": str(cache),
        "PREFECT_HOME": str(tmp_path / "prefect"),
        "TERM": "xterm-256color",
        "PYTHONPATH": str(ROOT),
    }

    def call(*arguments: str | Path, columns: int = 100, **more: str) -> tuple[int, str]:
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        command = [sys.executable, "-m", "flows", *map(str, arguments)]
        process = subprocess.Popen(
            command, cwd=tmp_path, env=environment | more, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs
        )
        os.close(theirs)
        written = b""
        while True:
            try:
                chunk = os.read(ours, 65536)
            except OSError:  # how Linux says that the other end is closed
                break
            if not chunk:
                break
            written += chunk
        os.close(ours)
        return process.wait(), written.decode().replace("\r\n", "\n")

    return call
