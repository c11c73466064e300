#!/usr/bin/env bash
# A pandas table written with xlsxwriter gives 1900-01-01 back as a time of day, and earlier dates a day too early; openpyxl does not.
#
# Seen with:  xlsxwriter 3.3.1, openpyxl 3.1.5, pandas 3.1.1, Python 3.11.7
# Look up:    "Working with Dates and Time" in xlsxwriter's documentation; pandas.DataFrame.to_excel, argument `engine`
# Behaviour:  pandas takes xlsxwriter where it is installed. xlsxwriter writes 1900-01-01 as the serial number 0, which means "a
#             time without a date", and 1890-05-01 as -3531. Read back, the first is datetime.time(0, 0) and the second 1890-04-30.
#             With engine="openpyxl" the same calls write 1 and -3530, and both dates come back whole. Neither warns.
# Guess:      Both engines write the same number for the same date, and a date that a sheet cannot hold is an error.
# Meaning:    1900-01-01 is a usual placeholder for "date unknown", and archives of newspapers begin before 1900. Which engine happens
#             to be installed decides whether such dates survive; one of them turns a column of dates into mixed types. Write dates
#             before March 1900 as ISO text.
#
# Output seen:
#   written:    1890-05-01, 1900-01-01, 1900-01-02, 2026-03-04
#   xlsxwriter: 1890-04-30, time(0, 0), 1900-01-02, 2026-03-04
#   openpyxl:   1890-05-01, 1900-01-01, 1900-01-02, 2026-03-04
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/python" -I -m pip install --quiet --disable-pip-version-check \
    "xlsxwriter==3.3.1" "openpyxl==3.1.5" "pandas==3.1.1"

cd "$work"
"$work/venv/bin/python" -I - <<'PY'
import sys
from datetime import datetime

import pandas as pd

days = [datetime(1890, 5, 1), datetime(1900, 1, 1), datetime(1900, 1, 2), datetime(2026, 3, 4)]


def show(values):
    return ", ".join(
        f"{value:%Y-%m-%d}" if isinstance(value, datetime) else f"time({value.hour}, {value.minute})" for value in values
    )


def there_and_back(engine):
    pd.DataFrame({"day": days}).to_excel(f"{engine}.xlsx", engine=engine, index=False)
    return show(pd.read_excel(f"{engine}.xlsx", engine="openpyxl")["day"])


print("written:   ", show(days))
other, same = there_and_back("xlsxwriter"), there_and_back("openpyxl")
print("xlsxwriter:", other)
print("openpyxl:  ", same)
if other != "1890-04-30, time(0, 0), 1900-01-02, 2026-03-04" or same != show(days):
    sys.exit("changed: one of the engines writes early dates in another way now")
PY
