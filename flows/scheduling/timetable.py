"""When runs are due, as a schedule that Prefect evaluates rightly in every zone, also where the clocks change.

What Prefect 3.8.8 makes of a zone in which they do:

- An interval is counted from a date in the zone: one of a day is an hour late for half of the year and falls twice on
  some days around the change, one of 30 minutes loses an hour in autumn.
- A cron time that the clocks skip in spring is run an hour early; one that comes twice in autumn is run the first time.
- A recurrence rule does the same, and Prefect takes single dates in and out of it.

So a time is built from what it does well:

- Intervals that are no whole days are counted in UTC, where no clock changes.
- Whole days are midnights in the zone, as a cron expression (1d, 1w) or as a rule.
- A cron expression that is due in every hour is turned to UTC, so that it is due in the skipped and in the repeated hour.
- Any other is handed on as it is, unless the clocks skip a time of it within the next years. Then it becomes a rule, and
  the time that is skipped is replaced by that as much later as the clocks are put forward: 01:30 becomes 02:30.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

from flows.scheduling.cron import Cron
from tasks.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prefect.client.schemas.schedules import CronSchedule, IntervalSchedule, RRuleSchedule

    Schedule = CronSchedule | IntervalSchedule | RRuleSchedule

SHORTEST_INTERVAL = timedelta(seconds=10)
_LONGEST_INTERVAL = timedelta(days=366)
_DAY = timedelta(days=1)
_YEARS_AHEAD = 10
_LONGEST_RULE = 6500  # Prefect takes no more characters
_NO_ZONES = {"Factory", "localtime"}
"""Stand among the names of zones and are none."""
_A_MONDAY = datetime(2024, 1, 1)  # noqa: DTZ001  # the date on a clock, in whatever zone
"""Whole days are counted from here."""


@dataclass(frozen=True)
class Timetable:
    """When runs are due: a cron expression or an interval, in a time zone."""

    cron: str | None
    interval: timedelta | None
    timezone: str

    def __post_init__(self) -> None:
        """Raise UsageError for a timetable that cannot be kept."""
        if (self.cron is None) == (self.interval is None):
            raise UsageError('say when: either --cron "0 6 * * *" or --interval 15m')
        if self.timezone not in available_timezones() - _NO_ZONES:
            raise UsageError(f"--timezone {self.timezone!r}: no such zone; UTC is one, Europe/London another")
        _ = self._expression  # which raises UsageError

    def told(self) -> str:
        """The timetable in words.

        >>> Timetable(None, timedelta(hours=6), "Europe/London").told()
        'every 6h, counted from midnight UTC'
        >>> Timetable(None, timedelta(days=2), "Europe/London").told()
        'every 2d at midnight, Europe/London'
        >>> Timetable("30 6 * * mon", None, "Europe/London").told()
        'cron 30 6 * * mon, Europe/London'
        """
        if self.interval is None:
            return f"cron {self.cron}, {self.timezone}"
        every = _written(self.interval)
        if not self.interval % _DAY:
            return f"every {every} at midnight, {self.timezone}"
        start = "midnight UTC" if not _DAY % self.interval else "2024-01-01 00:00 UTC"
        return f"every {every}, counted from {start}"

    def as_prefect(self, now: datetime | None = None) -> Schedule:
        """The timetable in Prefect's words, for a deployment that is made `now` and serves for the next years."""
        from prefect.client.schemas.schedules import CronSchedule, RRuleSchedule

        now = now or datetime.now(UTC)
        if self.interval is not None and self.interval % _DAY:
            return _counted_in_utc(self.interval, _A_MONDAY.replace(tzinfo=UTC))
        zone = ZoneInfo(self.timezone)
        cron, changes = self._expression, list(_changes(zone, now))
        if not changes and not cron and self.interval is not None:
            offset = now.astimezone(zone).utcoffset() or timedelta()
            return _counted_in_utc(self.interval, _A_MONDAY.replace(tzinfo=UTC) - offset)
        if changes and cron and cron.every_hour() and (minutes := _minutes_in_utc(cron, changes)):
            return CronSchedule(cron=f"{','.join(map(str, minutes))} * * * *", timezone="UTC")
        skipped = list(self._skipped(changes))
        if cron and not skipped:
            return CronSchedule(cron=cron.text, timezone=self.timezone)
        return RRuleSchedule(rrule=_corrected(self._rule(now), skipped), timezone=self.timezone)

    @cached_property
    def _expression(self) -> Cron | None:
        """The cron expression, also of an interval that is as good as one."""
        if self.interval == _DAY:
            return Cron.parse("0 0 * * *")
        if self.interval == 7 * _DAY:
            return Cron.parse("0 0 * * mon")
        return Cron.parse(self.cron) if self.cron is not None else None

    def _rule(self, now: datetime) -> str:
        """The times on the clock of the zone, as RFC 5545 writes them."""
        if self._expression:
            # Rules are followed from their start each time that somebody asks, so they start as late as they may.
            start = (now.astimezone(ZoneInfo(self.timezone)) - _DAY).replace(hour=0, minute=0, second=0)
            rules = self._expression.rules()
        else:
            start = _A_MONDAY
            rules = [f"FREQ=DAILY;INTERVAL={(self.interval or _DAY).days};BYHOUR=0;BYMINUTE=0;BYSECOND=0"]
        return "\n".join([f"DTSTART:{start:%Y%m%dT%H%M%S}", *(f"RRULE:{rule}" for rule in rules)])

    def _skipped(self, changes: list[_Change]) -> Iterator[tuple[datetime, datetime]]:
        """The times on the clock that a change skips, each with the one that it is run at instead."""
        from dateutil.rrule import rrulestr

        for change in changes:
            forward = change.after - change.before
            first = (change.at + change.before).replace(tzinfo=None)
            if forward > timedelta():
                rule = rrulestr(self._rule(change.at), forceset=True)
                last = first + forward - timedelta(seconds=1)
                yield from ((due, due + forward) for due in rule.between(first, last, inc=True))


