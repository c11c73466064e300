"""Addresses and the secrets in them: user, password and query (`s3://user:password@host/x`,
`https://host/x?token=...`).

Secrets are removed where an address enters (`keep_secrets`, called by the settings) and put back when a store is opened
(`with_secrets`). Everything in between has the redacted address, so no table, manifest, report, log or database can
show a secret. Secrets are kept in the environment of this process, where child processes find them. They are never
written to a disk.
"""

from __future__ import annotations

import json
import os
import re
from typing import NamedTuple
from urllib.parse import unquote

_KEPT = "_OVERTONES_ADDRESSES"
"""The environment variable with the addresses that have secrets, by their redacted form, as JSON."""

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_URL_IN_TEXT = re.compile(r"\b([a-z][a-z0-9+.-]+):/+([^\s'\"<>]+)", re.IGNORECASE)
"""An address in a message, also one that was treated as a path and has lost a slash."""
_CHAINED = re.compile(r"::(?=[a-z][a-z0-9+.-]*://)", re.IGNORECASE)
_CONTAINER_BEFORE_HOST = {"abfs", "abfss", "az", "wasb", "wasbs"}
"""In abfss://container@account/x, the part before the @ is not a user."""
_LEAST_USER, _LEAST_VALUE = 3, 6
"""Shorter user names and query values are not removed from messages, because they would match common words."""


class _Address(NamedTuple):
    """An address in four parts. Joined, they are the address."""

    scheme: str
    user: str
    """User and password with the @ after them."""
    place: str
    query: str
    """The query with the ? before it, and everything after it."""

    @classmethod
    def of(cls, url: str) -> _Address:
        match = _SCHEME.match(url)
        if not match:
            return cls("", "", url, "")
        scheme, rest = match[0], url[match.end() :]
        user = _user(scheme[:-3].lower(), rest)
        rest = rest[len(user) :]
        # Servers never get the fragment of a URL; in other stores it is a part of an object's name.
        mark = re.search("[?#]" if scheme.lower().startswith("http") else "[?]", rest)
        end = mark.start() if mark else len(rest)
        return cls(scheme, user, rest[:end], rest[end:])


def _user(scheme: str, rest: str) -> str:
    """User and password at the beginning of `rest`, the part after the scheme, with the @ after them."""
    host = re.split("[/?#]", rest, maxsplit=1)[0]
    if "@" not in host:
        # "user:pass/word@host": a password that should have been escaped. The number after a colon is a port.
        has_password = re.search(r"^[^\[]*:(?!\d*$)", host) and "@" in rest
        return rest[: rest.rindex("@") + 1] if has_password else ""
    user = host[: host.rindex("@") + 1]
    return "" if scheme in _CONTAINER_BEFORE_HOST and ":" not in user else user


def redact_address(address: str) -> str:
    """`address` without user, password and query; a path is returned unchanged.

    >>> redact_address("s3://me:secret@bucket/articles"), redact_address("https://host:8080/a.jsonl?token=secret")
    ('s3://bucket/articles', 'https://host:8080/a.jsonl')
    >>> redact_address("articles/what?.txt"), redact_address("abfss://container@account/articles")
    ('articles/what?.txt', 'abfss://container@account/articles')
    """
    parts = map(_Address.of, _CHAINED.split(address))
    return "::".join(f"{part.scheme}{part.place}" for part in parts)


def keep_secrets(address: str) -> str:
    """The redacted address. Its secrets are kept for `with_secrets`, in this process and in its child processes."""
    redacted = redact_address(address)
    if redacted != address:
        adopt_secrets({redacted: address})
    return redacted


def kept_secrets() -> dict[str, str]:
    """The addresses with secrets, by their redacted form; for `adopt_secrets` in another process."""
    kept: dict[str, str] = json.loads(os.environ.get(_KEPT, "{}"))
    return kept


def adopt_secrets(kept: dict[str, str]) -> None:
    """Keep the secrets of another process, which did not start this one."""
    if kept:
        os.environ[_KEPT] = json.dumps({**kept_secrets(), **kept})


def with_secrets(address: str) -> str:
    """The address as it was given to `keep_secrets`. An address below such a one gets its user and password.

    An address without kept secrets is returned unchanged.
    """
    kept = kept_secrets()
    for redacted in sorted(kept, key=len, reverse=True):
        top = redacted.rstrip("/")
        if address.rstrip("/") == top:
            return kept[redacted]
        if address.startswith(f"{top}/"):
            given = _Address.of(kept[redacted])
            return f"{given.scheme}{given.user}{given.place.rstrip('/')}{address[len(top) :]}"
    return address


def key_and_secret(address: str) -> tuple[str, str, str]:
    """The address s3://key:secret@bucket/x without key and secret, the key, and the secret ('' if there are none)."""
    given = _Address.of(address)
    key, colon, secret = given.user.removesuffix("@").partition(":")
    if not colon:
        return address, "", ""
    return f"{given.scheme}{given.place}{given.query}", unquote(key), unquote(secret)


def redact_text(text: str) -> str:
    """A message without the secrets of the addresses in it, and without any secrets that are kept.

    >>> redact_text("cannot connect to https://me:secret@host/x?token=abc: timed out")
    'cannot connect to https://host/x timed out'
    """
    text = _URL_IN_TEXT.sub(lambda url: url[0] if url[1] == "file" else redact_address(f"{url[1]}://{url[2]}"), text)
    for secret in sorted(_secrets(), key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", "***", text)
    return text


def _secrets() -> set[str]:
    """Every part of a kept address that must not be shown, as it was written and as a library may have decoded it."""
    secrets: set[str] = set()
    for address in kept_secrets().values():
        for part in map(_Address.of, _CHAINED.split(address)):
            login, query = part.user.removesuffix("@"), part.query[1:]
            user, _, password = login.partition(":")
            pairs = query.split("&")
            values = [pair.partition("=")[2] for pair in pairs]
            secrets |= {login, password, query, *pairs}
            secrets |= {user} if len(user) >= _LEAST_USER else set()
            secrets |= {value for value in values if len(value) >= _LEAST_VALUE}
    return {form for secret in secrets for form in (secret, unquote(secret)) if form}
