"""Columns of texts as bytes: buffers, character classes, arrays of spans, hashed tokens."""
