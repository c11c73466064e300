#!/usr/bin/env bash
# A Prefect cron schedule in the hour that is skipped in spring gives a date before the requested start.
#
# Seen with:  prefect 3.8.8 (fastapi 0.149.0, SQLAlchemy 2.0.58), Python 3.11.7
# Look up:    the docstrings of CronSchedule and CronSchedule.get_dates in prefect.server.schemas.schedules
# Behaviour:  `30 1 * * *` in Europe/London has no 01:30 on 29 March 2026. Asked from 02:00 summer time of that day, get_dates
#             answers 00:30 GMT of the same day, half an hour before the start. Its docstring says that the first date is on or
#             after the start. The run itself moves to an hour earlier than the clock time that was asked for.
# Guess:      30 March at 01:30; or 29 March at 02:30 summer time, when the skipped 01:30 would have been.
# Meaning:    A request for "the next run from now on" returns one in the past, on one night of the year.
#             Put nightly runs at hours that exist on every day, or in UTC.
#
# Output seen:
#   asked from:  2026-03-29T02:00:00+01:00
#   first date:  2026-03-29T00:30:00+00:00 (30 minutes before the start)
#   second date: 2026-03-30T01:30:00+01:00
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/python" -I -m pip install --quiet --disable-pip-version-check \
    "prefect==3.8.8" "fastapi==0.149.0" "SQLAlchemy==2.0.58" "tzdata==2026.6"

export PREFECT_HOME="$work/prefect" PREFECT_SERVER_ANALYTICS_ENABLED=0 DO_NOT_TRACK=1
"$work/venv/bin/python" -I - <<'PY'
import asyncio
import sys
from datetime import datetime

from prefect.server.schemas.schedules import CronSchedule

start = datetime.fromisoformat("2026-03-29T02:00:00+01:00")
schedule = CronSchedule(cron="30 1 * * *", timezone="Europe/London")
first, second = asyncio.run(schedule.get_dates(2, start=start))
early = (start - first).total_seconds() / 60
print("asked from: ", start.isoformat())
print("first date: ", first.isoformat(), f"({early:.0f} minutes before the start)" if early > 0 else "")
print("second date:", second.isoformat())
if early <= 0:
    sys.exit("changed: no date lies before the start any more")
PY
