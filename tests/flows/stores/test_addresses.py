from __future__ import annotations

import os

import pytest

from flows.stores.addresses import (
    adopt_secrets,
    keep_secrets,
    kept_secrets,
    key_and_secret,
    redact_address,
    redact_text,
    with_secrets,
)


@pytest.fixture(autouse=True)
def _nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_OVERTONES_ADDRESSES", "{}")


@pytest.mark.parametrize(
    ("address", "redacted"),
    [
        ("s3://me:secret@bucket/articles", "s3://bucket/articles"),
        ("sftp://me@host/articles", "sftp://host/articles"),
        ("s3://me:sec/ret@bucket/articles", "s3://bucket/articles"),
        ("s3://me:s@cret@bucket", "s3://bucket"),
        ("s3://me:se?cret@bucket/x", "s3://bucket/x"),
        ("https://me:secret@[::1]:8080/x", "https://[::1]:8080/x"),
        ("https://host/x?token=secret&page=2#part", "https://host/x"),
        ("https://host/x#access_token=secret", "https://host/x"),
        ("https://host/x?next=a@b/c", "https://host/x"),
        ("https://host:80?next=a@b/c", "https://host:80"),
        ("az://container/x?sv=2024&sig=secret", "az://container/x"),
        ("abfss://container@account/x", "abfss://container@account/x"),
        ("abfss://me:secret@account/x", "abfss://account/x"),
        ("zip://a.txt::s3://me:secret@bucket/x.zip?secret", "zip://a.txt::s3://bucket/x.zip"),
        ("S3://me:secret@bucket/x", "S3://bucket/x"),
        ("http://127.0.0.1:9000/me@home", "http://127.0.0.1:9000/me@home"),
        ("s3://bucket/part#1.txt", "s3://bucket/part#1.txt"),
        ("articles/what?.txt", "articles/what?.txt"),
        ("me@home", "me@home"),
        ("-", "-"),
    ],
)
def test_redacted(address: str, redacted: str) -> None:
    """User, password and query are removed, the names of objects and paths never; redacting twice changes nothing."""
    assert redact_address(address) == redacted
    assert redact_address(redacted) == redacted
    assert "secret" not in redacted


def test_kept_for_what_lies_below() -> None:
    """The address itself is restored completely, an address below it with user and password, all others unchanged."""
    for address in ("s3://me:secret@bucket/articles/", "https://host/x?token=abc", "s3://bucket/other"):
        keep_secrets(address)
    assert with_secrets("s3://bucket/articles") == "s3://me:secret@bucket/articles/"
    assert with_secrets("s3://bucket/articles/daily/a.txt") == "s3://me:secret@bucket/articles/daily/a.txt"
    assert with_secrets("https://host/x") == "https://host/x?token=abc"
    for other in ("https://host/x/y", "s3://bucket/articles2/a.txt", "s3://bucket/other", "articles"):
        assert with_secrets(other) == other


def test_the_longest_address_counts() -> None:
    """If one of two addresses is below the other, each gets its own secrets."""
    keep_secrets("s3://reader:a@bucket")
    keep_secrets("s3://writer:b@bucket/tables")
    assert with_secrets("s3://bucket/tables/documents") == "s3://writer:b@bucket/tables/documents"
    assert with_secrets("s3://bucket/articles") == "s3://reader:a@bucket/articles"


def test_handed_to_another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process can adopt the secrets of another one, in addition to its own."""
    keep_secrets("s3://me:secret@bucket")
    kept = kept_secrets()
    monkeypatch.setenv("_OVERTONES_ADDRESSES", "{}")
    keep_secrets("s3://me:other@elsewhere")
    adopt_secrets(kept)
    assert with_secrets("s3://bucket") == "s3://me:secret@bucket"
    assert with_secrets("s3://elsewhere") == "s3://me:other@elsewhere"


def test_nothing_is_kept_of_an_address_without_secrets() -> None:
    """A redacted address does not replace the address that it stands for."""
    keep_secrets("s3://me:secret@bucket")
    before = os.environ["_OVERTONES_ADDRESSES"]
    assert keep_secrets("s3://bucket") == "s3://bucket"
    assert os.environ["_OVERTONES_ADDRESSES"] == before


def test_key_and_secret() -> None:
    """Key and secret are unquoted, as a library needs them; without a password there is no key."""
    assert key_and_secret("s3://me:a%2Fb@bucket/x?versionId=1") == ("s3://bucket/x?versionId=1", "me", "a/b")
    assert key_and_secret("s3://bucket/x") == ("s3://bucket/x", "", "")


@pytest.mark.parametrize(
    "message",
    [
        "Cannot connect to https://anna:hush%2Fhush@host/x?sig=abcdef123",
        "404, message='Not Found', url='https://host/x?sig=abcdef123'",
        "Login of anna with hush/hush failed",
        "hush%2Fhush is no password",
        "bad signature: abcdef123",
        "cannot read https:/anna:hush%2Fhush@host/x",
        "invalid bucket name 'anna:hush/hush@bucket'",
    ],
)
def test_messages_of_libraries(message: str) -> None:
    """Whatever part of a kept address a library quotes, in whatever form, is removed."""
    keep_secrets("https://anna:hush%2Fhush@host/x?sig=abcdef123&x=y")
    shown = redact_text(message)
    assert not [secret for secret in ("anna", "hush", "abcdef123") if secret in shown]
    assert redact_text("Hannah said yes") == "Hannah said yes"
