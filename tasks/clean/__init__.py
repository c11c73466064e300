"""Clean text from damaged text, and a ledger of what was done."""

from tasks.clean.artefacts import normalize_text
from tasks.clean.explanation import Passage, explain_repairs
from tasks.clean.mojibake import repair_text
from tasks.clean.records import CleanedRecords, clean_records
from tasks.clean.repairs import Repair, Step, apply_steps
from tasks.clean.stage import COUNTED, clean_documents, clean_text

__all__ = [
    "COUNTED",
    "CleanedRecords",
    "Passage",
    "Repair",
    "Step",
    "apply_steps",
    "clean_documents",
    "clean_records",
    "clean_text",
    "explain_repairs",
    "normalize_text",
    "repair_text",
]
