"""The tables on disk: batches written aside, published whole, found again by the next run, and read back."""

from tasks.schemas import FINGERPRINT_SCHEMA, FINGERPRINTS
from tasks.store.completeness import naming_damage
from tasks.store.durability import make_folder
from tasks.store.lookup import find_document
from tasks.store.manifest import (
    MANIFEST,
    STATE,
    BatchRecord,
    FileRecord,
    Manifest,
    Previous,
    SourceRecord,
    hash_file,
    read_manifest,
)
from tasks.store.ownership import (
    MARKER,
    REPORT_LIST,
    check_apart,
    check_reports_folder,
    check_tables_folder,
    foreign_objects,
    holds_tables,
    is_part_name,
    is_summary,
    list_report_files,
    listed_report_files,
    mark,
    owner_of,
    report_list,
    write_new,
)
from tasks.store.parquet import arrow_schema, write_table
from tasks.store.publishing import Part, discard_replaced, publish, publish_failures, recover, repeated_records
from tasks.store.reading import DEFAULT_FOLDER, read_table, scan_table
from tasks.store.spreadsheets import for_spreadsheet
from tasks.store.staging import (
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
    "MARKER",
    "REPORT_LIST",
    "STATE",
    "BatchRecord",
    "BatchWriter",
    "FileRecord",
    "Manifest",
    "Part",
    "Previous",
    "SourceRecord",
    "arrow_schema",
    "batch_key",
    "batches_folder",
    "check_apart",
    "check_reports_folder",
    "check_tables_folder",
    "discard_replaced",
    "find_document",
    "for_spreadsheet",
    "foreign_objects",
    "hash_file",
    "holds_tables",
    "is_part_name",
    "is_summary",
    "list_report_files",
    "listed_report_files",
    "make_folder",
    "mark",
    "naming_damage",
    "owner_of",
    "publish",
    "publish_failures",
    "read_manifest",
    "read_table",
    "recover",
    "repeated_records",
    "report_list",
    "reusable_rows",
    "scan_table",
    "staged_batch",
    "write_new",
    "write_table",
]
