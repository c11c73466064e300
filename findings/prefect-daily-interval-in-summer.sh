#!/usr/bin/env bash
# A Prefect interval of one day, anchored at midnight in London in winter, runs at 01:00 all summer, and for days at both hours.
#
# Seen with:  prefect 3.8.8 (fastapi 0.149.0, SQLAlchemy 2.0.58), Python 3.11.7
# Look up:    the docstring of prefect.server.schemas.schedules.IntervalSchedule; "Schedules" in Prefect's documentation
# Behaviour:  The docstring says that for longer intervals, like a daily one, the clock hour stays constant across the change to
#             summer time. That holds only for dates that are counted on from a start before the change. From a start in summer the
#             same schedule gives 01:00. Prefect's scheduler asks again and again with a start that moves along, so around the
#             change it collects both 00:00 and 01:00 for the same day.
# Guess:      One run a day, at 00:00 London time, in winter and in summer, as the docstring says.
# Meaning:    A nightly run moves by an hour for seven months, and some days at the end of March have two runs, which count the
#             articles of a day twice if a run is not idempotent. Use a cron schedule with the time zone for whole days.
#
# Output seen:
#   asked on 26 March: 00:00 00:00 00:00 00:00 00:00
#   asked on 30 June:  01:00 01:00 01:00 01:00 01:00
#   asked every 6 hours from 27 March to 1 April:
#   29 March: 00:00
#   30 March: 00:00 01:00
#   31 March: 00:00 01:00
#   1 April: 00:00 01:00
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
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from prefect.server.schemas.schedules import IntervalSchedule

LONDON = ZoneInfo("Europe/London")
nightly = IntervalSchedule(
    interval=timedelta(days=1), anchor_date=datetime(2026, 1, 1, tzinfo=LONDON), timezone="Europe/London"
)


def ask(start, n=5):
    return [date.astimezone(LONDON) for date in asyncio.run(nightly.get_dates(n, start=start))]


def hours(dates):
    return " ".join(f"{date:%H:%M}" for date in dates)


spring = hours(ask(datetime(2026, 3, 26, 12, tzinfo=LONDON)))
summer = hours(ask(datetime(2026, 6, 30, 12, tzinfo=LONDON)))
print("asked on 26 March:", spring)
print("asked on 30 June: ", summer)

print("asked every 6 hours from 27 March to 1 April:")
collected = set()
now = datetime(2026, 3, 27, tzinfo=ZoneInfo("UTC"))
while now < datetime(2026, 4, 2, tzinfo=ZoneInfo("UTC")):
    collected.update(ask(now))
    now += timedelta(hours=6)
by_day = {}
for date in sorted(collected):
    by_day.setdefault(f"{date.day} {date:%B}", []).append(date)
for day in ("29 March", "30 March", "31 March", "1 April"):
    print(f"{day}: {hours(by_day[day])}")

if summer != "01:00 01:00 01:00 01:00 01:00" or hours(by_day["31 March"]) != "00:00 01:00":
    sys.exit("changed: the daily interval now keeps its hour")
PY
