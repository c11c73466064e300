"""What a terminal shows: progress, articles, explanations and the summary of a run."""
