"""From files, folders and streams to documents: sources, decoding, formats.

>>> from tasks.options import Options
>>> import io
>>> documents, strays, failures = read_documents([Source("-", "-", 0, "text")], Options(), io.BytesIO(b"It rained."))
>>> documents["text"].to_list(), documents["encoding"].to_list()
(['It rained.'], ['utf-8'])
"""

from tasks.ingest.decoding import Decoded, Stray, decode, take_strays
from tasks.ingest.documents import (
    DOCUMENT_SCHEMA,
    STRAY_SCHEMA,
    Document,
    document_id,
    failures_frame,
    parse_date,
    read_chunks,
    read_documents,
    read_source,
)
from tasks.ingest.sources import STDIN, Failure, Source, find_sources, plan_batches

__all__ = [
    "DOCUMENT_SCHEMA",
    "STDIN",
    "STRAY_SCHEMA",
    "Decoded",
    "Document",
    "Failure",
    "Source",
    "Stray",
    "decode",
    "document_id",
    "failures_frame",
    "find_sources",
    "parse_date",
    "plan_batches",
    "read_chunks",
    "read_documents",
    "read_source",
    "take_strays",
]
