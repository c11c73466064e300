#!/usr/bin/env bash
# One parquet column of ordered categories has three answers to "sort": pandas by rank, polars and DuckDB by letter, pyarrow an error.
#
# Seen with:  pyarrow 26.0.1, pandas 3.1.1, polars 2.1.0, duckdb 2.0.0, Python 3.11.7
# Look up:    pyarrow.Table.sort_by; pandas, "Categorical data: sorting and order"; polars.Categorical; DuckDB, "Parquet: data types"
# Behaviour:  pandas writes an ordered categorical as dictionary<int8, string, ordered>. pandas sorts it in the declared order. polars
#             reads it as Categorical and sorts by letter; DuckDB reads it as VARCHAR and does likewise. pyarrow, which read the flag
#             "ordered" from the file, cannot sort a dictionary column and raises ArrowNotImplementedError.
# Guess:      The order is in the file, so all of them follow it; pyarrow, the library that defines the type, sorts it in any case.
# Meaning:    A table of levels (low, middle, high) comes out high, low, middle in half of the readers, without an error, and
#             "the first row" differs between a notebook and a query. Store a number for the rank beside the name and sort by that.
#
# Output seen:
#   type in the file: dictionary<values=string, indices=int8, ordered=1>
#   pandas:  ['low', 'low', 'middle', 'high']
#   polars:  ['high', 'low', 'low', 'middle']
#   duckdb:  ['high', 'low', 'low', 'middle']
#   pyarrow: ArrowNotImplementedError
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/python" -I -m pip install --quiet --disable-pip-version-check \
    "pyarrow==26.0.1" "pandas==3.1.1" "polars==2.1.0" "duckdb==2.0.0"

cd "$work"
"$work/venv/bin/python" -I - <<'PY'
import sys

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

levels = pd.Categorical(["high", "low", "middle", "low"], categories=["low", "middle", "high"], ordered=True)
pd.DataFrame({"level": levels}).to_parquet("levels.parquet")

table = pq.read_table("levels.parquet")
print("type in the file:", table.schema.field("level").type)
by_pandas = pd.read_parquet("levels.parquet").sort_values("level")["level"].tolist()
by_polars = pl.read_parquet("levels.parquet").sort("level")["level"].to_list()
by_duckdb = [row[0] for row in duckdb.sql("SELECT level FROM 'levels.parquet' ORDER BY level").fetchall()]
try:
    by_pyarrow = table.sort_by("level")["level"].to_pylist()
except pa.ArrowNotImplementedError as error:
    by_pyarrow = type(error).__name__
print("pandas: ", by_pandas)
print("polars: ", by_polars)
print("duckdb: ", by_duckdb)
print("pyarrow:", by_pyarrow)

by_rank, by_letter = ["low", "low", "middle", "high"], ["high", "low", "low", "middle"]
if (by_pandas, by_polars, by_duckdb, by_pyarrow) != (by_rank, by_letter, by_letter, "ArrowNotImplementedError"):
    sys.exit("changed: one of the readers sorts the column in another way now")
PY
