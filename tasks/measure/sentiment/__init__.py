"""VADER's sentiment of texts, in columns, equal to vaderSentiment to the last bit."""

from tasks.measure.sentiment.explain import explain_sentiment, find_sentiment_terms, sentiment, sum_sentiment
from tasks.measure.sentiment.rules import RULES
from tasks.measure.sentiment.scores import measure_sentiment

__all__ = [
    "RULES",
    "explain_sentiment",
    "find_sentiment_terms",
    "measure_sentiment",
    "sentiment",
    "sum_sentiment",
]
