"""When runs are due, as a schedule that Prefect evaluates correctly in every time zone, also when the clocks change.

How Prefect 3.8.8 behaves in a zone with daylight saving time:

- An interval is counted from a date in the zone: one of a day is an hour late for half of the year and is due twice on
  some days around the change; one of 30 minutes loses an hour in autumn.
- A cron time that is skipped in spring is run an hour early; one that is repeated in autumn is run the first time.
- A recurrence rule behaves in the same way, but Prefect supports single added and excluded dates for it.

So schedules are built from what works:

- Intervals other than whole days are counted in UTC, where no clock changes.
- Whole days are due at midnight in the zone, as a cron expression (1d, 1w) or as a rule.
- A cron expression for every hour is converted to UTC, so that it is also due in the skipped and the repeated hour.
- Other cron expressions stay as they are, unless one of their times is skipped within the next years. Then they become a
  rule, and the skipped time is moved by as much as the clocks: 01:30 becomes 02:30.
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
_MAX_RULE_LENGTH = 6500  # the limit of Prefect, in characters
_NOT_ZONES = {"Factory", "localtime"}
"""Names in the list of time zones that are not zones."""
_A_MONDAY = datetime(2024, 1, 1)  # noqa: DTZ001  # a local date in any zone
"""Intervals are counted from this date."""


@dataclass(frozen=True)
class Timetable:
    """When runs are due: a cron expression or an interval, in a time zone."""

    cron: str | None
    interval: timedelta | None
    timezone: str

    def __post_init__(self) -> None:
        """Raise UsageError for an invalid timetable."""
        if (self.cron is None) == (self.interval is None):
            raise UsageError('a schedule needs either --cron, e.g. "0 6 * * *", or --interval, e.g. 15m')
        if self.timezone not in available_timezones() - _NOT_ZONES:
            raise UsageError(f"--timezone {self.timezone!r} is unknown; use a name such as UTC or Europe/London")
        _ = self._expression  # raises UsageError

    def __str__(self) -> str:
        """The timetable in words.

        >>> print(Timetable(None, timedelta(hours=6), "Europe/London"))
        every 6h, counted from midnight UTC
        >>> print(Timetable(None, timedelta(days=2), "Europe/London"))
        every 2d at midnight, Europe/London
        >>> print(Timetable("30 6 * * mon", None, "Europe/London"))
        cron 30 6 * * mon, Europe/London
        """
        if self.interval is None:
            return f"cron {self.cron}, {self.timezone}"
        every = _duration(self.interval)
        if not self.interval % _DAY:
            return f"every {every} at midnight, {self.timezone}"
        start = "midnight UTC" if not _DAY % self.interval else "2024-01-01 00:00 UTC"
        return f"every {every}, counted from {start}"

    def as_prefect(self, now: datetime | None = None) -> Schedule:
        """The timetable as a Prefect schedule, for a deployment that is created `now` and used for the next years."""
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
        """The cron expression; an interval of a day or week has one, too."""
        if self.interval == _DAY:
            return Cron.parse("0 0 * * *")
        if self.interval == 7 * _DAY:
            return Cron.parse("0 0 * * mon")
        return Cron.parse(self.cron) if self.cron is not None else None

    def _rule(self, now: datetime) -> str:
        """The local times in the zone, as recurrence rules of RFC 5545."""
        if self._expression:
            # Each evaluation of a rule begins at its start, so it starts as late as possible.
            start = (now.astimezone(ZoneInfo(self.timezone)) - _DAY).replace(hour=0, minute=0, second=0)
            rules = self._expression.rules()
        else:
            start = _A_MONDAY
            rules = [f"FREQ=DAILY;INTERVAL={(self.interval or _DAY).days};BYHOUR=0;BYMINUTE=0;BYSECOND=0"]
        return "\n".join([f"DTSTART:{start:%Y%m%dT%H%M%S}", *(f"RRULE:{rule}" for rule in rules)])

    def _skipped(self, changes: list[_Change]) -> Iterator[tuple[datetime, datetime]]:
        """The local times that are skipped by a change of the clocks, each with its replacement."""
        from dateutil.rrule import rrulestr

        for change in changes:
            forward = change.after - change.before
            first = (change.at + change.before).replace(tzinfo=None)
            if forward > timedelta():
                rule = rrulestr(self._rule(change.at), forceset=True)
                last = first + forward - timedelta(seconds=1)
                yield from ((due, due + forward) for due in rule.between(first, last, inc=True))


def _minutes_in_utc(cron: Cron, changes: list[_Change]) -> list[int]:
    """The minutes of the hour at which it is due in UTC; empty if they depend on the time of the year."""
    sets = {
        tuple(sorted((minute - offset // timedelta(minutes=1)) % 60 for minute in cron.minutes))
        for change in changes
        for offset in (change.before, change.after)
    }
    return list(sets.pop()) if len(sets) == 1 else []


def _counted_in_utc(interval: timedelta, start: datetime) -> IntervalSchedule:
    from prefect.client.schemas.schedules import IntervalSchedule

    return IntervalSchedule(interval=interval, anchor_date=start, timezone="UTC")


def _corrected(rule: str, skipped: list[tuple[datetime, datetime]]) -> str:
    """`rule` with replacements for skipped times: as many of the earliest as fit into Prefect's limit."""
    for n in range(len(skipped), 0, -1):
        excluded, added = (
            ",".join(f"{when:%Y%m%dT%H%M%S}" for when in times) for times in zip(*skipped[:n], strict=True)
        )
        text = f"{rule}\nEXDATE:{excluded}\nRDATE:{added}"
        if len(text) <= _MAX_RULE_LENGTH:
            return text
    return rule


@dataclass(frozen=True)
class _Change:
    """A change of the clocks in a zone: its time, and the UTC offset before and after."""

    at: datetime
    before: timedelta
    after: timedelta


def _changes(zone: ZoneInfo, now: datetime) -> Iterator[_Change]:
    """The changes of the clocks from yesterday on, for `_YEARS_AHEAD` years."""

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
    """A duration from its usual notation. Raises UsageError for any other text, and outside 10 seconds to 366 days.

    >>> parse_interval("15m"), parse_interval("1h30m"), parse_interval("2 d")
    (datetime.timedelta(seconds=900), datetime.timedelta(seconds=5400), datetime.timedelta(days=2))
    """
    parts = re.findall(r"(\d+)\s*([smhdw])", text.lower())
    if not parts or re.sub(r"\d+\s*[smhdw]|\s", "", text.lower()):
        raise UsageError(
            f"--interval {text!r} is not a duration; write numbers with units (s, m, h, d, w), e.g. 15m, 1h30m, 1d"
        )
    try:
        interval = sum((timedelta(**{_UNITS[unit]: int(number)}) for number, unit in parts), timedelta())
    except OverflowError:
        interval = timedelta.max
    if interval < SHORTEST_INTERVAL:
        raise UsageError(f"--interval {text!r} is too short; the minimum is {SHORTEST_INTERVAL.seconds}s")
    if interval > _LONGEST_INTERVAL:
        raise UsageError(f"--interval {text!r} is too long; the maximum is {_LONGEST_INTERVAL.days}d")
    return interval


def _duration(interval: timedelta) -> str:
    """A duration in the notation of `parse_interval`.

    >>> _duration(timedelta(minutes=90)), _duration(timedelta(days=7))
    ('1h30m', '1w')
    """
    text, left = "", interval
    for unit, name in _UNITS.items():
        number, left = divmod(left, timedelta(**{name: 1}))
        text += f"{number}{unit}" if number else ""
    return text
