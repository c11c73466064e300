"""Ingestion: from files, folders and streams to documents.

Modules, in the order in which a run uses them:

- `sources`: every file below what a user names, and what is left out; `batches`: which of them are read together;
- `signatures`, `recognition`: what a file's content shows, and its format by that; `formats`: the table of formats, and
  a reader for each; `compression`, `packages`, `decoding`: from packed bytes to text and XML;
- `articles`, `paper`, `pdf_layout`, `exports`, `markers`: what readers of documents and of exports share;
- `records`, `front_matter`, `dates`: what readers share;
- `model`, `documents`: a document, and many as tables; `reading`: all of it for a list of sources.

>>> from tasks.options import Options
>>> import io
>>> documents, invalid_bytes, failures = read_documents([Source("-", "-", 0, "text")], Options(), io.BytesIO(b"It rained."))
>>> documents["text"].to_list(), documents["encoding"].to_list()
(['It rained.'], ['utf-8'])
"""

from tasks.ingest.batches import fitting_batch_bytes, plan_batches, share_out
from tasks.ingest.dates import parse_date
from tasks.ingest.decoding import Decoded, InvalidByte, decode, take_invalid_bytes
from tasks.ingest.documents import DOCUMENT_SCHEMA, INVALID_BYTES_SCHEMA, Frames, failures_frame
from tasks.ingest.model import STDIN, Document, Failure, Share, Source, document_id
from tasks.ingest.reading import identify, read_chunks, read_documents, read_source
from tasks.ingest.sources import find_sources, left_out_by_name, source_format

__all__ = [
    "DOCUMENT_SCHEMA",
    "INVALID_BYTES_SCHEMA",
    "STDIN",
    "Decoded",
    "Document",
    "Failure",
    "Frames",
    "InvalidByte",
    "Share",
    "Source",
    "decode",
    "document_id",
    "failures_frame",
    "find_sources",
    "fitting_batch_bytes",
    "identify",
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
