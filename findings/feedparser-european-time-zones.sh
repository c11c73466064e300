#!/usr/bin/env bash
# feedparser reads 09:00 CET, CEST and BST as 09:00 UTC, while it knows EST and EDT.
#
# Seen with:  feedparser 6.0.14, Python 3.11.7
# Look up:    "Date Parsing" in feedparser's documentation: `published_parsed` is in UTC
# Behaviour:  Names of American zones and numbers (+0200) are turned into UTC. The names of European zones are not known; the hour
#             is taken unchanged and returned as UTC, without `bozo` and without None, which unparsable dates get.
# Guess:      Right for all common names; or None for a zone that is not known.
# Meaning:    Articles are dated an hour late (CET in winter, BST in summer) or two (CEST). Just after midnight
#             the difference is a day: rates by day and "published in the last hour" are wrong for those sources alone. Read
#             `published` yourself, and refuse zone names that you don't know.
#
# Output seen:
#   09:00 GMT   -> 09:00 UTC
#   09:00 +0200 -> 07:00 UTC
#   09:00 EDT   -> 13:00 UTC
#   09:00 BST   -> 09:00 UTC, right is 08:00
#   09:00 CET   -> 09:00 UTC, right is 08:00
#   09:00 CEST  -> 09:00 UTC, right is 07:00
#   bozo: False
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/python" -I -m pip install --quiet --disable-pip-version-check "feedparser==6.0.14"

"$work/venv/bin/python" -I - <<'PY'
import sys

import feedparser

right = {"GMT": 9, "+0200": 7, "EDT": 13, "BST": 8, "CET": 8, "CEST": 7}
items = "".join(
    f"<item><title>{zone}</title><pubDate>Mon, 01 Jun 2026 09:00:00 {zone}</pubDate></item>" for zone in right
)
feed = feedparser.parse(f"<?xml version='1.0'?><rss version='2.0'><channel><title>News</title>{items}</channel></rss>")
read = {}
for entry in feed.entries:
    zone, read[entry.title] = entry.title, entry.published_parsed.tm_hour
    note = "" if read[zone] == right[zone] else f", right is {right[zone]:02}:00"
    print(f"09:00 {zone:<5} -> {read[zone]:02}:00 UTC{note}")
print("bozo:", bool(feed.bozo))
if read != {**right, "BST": 9, "CET": 9, "CEST": 9} or feed.bozo:
    sys.exit("changed: feedparser reads the names of time zones in another way now")
PY
