"""From files, folders and streams to documents: sources, decoding, formats.

>>> from tasks.options import Options
>>> import io
>>> documents, invalid_bytes, failures = read_documents([Source("-", "-", 0, "text")], Options(), io.BytesIO(b"It rained."))
>>> documents["text"].to_list(), documents["encoding"].to_list()
(['It rained.'], ['utf-8'])
"""

from tasks.ingest.decoding import Decoded, Stray, decode, take_invalid_bytes
from tasks.ingest.documents import (
    DOCUMENT_SCHEMA,
    INVALID_BYTES_SCHEMA,
    Document,
    Frames,
    document_id,
    failures_frame,
    parse_date,
    read_chunks,
    read_documents,
    read_source,
)
from tasks.ingest.sources import (
    STDIN,
    Failure,
    Share,
    Source,
    find_sources,
    fitting_batch_bytes,
    left_out_by_name,
    plan_batches,
    share_out,
    source_format,
)

__all__ = [
    "DOCUMENT_SCHEMA",
    "INVALID_BYTES_SCHEMA",
    "STDIN",
    "Decoded",
    "Document",
    "Failure",
    "Frames",
    "Share",
    "Source",
    "Stray",
    "decode",
    "document_id",
    "failures_frame",
    "find_sources",
    "fitting_batch_bytes",
    "left_out_by_name",
    "parse_date",
    "plan_batches",
    "read_chunks",
    "read_documents",
    "read_source",
    "share_out",
    "source_format",
    "take_invalid_bytes",
]
