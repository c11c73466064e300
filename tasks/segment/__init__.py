"""Structure and attribution: kinds of paragraphs, bounds of sentences, quotations and their speakers, languages.

`segment_documents` does all of it for a batch. Each part has a function for columns of its own, and most have one for a
single text. The word lists and patterns are in `data`; its SOURCES.md says what each is and how to extend it.
"""

from __future__ import annotations

from tasks.segment.blocks.duplicates import fingerprint_texts
from tasks.segment.blocks.kinds import classify_paragraphs
from tasks.segment.blocks.languages import detect_language, detect_languages
from tasks.segment.blocks.paragraphs import split_paragraphs
from tasks.segment.blocks.reliability import note_readability
from tasks.segment.quotes.attribution import attribute_spans, count_touching, mark_voices, split_voices
from tasks.segment.quotes.attribution_rows import find_attributions, find_quotations, reported_rows, source_names
from tasks.segment.quotes.indirect_speech import reported_spans
from tasks.segment.quotes.mark_rules import quoted_spans
from tasks.segment.quotes.quotations import find_quotations_in
from tasks.segment.quotes.reporting_verbs import reporting_verbs
from tasks.segment.sentences import sentence_spans, sentences, split_sentences
from tasks.segment.stage import Segments, segment_documents

__all__ = [
    "Segments",
    "attribute_spans",
    "classify_paragraphs",
    "count_touching",
    "detect_language",
    "detect_languages",
    "find_attributions",
    "find_quotations",
    "find_quotations_in",
    "fingerprint_texts",
    "mark_voices",
    "note_readability",
    "quoted_spans",
    "reported_rows",
    "reported_spans",
    "reporting_verbs",
    "segment_documents",
    "sentence_spans",
    "sentences",
    "source_names",
    "split_paragraphs",
    "split_sentences",
    "split_voices",
]
