"""The file system of an object store: s3://, gs://, az://, file://, memory:// and everything else that fsspec supports.

Addresses here are redacted. Their secrets are put back only to open a store, and removed from the messages of its
library. Requests that fail are retried after pauses.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from flows.stores.addresses import key_and_secret, redact_text, with_secrets
from tasks.errors import OvertonesError, ServiceError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")

CLIENT_TIMEOUTS: dict[str, dict[str, Any]] = {
    "s3": {"config_kwargs": {"read_timeout": 20, "retries": {"max_attempts": 1}}}
}
"""Options of a store's library, unless it is configured (FSSPEC_S3). With its defaults, S3 would wait a minute, 25
times.
"""
_KEY_IN_ADDRESS = {"s3", "s3a"}
"""Stores whose library would treat a key and secret in the address as part of the bucket's name."""


@contextmanager
def opened_store(address: str) -> Iterator[tuple[Any, str]]:
    """The file system of an address, and the path in it. Errors are converted to errors that name the address."""
    try:
        import fsspec

        protocol = address.partition("://")[0]
        options = {} if fsspec.config.conf.get(protocol) else dict(CLIENT_TIMEOUTS.get(protocol, {}))
        place = with_secrets(address.rstrip("/"))
        if protocol in _KEY_IN_ADDRESS:
            place, key, secret = key_and_secret(place)
            options |= {"key": key, "secret": secret} if key else {}
        try:
            opened = fsspec.core.url_to_fs(place, **options)
        except ValueError as error:  # an unknown protocol
            raise UsageError(f"{address}: {redact_text(str(error))}") from error
        yield opened
    except ImportError as error:
        raise UsageError(
            f'{address}: a package is missing ({error}); install it with: pip install "overtones[object-stores]"'
        ) from error
    except FileNotFoundError as error:
        raise UsageError(f"{address}: no such object or folder") from error
    except PermissionError as error:
        raise UsageError(f"{address}: the store refuses access ({redact_text(str(error))})") from error
    except OvertonesError:
        raise
    except Exception as error:  # each store's library has its own errors
        raise ServiceError(
            f"{address}: the store refuses the request or does not respond ({redact_text(f'{type(error).__name__}: {error}')})"
        ) from error


PAUSES = (0.0, 0.5, 2.0, 8.0)
"""Seconds before each attempt. Before an attempt fails, the library has tried several times itself."""
_LONG_SECONDS = 60.0
"""An action that has taken longer than this is not retried. In seconds."""


def attempts() -> Iterator[None]:
    """Iterate once per attempt, each after its pause."""
    began = time.monotonic()
    for pause in PAUSES:
        if time.monotonic() - began > _LONG_SECONDS:
            return
        time.sleep(pause)
        yield


def with_retries(address: str, action: Callable[[Any, str], T]) -> T:
    """The result of `action` for the file system of `address` and the path in it. It is retried if the store fails."""
    for _ in attempts():
        try:
            with opened_store(address) as (files, path):
                return action(files, path)
        except ServiceError as error:
            last = error
    raise last


def names_at(address: str) -> set[str]:
    """The objects below an address, by their paths below it."""

    def find(files: Any, top: str) -> set[str]:
        files.invalidate_cache()
        return {path.removeprefix(top).lstrip("/") for path in files.find(top)}

    return with_retries(address.rstrip("/"), find)


def content_of(files: Any, place: str) -> bytes | None:
    """The content of an object; None if it does not exist."""
    try:
        content: bytes = files.cat_file(place)
    except FileNotFoundError:
        return None
    return content
