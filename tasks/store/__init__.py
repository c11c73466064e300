"""The tables on disk: batches written aside, published whole, found again by the next run, and read back."""

from tasks.store.lookup import find_document
from tasks.store.manifest import (
    MANIFEST,
    STATE,
    BatchRecord,
    FileRecord,
    Previous,
    SourceRecord,
    hash_file,
    iterate_files,
    read_manifest,
)
from tasks.store.parquet import arrow_schema, write_table
from tasks.store.publishing import Part, discard_replaced, publish, recover, repeated_records
from tasks.store.reading import DEFAULT_FOLDER, read_table, scan_table
from tasks.store.staging import (
    FINGERPRINT_SCHEMA,
    FINGERPRINTS,
    BatchWriter,
    batch_key,
    batches_folder,
    reusable_rows,
    staged_batch,
)

__all__ = [
    "DEFAULT_FOLDER",
    "FINGERPRINTS",
    "FINGERPRINT_SCHEMA",
    "MANIFEST",
    "STATE",
    "BatchRecord",
    "BatchWriter",
    "FileRecord",
    "Part",
    "Previous",
    "SourceRecord",
    "arrow_schema",
    "batch_key",
    "batches_folder",
    "discard_replaced",
    "find_document",
    "hash_file",
    "iterate_files",
    "publish",
    "read_manifest",
    "read_table",
    "recover",
    "repeated_records",
    "reusable_rows",
    "scan_table",
    "staged_batch",
    "write_table",
]
