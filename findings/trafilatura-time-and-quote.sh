#!/usr/bin/env bash
# trafilatura removes the words inside <time> from the middle of a sentence, and the quotation marks and the sentence's end with <q>.
#
# Seen with:  trafilatura 2.3.1, lxml 6.1.3, lxml_html_clean 0.4.6, Python 3.11.7
# Look up:    trafilatura's documentation of extract(); the lists MANUALLY_CLEANED and MANUALLY_STRIPPED in trafilatura.settings
# Behaviour:  <time> is in the list of elements that are removed with their content (beside forms, scripts and menus), not in
#             that of elements of which only the tags go (abbr, cite, data). A date or an hour in running text is lost and the
#             sentence closes over the gap. <q> becomes a block quotation: the marks, which a browser draws, are not
#             put in, and a line break is put into the sentence behind it.
# Guess:      Both are inline elements of running text: <time> keeps its words, and <q> gives quoted words within one line.
# Meaning:    Sentences lose the date of what they report, and word counts and readability are of a text that nobody published. The
#             speaker's words become the author's own, and one sentence becomes two lines, which a reader of paragraphs takes for two
#             paragraphs. Turn <time> into <span> and <q> into marks before extraction.
#
# Output seen:
#   The council met on and voted at . It agreed to repair the old bridge before winter begins.
#   The mayor said we have waited long enough
#   and signed the order. Engineers had warned of this for years.
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/python" -I -m pip install --quiet --disable-pip-version-check \
    "trafilatura==2.3.1" "lxml==6.1.3" "lxml_html_clean==0.4.6"

"$work/venv/bin/python" -I - <<'PY'
import sys

from trafilatura import extract

page = """<!DOCTYPE html><html lang="en"><head><title>Bridge</title></head><body><article>
<p>The council met on <time datetime="2026-03-03">3 March</time> and voted at <time>noon</time>. It agreed to repair the old bridge
before winter begins.</p>
<p>The mayor said <q>we have waited long enough</q> and signed the order. Engineers had warned of this for years.</p>
<p>Traffic will be sent over the northern ring road while the works last, which may take ten weeks, the county said.</p>
</article></body></html>"""
lines = extract(page).splitlines()
print("\n".join(lines[:3]))
if "March" in lines[0] or "noon" in lines[0] or not lines[1].endswith("long enough"):
    sys.exit("changed: trafilatura keeps <time>, or keeps a sentence with <q> whole")
PY
