"""Cleaning: repair of damaged encodings and removal of artefacts, with a table of all changes.

Modules, each building on those before it:

- `orthography`, `character_classes`, `plausibility`: properties of undamaged text;
- `codecs`, `runs`, `lossy_forms`, `c1_controls`: forms of damage, and how to undo them;
- `candidates`, `evidence`, `mojibake`: possible origins of a damaged run, the decision, and the repair of a text;
- `artefacts`: characters that are invisible, doubled, escaped or from another platform;
- `scan`, `stage`: the same for a batch of documents; `records`: for JSON lines;
- `repairs`, `explanation`: the changes as data, and as readable text.
"""

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
