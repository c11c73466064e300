"""What a local web application must refuse: foreign names, foreign pages, large bodies.

A browser lets any page send requests to 127.0.0.1. So the name in `Host` must be ours (else a page whose name is rebound to
this address could read the answers), and only our own pages may post or embed. Nothing is kept in cookies, which all
ports of a machine share.
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOCAL_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})
MAX_BODY_BYTES = 2_000_000
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::(\d{1,5}))?")
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # without any, Chromium sends "Origin: null" with our own forms
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def host_name(host: str) -> str:
    """The name in a `Host` header, without its port, in lower case; empty if the header is malformed.

    >>> host_name("LocalHost:8000"), host_name("[::1]:8000"), host_name("127.0.0.1@evil.example")
    ('localhost', '[::1]', '')
    """
    match = _HOST.fullmatch(host)
    return match[1].lower() if match else ""


@dataclass(frozen=True)
class Guard:
    """Middleware that answers only requests of our own pages, and of programs on this machine."""

    app: ASGIApp
    names: frozenset[str] = LOCAL_NAMES
    """The host names under which the desk may be reached."""
    password: str = ""
    """If set, every request needs it, by HTTP Basic; the user name does not matter."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(scope["method"], headers)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                sent = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    sent.setdefault(name, value)
                sent.setdefault("Cache-Control", "private, no-cache")
            await send(message)

        if refusal:
            await refusal(scope, receive, send_with_headers)
            return
        await self.app(scope, _limited(receive), send_with_headers)

    def _refusal(self, method: str, headers: Headers) -> PlainTextResponse | None:
        """The answer to a request that is refused; None if it is not."""
        host = headers.get("host", "")
        if host_name(host) not in self.names:
            return PlainTextResponse(
                "This address is not one under which the desk runs. --allow-host NAME adds a name.\n", 400
            )
        if method not in {"GET", "HEAD", "POST"}:
            return PlainTextResponse("Method not allowed.\n", 405, {"Allow": "GET, HEAD, POST"})
        site, origin = headers.get("sec-fetch-site", "same-origin"), headers.get("origin")
        if method == "POST":
            is_ours = site == "same-origin" and origin in {None, f"http://{host}", f"https://{host}"}
        else:
            is_ours = site in {"same-origin", "none"} or headers.get("sec-fetch-mode") == "navigate"
        if not is_ours:
            return PlainTextResponse("Requests from other sites are refused.\n", 403)
        if self.password and not secrets.compare_digest(_basic_password(headers).encode(), self.password.encode()):
            return PlainTextResponse(
                "The desk is private: the password was printed where it was started.\n",
                401,
                {"WWW-Authenticate": 'Basic realm="overtones", charset="UTF-8"'},
            )
        return None


def _basic_password(headers: Headers) -> str:
    scheme, _, encoded = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(encoded, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _limited(receive: Receive) -> Receive:
    """`receive`, which raises an error when the body has become too large, whatever its declared length."""
    n_bytes = 0

    async def receive_limited() -> Message:
        nonlocal n_bytes
        message = await receive()
        n_bytes += len(message.get("body", b""))
        if n_bytes > MAX_BODY_BYTES:
            raise HTTPException(
                413, f"A text may have {MAX_BODY_BYTES / 1e6:g} MB here; `overtones run` takes larger files."
            )
        return message

    return receive_limited
