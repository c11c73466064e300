"""VADER's sentiment of texts, in columns, equal to vaderSentiment to the last bit."""
