#!/usr/bin/env bash
# Where a word after "but" has half the value of one before it, vaderSentiment weakens the earlier word twice and does not stress the later.
#
# Seen with:  vaderSentiment 3.3.2, Python 3.11.7
# Look up:    `SentimentIntensityAnalyzer._but_check` in vaderSentiment's source; its README describes the rule for "but"
# Behaviour:  Words before "but" count half, words after it one and a half times. The loop asks `list.index` for the place of each value
#             while it changes the same list. "betrayal" (-2.8) before "but" becomes -1.4; "blame" (-1.4) after it is then found at
#             the place of "betrayal", which is halved once more, and "blame" stays as it is.
# Guess:      What counts is where a word stands, not whether another word happens to have the same value.
# Meaning:    With a milder word after "but" the sentence scores as more negative. A columnar version that must give the library's
#             scores has to copy the loop, and an explanation of a score cannot say "after but: one and a half times" for every word.
#
# Output seen:
#   The betrayal was plain, but the blame is on both.    values [-0.7, -1.4]  compound -0.4767
#   The betrayal was plain, but the accused is on both.  values [-1.4, -1.8]  compound -0.6369
#   by the rule, the first: values [-1.4, -2.1]
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/python" -I -m pip install --quiet --disable-pip-version-check "vaderSentiment==3.3.2"

"$work/venv/bin/python" -I -X utf8 - <<'PY'
import sys

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

analyzer = SentimentIntensityAnalyzer()
values = {word: analyzer.lexicon[word] for word in ("betrayal", "blame", "accused")}


def weighed(words):
    return [round(v, 2) for v in analyzer._but_check(words, [values.get(word, 0) for word in words]) if v]


for sentence in ("The betrayal was plain, but the blame is on both.", "The betrayal was plain, but the accused is on both."):
    words = sentence.lower().replace(",", "").replace(".", "").split()
    print(f"{sentence:52} values {weighed(words)}  compound {analyzer.polarity_scores(sentence)['compound']}")
rule = [values["betrayal"] * 0.5, values["blame"] * 1.5]
print(f"by the rule, the first: values {[round(v, 2) for v in rule]}")
if weighed("betrayal but blame".split()) != [-0.7, -1.4]:
    sys.exit("changed: each word is weighed by its own place now")
PY
