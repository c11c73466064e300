"""Paragraphs: their bounds, kinds and languages, which are copies, and how reliable their readability is."""
