#!/usr/bin/env bash
# DuckDB writes empty text and NULL differently to CSV, and reads both back as NULL.
#
# Seen with:  duckdb 2.0.0, Python 3.11.7 (polars 2.1.0 for comparison)
# Look up:    "CSV Import", options `allow_quoted_nulls` and `nullstr`, and "COPY ... TO" in DuckDB's documentation
# Behaviour:  COPY ... TO a CSV file writes empty text as `""` and NULL as nothing. read_csv takes both as NULL, since
#             allow_quoted_nulls is true by default. The difference that DuckDB took care to write is lost when it reads its own file.
# Guess:      Quotation marks say that a value is there, so that what DuckDB wrote comes back as it was; polars reads it so.
# Meaning:    "The field was empty" and "there was no such field" become one. Counts of missing headlines or authors rise after a
#             round trip through CSV, and a NOT NULL column of a table fails on its own export. Pass allow_quoted_nulls=false.
#
# Output seen:
#   the file: id,note | 1,"" | 2, | 3,text
#   written:                       [(1, ''), (2, None), (3, 'text')]
#   read back:                     [(1, None), (2, None), (3, 'text')]
#   with allow_quoted_nulls=false: [(1, ''), (2, None), (3, 'text')]
#   read by polars:                [(1, ''), (2, None), (3, 'text')]
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/python" -I -m pip install --quiet --disable-pip-version-check "duckdb==2.0.0" "polars==2.1.0"

cd "$work"
"$work/venv/bin/python" -I - <<'PY'
import sys
from pathlib import Path

import duckdb
import polars as pl

rows = "(VALUES (1, ''), (2, NULL), (3, 'text')) AS t(id, note)"
duckdb.sql(f"COPY (SELECT * FROM {rows}) TO 'notes.csv'")
written = duckdb.sql(f"SELECT * FROM {rows}").fetchall()
back = duckdb.sql("SELECT * FROM read_csv('notes.csv')").fetchall()
strict = duckdb.sql("SELECT * FROM read_csv('notes.csv', allow_quoted_nulls=false)").fetchall()
print("the file:", " | ".join(Path("notes.csv").read_text(encoding="utf-8").split()))
print("written:                      ", written)
print("read back:                    ", back)
print("with allow_quoted_nulls=false:", strict)
print("read by polars:               ", pl.read_csv("notes.csv").rows())
if back != [(1, None), (2, None), (3, "text")] or strict != written:
    sys.exit("changed: DuckDB reads its own CSV file in another way now")
PY
