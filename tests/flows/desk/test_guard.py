"""Requests that are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from flows.desk.app import WebDesk
from flows.desk.guard import MAX_BODY_BYTES, host_name

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from flows.desk.paste import Analyst


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:1", "LOCALHOST", "[::1]:8377"])
def test_our_names_are_answered(desk: Any, host: str) -> None:
    """The names of this machine, with any port."""
    assert desk.get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["example.org", "127.0.0.1.example.org", "127.0.0.1@example.org", "", "localhost:x", "[::2]"]
)
def test_foreign_names_are_refused(desk: Any, host: str) -> None:
    """A page whose name leads to this machine gets nothing."""
    answer = desk.get("/documents", headers={"Host": host})
    assert (answer.status_code, "harbour" in answer.text) == (400, False)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": "http://example.org"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_only_our_own_pages_post(desk: Any, headers: dict[str, str]) -> None:
    """A form of another page or port is refused before its body is read."""
    assert desk.post("/paste", headers=headers, data={"text": "It rained."}).status_code == 403


def test_other_pages_may_link_but_not_embed(desk: Any) -> None:
    """A link from elsewhere works; an image, a frame's content or a fetch does not."""
    follow = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert desk.get("/documents", headers=follow).status_code == 200
    assert desk.get("/documents.json", headers=follow | {"Sec-Fetch-Mode": "no-cors"}).status_code == 403


def test_other_methods_are_refused(desk: Any) -> None:
    """Nothing can be put or deleted."""
    assert desk.request("DELETE", "/documents").status_code == 405


@pytest.mark.parametrize("path", ["/", "/documents", "/nothing", "/style.css", "/documents.json"])
def test_every_answer_has_the_policy(desk: Any, path: str) -> None:
    """Content policy, no sniffing, no framing, no cookies."""
    headers = desk.get(path).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in headers


def test_large_bodies_are_refused(desk: Any) -> None:
    """Also without a declared length; the message names the way out."""
    piece = b"x" * 100_000

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(MAX_BODY_BYTES // len(piece) + 2):
            yield piece

    answer = desk.post("/paste", content=pieces(), headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status_code == 413
    assert "overtones run" in answer.text


def test_a_private_desk_asks_for_its_password(analyst: Analyst, client_of: Any) -> None:
    """Every page needs it; another one does not do."""
    application = WebDesk(None, analyst, password="swordfish").application()  # noqa: S106  # of a test
    client = client_of(application)
    assert client.get("/").status_code == 401
    assert client.get("/", auth=("me", "other")).status_code == 401
    assert client.get("/", headers={"Authorization": "Basic ???"}).status_code == 401
    assert client.get("/", auth=("me", "swordfish")).status_code == 200


def test_host_names() -> None:
    """A port is not part of the name; what is no name is empty."""
    assert [host_name(host) for host in ("a.b:1", "[::1]", "a b", "a:", "a/b")] == ["a.b", "[::1]", "", "", ""]
