"""Locks on output and report folders. Only one process writes at a time, and others can report which one."""

from __future__ import annotations

import logging
import os
import platform
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tasks.errors import OutputInUse, StoreError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tasks.store.ownership import Kind

_LOG = logging.getLogger("overtones")


@contextmanager
def holding_outputs(out: Path, reports: Path, seconds: float) -> Iterator[None]:
    """Hold the locks on the tables and the report during a run. Raises the errors of `holding_tables`.

    If the report folder cannot be written, the tables are still made; writing the report fails afterwards.
    """
    with ExitStack() as stack:
        stack.enter_context(holding_tables(out, seconds))
        try:
            stack.enter_context(holding_report(reports, out, seconds))
        except OutputInUse:
            raise
        except StoreError as error:
            _LOG.info("the report cannot be written", extra={"error": str(error)})
        yield


@contextmanager
def holding_tables(out: Path, seconds: float) -> Iterator[None]:
    """Hold the lock on the tables in `out`. The folder is created if it does not exist.

    Raises OutputInUse, naming the process that holds the lock, if it is not released within `seconds`; StoreError if
    the folder cannot be written; UsageError if its name is not UTF-8, because polars cannot open it.
    """
    try:
        os.fspath(out).encode()
    except UnicodeEncodeError as error:
        raise UsageError(f"{out}: the name of this folder is not UTF-8; choose another folder with --out") from error
    from tasks.store import check_tables_folder

    check_tables_folder(out)
    with _holding(out, seconds, "--out"):
        check_tables_folder(out)  # once more, because another run may have ended since
        _mark(out, "tables", "--out")
        yield


@contextmanager
def holding_report(reports: Path, out: Path, seconds: float) -> Iterator[None]:
    """Hold the lock on the report in `reports`. Raises the errors of `holding_tables`.

    The caller holds the lock on `out` already, so nothing is done if both are the same folder.
    """
    if os.path.realpath(reports) == os.path.realpath(out):
        yield
        return
    from tasks.store import check_reports_folder

    check_reports_folder(reports)
    with _holding(reports, seconds, "--reports"):
        check_reports_folder(reports)
        _mark(reports, "report", "--reports")
        yield


def _mark(folder: Path, kind: Kind, option: str) -> None:
    from tasks.store import mark

    try:
        mark(folder, kind)
    except OSError as error:
        raise _refusal(folder, error, option) from error


def _refusal(folder: Path, error: OSError, option: str) -> StoreError:
    return StoreError(f"cannot write into {folder}: {error.strerror}; choose another folder with {option}")


@contextmanager
def _holding(folder: Path, seconds: float, option: str) -> Iterator[None]:
    from filelock import FileLock, Timeout

    from tasks.store import STATE, make_folder, write_new

    holder = folder / STATE / "holder"
    try:
        make_folder(holder.parent)
        lock = FileLock(folder / STATE / "lock", timeout=seconds)
        lock.acquire()
    except Timeout as error:
        raise OutputInUse(
            f"{_named_in(holder)} is writing to {folder}; "
            f"wait for it with --wait SECONDS, or choose another folder with {option}"
        ) from error
    except OSError as error:
        raise _refusal(folder, error, option) from error
    try:
        with suppress(OSError):  # a full disk is reported when the tables are written
            write_new(
                holder, f"process {os.getpid()} on {platform.node()}, since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC,"
            )
        yield
    finally:
        with suppress(OSError):
            holder.unlink()
        lock.release()


def _named_in(holder: Path) -> str:
    try:
        return holder.read_text("utf-8") or "another run"
    except (OSError, ValueError):
        return "another run"
