"""Finding one document by its id, its source, or a part of these; never a guess among several."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import polars as pl

from tasks.errors import StoreError, UsageError, did_you_mean
from tasks.store.reading import DEFAULT_FOLDER, scan_table

_N_SHOWN = 5
_N_COMPARED = 20_000
"""At most so many sources are compared for similar spelling; with more, it would take seconds."""


def find_document(name: str, folder: str | Path = DEFAULT_FOLDER) -> str:
    """The id of the one document that `name` names in the tables below `folder`.

    `name` is, in this order: a document_id, a source_uri, a source_uri and record, joined by a colon, the beginning of
    a document_id, the end of a source_uri that follows a slash, the path of a file that ends with a slash and a
    source_uri. Raises UsageError if it names none or several, listing some, or saying why the file was not analyzed.
    """
    name = os.fsencode(name).decode("utf-8", "backslashreplace")  # as `source_uri` holds bytes that are not UTF-8
    documents = scan_table("documents", folder).select("document_id", "source_uri", "record", "title").collect()
    uri, record = pl.col("source_uri"), pl.col("record")
    rules = (
        pl.col("document_id") == name,
        uri == name,
        uri + ":" + record == name,
        pl.col("document_id").str.starts_with(name) & pl.lit(bool(name)),
        uri.str.ends_with(f"/{name}"),
        _path_ends_with(name, uri),
    )
    for rule in rules:
        found = documents.filter(rule)
        if found.height == 1:
            return str(found["document_id"].item())
        if found.height > 1:
            raise UsageError(f"{name!r} names {found.height:,} documents; choose one:", *_listed(found))
    if why := _failure_of(name, folder):
        raise UsageError(f"{name} was not analyzed: {why}")
    raise UsageError(
        f"{Path(folder) / 'documents'} has no document {name!r}; "
        f"use a document_id (or the beginning of one) or a source_uri.{_hint(name, documents)}"
    )


def _path_ends_with(name: str, uri: pl.Expr) -> pl.Expr:
    return pl.lit(f"/{name}").str.ends_with("/" + uri)


def _failure_of(name: str, folder: str | Path) -> str:
    """The message of the first failure of the file `name`; empty if there is none, or no table of failures."""
    uri = pl.col("source_uri")
    is_it = (uri == name) | _path_ends_with(name, uri)
    with suppress(StoreError):
        messages = scan_table("failures", folder).filter(is_it).select("message").head(1).collect()["message"]
        return str(messages.item()) if len(messages) else ""
    return ""


def _hint(name: str, documents: pl.DataFrame) -> str:
    """A question that names sources whose uri or title contains `name`, else sources with a similar spelling."""
    holds = pl.any_horizontal(pl.col("source_uri", "title").str.to_lowercase().str.contains(name.lower(), literal=True))
    near = documents.filter(holds)["source_uri"].unique(maintain_order=True).head(3)
    if near.is_empty():
        return did_you_mean(name, documents["source_uri"].unique(maintain_order=True).head(_N_COMPARED))
    return f" Did you mean {' or '.join(map(repr, near))}?"


def _listed(found: pl.DataFrame) -> list[str]:
    lines = [
        f"    {document_id}  {uri}{'' if record is None else f':{record}'}"
        for document_id, uri, record, _ in found.head(_N_SHOWN).iter_rows()
    ]
    return lines + ["    ..."] * (found.height > _N_SHOWN)
