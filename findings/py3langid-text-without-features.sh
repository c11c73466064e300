#!/usr/bin/env bash
# py3langid names empty text and English words such as "The", "No" and "Report" Afrikaans, as if that were a finding.
#
# Seen with:  py3langid 0.4.0, numpy 2.4.6, Python 3.11.7
# Look up:    py3langid's project page: classify(), rank(), norm_probs and set_languages()
# Behaviour:  Where no byte sequence of the model occurs, all languages have the same score, the lowest float32, and the first label
#             wins: af. Limited to German and English, the same words are German; with norm_probs they are Serbian. There is no
#             "unknown", although the model has a label for such text: "12 345" is zxx, "no linguistic content"; empty text is not.
#             Labels are two-letter codes, except where a language has none: "Yes" is kab.
# Guess:      An empty answer, an error, or "und" for text that gives no evidence; at least English for "The report".
# Meaning:    Short headlines, empty bodies and section names make Afrikaans a language of every collection; an
#             English-only filter drops them. Columns of width two and tables of ISO 639-1 codes fail on kab and zxx. Take a verdict
#             only with a minimum of letters, and treat a score of -3.4e38 as none.
#
# Output seen:
#   ''           af  -3.4e+38
#   'The'        af  -3.4e+38
#   'No'         af  -3.4e+38
#   'Report'     af  -3.4e+38
#   'Sport'      af  -3.4e+38
#   'Yes'        kab -4.5e+00
#   '12 345'     zxx 6.0e-01
#   'The' with norm_probs:         sr, 0.0141
#   'The' limited to de, en:       de
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/python" -I -m pip install --quiet --disable-pip-version-check "py3langid==0.4.0" "numpy==2.4.6"

"$work/venv/bin/python" -I - <<'PY'
import sys

import py3langid
from py3langid.langid import MODEL_FILE, LanguageIdentifier

seen = {}
for text in ("", "The", "No", "Report", "Sport", "Yes", "12 345"):
    language, score = py3langid.classify(text)
    seen[text] = language
    print(f"{text!r:<12} {language:<3} {score:.1e}")
normed = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
language, share = normed.classify("The")
print(f"'The' with norm_probs:         {language}, {share:.4f}")
py3langid.set_languages(["de", "en"])
print(f"'The' limited to de, en:       {py3langid.classify('The')[0]}")
if [seen[text] for text in ("", "The", "No", "Report", "Yes")] != ["af", "af", "af", "af", "kab"]:
    sys.exit("changed: py3langid answers otherwise for text without features")
PY
