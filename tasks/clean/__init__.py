"""Cleaning: repair of damaged encodings and removal of artefacts, with a table of everything that was changed.

Modules, each building on those before it:

- `orthography`, `character_classes`, `plausibility`: what text is like that is not damaged;
- `codecs`, `runs`, `lossy_forms`, `c1_controls`: what damage is like, and what undoes it;
- `candidates`, `evidence`, `mojibake`: what a damaged run was, and the repair of a text;
- `artefacts`: what is invisible, doubled, escaped or of another platform;
- `scan`, `stage`: the same for a batch of documents; `records`: for lines of JSON;
- `repairs`, `explanation`: what was done, as data and for people.
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
