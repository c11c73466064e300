"""Clean text from damaged text, and a ledger of what was done."""

from tasks.clean.artefacts import normalize_text
from tasks.clean.documents import clean_documents, clean_text
from tasks.clean.ledger import Repair, Step, apply_steps
from tasks.clean.mojibake import repair_text

__all__ = ["Repair", "Step", "apply_steps", "clean_documents", "clean_text", "normalize_text", "repair_text"]
