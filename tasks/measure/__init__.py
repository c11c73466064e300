"""What a text measures: tokens, readability, sentiment, loaded language."""