def _minutes_in_utc(cron: Cron, changes: list[_Change]) -> list[int]:
    """The minutes of the hour at which it is due in UTC; none if that depends on the time of the year."""
    seen = {
        tuple(sorted((minute - offset // timedelta(minutes=1)) % 60 for minute in cron.minutes))
        for change in changes
        for offset in (change.before, change.after)
    }
    return list(seen.pop()) if len(seen) == 1 else []


def _counted_in_utc(interval: timedelta, start: datetime) -> IntervalSchedule:
    from prefect.client.schemas.schedules import IntervalSchedule

    return IntervalSchedule(interval=interval, anchor_date=start, timezone="UTC")


def _corrected(rule: str, skipped: list[tuple[datetime, datetime]]) -> str:
    """`rule` without the times that are skipped, and with what they are run at; the earliest that Prefect has room for."""
    for n in range(len(skipped), 0, -1):
        out, into = (",".join(f"{when:%Y%m%dT%H%M%S}" for when in times) for times in zip(*skipped[:n], strict=True))
        text = f"{rule}\nEXDATE:{out}\nRDATE:{into}"
        if len(text) <= _LONGEST_RULE:
            return text
    return rule


@dataclass(frozen=True)
class _Change:
    """The clocks of a zone are put forward or back."""

    at: datetime
    before: timedelta
    after: timedelta


def _changes(zone: ZoneInfo, now: datetime) -> Iterator[_Change]:
    """The changes of the clocks from yesterday on, as far as they are looked at."""

    def offset(when: datetime) -> timedelta:
        return when.astimezone(zone).utcoffset() or timedelta()

    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - _DAY
    for _ in range(366 * _YEARS_AHEAD):
        before, after = offset(day), offset(day + _DAY)
        if before != after:
            low, high = day, day + _DAY
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) // 2
                low, high = (middle, high) if offset(middle) == before else (low, middle)
            yield _Change(high.replace(microsecond=0), before, after)
        day += _DAY


async def upcoming(schedule: Schedule, n: int, now: datetime | None = None) -> list[datetime]:
    """The next `n` times at which Prefect's server will start a run."""
    from prefect.server.schemas.schedules import SCHEDULE_TYPES
    from pydantic import TypeAdapter

    server_side = TypeAdapter(SCHEDULE_TYPES).validate_python(schedule.model_dump())
    return list(await server_side.get_dates(n, now or datetime.now(UTC)))


_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


def parse_interval(text: str) -> timedelta:
    """A duration as people write it; UsageError for anything else, and for less than ten seconds.

    >>> parse_interval("15m"), parse_interval("1h30m"), parse_interval("2 d")
    (datetime.timedelta(seconds=900), datetime.timedelta(seconds=5400), datetime.timedelta(days=2))
    """
    parts = re.findall(r"(\d+)\s*([smhdw])", text.lower())
    if not parts or re.sub(r"\d+\s*[smhdw]|\s", "", text.lower()):
        raise UsageError(f"--interval {text!r} is no duration; a number and a unit (s, m, h, d, w) are: 15m, 1h30m, 1d")
    try:
        interval = sum((timedelta(**{_UNITS[unit]: int(number)}) for number, unit in parts), timedelta())
    except OverflowError as error:
        raise UsageError(f"--interval {text!r} is longer than time is counted") from error
    if interval < SHORTEST_INTERVAL:
        raise UsageError(f"--interval {text!r} is too short: {SHORTEST_INTERVAL.seconds}s is the least")
    if interval > _LONGEST_INTERVAL:
        raise UsageError(f"--interval {text!r} is too long: {_LONGEST_INTERVAL.days}d is the most")
    return interval


def _written(interval: timedelta) -> str:
    """A duration as `parse_interval` reads it.

    >>> _written(timedelta(minutes=90)), _written(timedelta(days=7))
    ('1h30m', '1w')
    """
    text, left = "", interval
    for unit, name in _UNITS.items():
        number, left = divmod(left, timedelta(**{name: 1}))
        text += f"{number}{unit}" if number else ""
    return text
