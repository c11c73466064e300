#!/usr/bin/env bash
# htmldate makes the first of January out of a number that looks like a year: part of a telephone number, a count, a copyright line.
#
# Seen with:  htmldate 1.11.0, lxml 6.1.3, Python 3.11.7 (the `date` of trafilatura's metadata comes from it)
# Look up:    the docstring of htmldate.find_date, argument `extensive_search`
# Behaviour:  Where a page has no date in its markup, the default search takes the likeliest year in the text and answers a whole date,
#             YYYY-01-01. The result cannot be distinguished from a date on the page. extensive_search=False gives None.
# Guess:      None for a page without a date: a date needs a day and a month.
# Meaning:    Articles without a date pile up on the first of January, of the year of the publisher's copyright line or telephone
#             number; charts by week show a peak there. Pass extensive_search=False, or treat the first of January as doubtful.
#
# Output seen:
#   Call 555-2019.                 -> 2019-01-01
#   The town had 2024 inhabitants. -> 2024-01-01
#   © 2021 The Paper               -> 2021-01-01
#   Nothing more is known.         -> None
#   with extensive_search=False    -> None, None, None, None
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/python" -I -m pip install --quiet --disable-pip-version-check "htmldate==1.11.0" "lxml==6.1.3"

"$work/venv/bin/python" -I -X utf8 - <<'PY'
import sys

from htmldate import find_date

lines = ["Call 555-2019.", "The town had 2024 inhabitants.", "© 2021 The Paper", "Nothing more is known."]
pages = [
    f"<html><head><title>Bridge</title></head><body><p>The council will repair the old bridge.</p><p>{line}</p></body></html>"
    for line in lines
]
found = [find_date(page) for page in pages]
for line, date in zip(lines, found):
    print(f"{line:<30} -> {date}")
strict = [find_date(page, extensive_search=False) for page in pages]
print("with extensive_search=False    ->", ", ".join(map(str, strict)))
if found != ["2019-01-01", "2024-01-01", "2021-01-01", None] or any(strict):
    sys.exit("changed: htmldate no longer makes a date of a bare year")
PY
