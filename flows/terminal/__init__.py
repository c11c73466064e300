"""Output on a terminal: progress, articles, explanations and the summary of a run."""
