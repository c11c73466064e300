"""`overtones serve`, as a user would start it, and in a real browser."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import sync_playwright

from flows.terminal.console import Exit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
HAS_BROWSER = CHROMIUM is not None or os.environ.get("CI") == "true"


@pytest.fixture
def serve(tmp_path: Path, environment: dict[str, str]) -> Iterator[Callable[..., tuple[subprocess.Popen[str], str]]]:
    """Starts a desk on a free port; returns the process and the address. Ends it afterwards."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> tuple[subprocess.Popen[str], str]:
        command = [sys.executable, "-m", "flows", "serve", "--port", "0", *arguments]
        process = subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stderr is not None
        line = process.stderr.readline()
        found = re.search(r"http://\S+(?=/ )", line)
        assert found, line
        return process, found[0]

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def tables(tmp_path: Path, overtones: Callable[..., Any]) -> Path:
    """The tables of one article."""
    (tmp_path / "storm.txt").write_text("Storm\n\nThe shameless mayor slammed the vote. Nobody minded.\n", "utf-8")
    assert overtones("run", "--no-prefect", "storm.txt", "--out", "out").returncode == Exit.DONE
    return tmp_path / "out"


@pytest.mark.usefixtures("tables")
def test_it_answers_until_it_is_interrupted(serve: Callable[..., Any]) -> None:
    """It prints its address, answers there only to local names, and ends with Ctrl-C, its child process with it."""
    process, address = serve("--out", "out")
    with httpx.Client(trust_env=False) as client:
        answer = client.get(f"{address}/documents")
        assert "1 document" in answer.text
        assert "server" not in answer.headers
        assert client.get(f"{address}/", headers={"Host": "example.org"}).status_code == 400
    process.send_signal(signal.SIGINT)
    assert "The desk was stopped." in process.communicate(timeout=30)[1]
    assert process.returncode == Exit.DONE


def test_a_private_desk_prints_its_password(serve: Callable[..., Any]) -> None:
    """Without tables, too."""
    process, address = serve("--private")
    password = process.stderr.readline().rpartition(" ")[2].strip()
    with httpx.Client(trust_env=False) as client:
        assert client.get(address).status_code == 401
        assert client.get(address, auth=("any", password)).status_code == 200


def test_a_port_in_use_is_an_error(overtones: Callable[..., Any]) -> None:
    """The message names the port and a way out."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = overtones("serve", "--port", str(taken.getsockname()[1]))
    assert result.returncode == Exit.USAGE
    assert "choose another: --port 0" in result.stderr


@pytest.mark.skipif(not HAS_BROWSER, reason="Chromium is missing: tests/install_browser.sh")
@pytest.mark.usefixtures("tables")
def test_in_a_browser(serve: Callable[..., Any]) -> None:
    """A text can be pasted and a document found, at both widths, without an error of axe, a console message or a request to
    elsewhere; a page of another port, or of another name, cannot post.
    """
    _, address = serve("--out", "out")
    with sync_playwright() as playwright:
        assert CHROMIUM is not None, "Chromium is missing: tests/install_browser.sh"
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-proxy-server"],
        )
        for width, scheme in ((360, "dark"), (1440, "light")):
            context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
            page = context.new_page()
            output: list[str] = []
            page.on("console", lambda message, output=output: output.append(message.text))
            page.on("request", lambda sent, output=output: output.append(sent.url))
            page.goto(f"{address}/")
            page.fill("#text", "The despotic mayor slept.")
            page.click("text=Analyze")
            assert page.inner_text("a.term.author").startswith("despotic")
            page.goto(f"{address}/")
            page.fill("input[type=search]", "mayor")
            page.click("text=Find >> nth=-1")
            page.click("text=Storm")
            assert page.inner_text("a.term.author >> nth=0").startswith("shameless")
            for path in (
                "/",
                "/documents?q=mayor",
                "/contexts?q=the",
                "/terms",
                "/speakers",
                "/compare",
                "/runs",
                "/about",
            ):
                page.goto(address + path)
                assert page.evaluate("document.documentElement.scrollWidth") <= width, path
                assert Axe().run(page).response["violations"] == [], path
            assert [line for line in output if not line.startswith((address, "data:"))] == []
            context.close()
        form = f"<form method=post action={address}/paste><input name=text value=x></form>"
        for origin in ("http://127.0.0.1:9", "http://desk.example"):
            foreign = browser.new_page()
            foreign.route(f"{origin}/", lambda route: route.fulfill(body=form, content_type="text/html"))
            foreign.goto(f"{origin}/")
            with foreign.expect_response(f"{address}/paste") as answer:
                foreign.evaluate("document.forms[0].submit()")
            assert answer.value.status == 403
        browser.close()
