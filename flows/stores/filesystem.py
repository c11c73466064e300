"""The file system of an object store: s3://, gs://, az://, file://, memory:// and whatever else fsspec has an address for.

Addresses here are redacted; what is secret in them is put back for the moment in which a store is opened, and removed
from what its library says. What a store does not answer is tried again, after pauses.
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
"""Options of a store's library unless it is configured (FSSPEC_S3): for S3 it would wait 25 times for a minute."""
_KEY_IN_ADDRESS = {"s3", "s3a"}
"""Stores whose library takes a key and its secret for a part of the bucket's name, if they are in the address."""


@contextmanager
def opened_store(address: str) -> Iterator[tuple[Any, str]]:
    """The file system of an address, and the path there; what goes wrong becomes an error that names the address."""
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
            f'{address}: a package is missing ({error}); pip install "overtones[object-stores]" brings it'
        ) from error
    except FileNotFoundError as error:
        raise UsageError(f"{address}: no such object or folder") from error
    except PermissionError as error:
        raise UsageError(f"{address}: the store refuses access ({redact_text(str(error))})") from error
    except OvertonesError:
        raise
    except Exception as error:  # each store's library has errors of its own
        raise ServiceError(
            f"{address}: the store refuses or does not answer ({redact_text(f'{type(error).__name__}: {error}')})"
        ) from error


PAUSES = (0.0, 0.5, 2.0, 8.0)
"""Seconds before each attempt at something. When one has failed, its library has tried several times by itself."""
_LONG_SECONDS = 60.0
"""What has taken longer than this is not tried again."""


def attempts() -> Iterator[None]:
    """As often as something should be tried, each after its pause."""
    began = time.monotonic()
    for pause in PAUSES:
        if time.monotonic() - began > _LONG_SECONDS:
            return
        time.sleep(pause)
        yield


def with_retries(address: str, action: Callable[[Any, str], T]) -> T:
    """What `action` returns for the file system of `address` and the path there; it is called again if the store fails."""
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
    """What an object holds; None if there is none."""
    try:
        content: bytes = files.cat_file(place)
    except FileNotFoundError:
        return None
    return content
