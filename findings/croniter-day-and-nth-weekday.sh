#!/usr/bin/env bash
# In croniter a day of the month beside an n-th weekday is ignored, or makes a valid expression fail, though both are joined by OR.
#
# Seen with:  croniter 7.0.0, Python 3.11.7 (the copy inside prefect 3.8.8 does the same)
# Look up:    croniter's documentation, "Feature: day_or", and its section on `#` (n-th weekday) and `L`
# Behaviour:  `0 6 13 * fri` runs on the 13th and on every Friday: OR, as in cron. `0 6 13 * fri#2` runs on second Fridays alone; the
#             13th is gone unless it is one. `0 6 1 * fri#2`, whose day can never be a second Friday, raises CroniterBadDateError at
#             the first date asked for, although is_valid() says that it is valid.
# Guess:      `fri#2` is a narrower weekday, so the 13th and the second Friday of each month: OR as before.
# Meaning:    A report "on the first of the month and on the second Friday" is checked, accepted and deployed, and then never runs;
#             one for the 13th leaves out most of its days. Use two schedules.
#
# Output seen:
#   0 6 13 * fri    valid  2026-01-02 2026-01-09 2026-01-13 2026-01-16 2026-01-23
#   0 6 13 * fri#2  valid  2026-01-09 2026-02-13 2026-03-13 2026-04-10 2026-05-08
#   0 6 1 * fri#2   valid  CroniterBadDateError: failed to find next date
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/python" -I -m pip install --quiet --disable-pip-version-check "croniter==7.0.0"

"$work/venv/bin/python" -I - <<'PY'
import sys
from datetime import datetime

from croniter import CroniterBadDateError, croniter


def dates(expression):
    schedule = croniter(expression, datetime(2026, 1, 1))
    try:
        return " ".join(f"{schedule.get_next(datetime):%Y-%m-%d}" for _ in range(5))
    except CroniterBadDateError as error:
        return f"CroniterBadDateError: {error}"


seen = {}
for expression in ("0 6 13 * fri", "0 6 13 * fri#2", "0 6 1 * fri#2"):
    seen[expression] = dates(expression)
    print(f"{expression:<15} {'valid' if croniter.is_valid(expression) else 'invalid'}  {seen[expression]}")
if (
    "2026-01-13" not in seen["0 6 13 * fri"]
    or "2026-01-13" in seen["0 6 13 * fri#2"]
    or not seen["0 6 1 * fri#2"].startswith("CroniterBadDateError")
):
    sys.exit("changed: the day and the n-th weekday are joined in another way now")
PY
