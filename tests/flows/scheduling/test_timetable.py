"""Timetables over a year in which the clocks change, as the classes of Prefect's server evaluate them."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from prefect.server.schemas.schedules import SCHEDULE_TYPES
from pydantic import TypeAdapter

from flows.scheduling.timetable import Timetable, parse_interval, upcoming
from tasks.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# The half hour of Lord Howe, the quarters of Chatham, the midnights that Cairo skips; two where no clock changes.
ZONES = (
    "Europe/London", "America/New_York", "Australia/Lord_Howe", "Pacific/Chatham", "Africa/Cairo", "Asia/Kolkata", "UTC",
)  # fmt: skip
START, END = datetime(2026, 1, 12, tzinfo=UTC), datetime(2027, 1, 12, tzinfo=UTC)
CHANGES = {
    "Europe/London": (datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)),
    "America/New_York": (datetime(2026, 3, 8, 7, tzinfo=UTC), datetime(2026, 11, 1, 6, tzinfo=UTC)),
    "Australia/Lord_Howe": (datetime(2026, 10, 3, 15, 30, tzinfo=UTC), datetime(2026, 4, 4, 15, tzinfo=UTC)),
    "Pacific/Chatham": (datetime(2026, 9, 26, 14, tzinfo=UTC), datetime(2026, 4, 4, 14, tzinfo=UTC)),
    "Africa/Cairo": (datetime(2026, 4, 23, 22, tzinfo=UTC), datetime(2026, 10, 29, 21, tzinfo=UTC)),
}
"""When the clocks are put forward, and when back."""


def _timetable(text: str, zone: str) -> Timetable:
    return Timetable(text, None, zone) if " " in text else Timetable(None, parse_interval(text), zone)


def _year(timetable: Timetable) -> list[datetime]:
    """All due times of the year, requested a thousand at a time."""
    server_side = TypeAdapter(SCHEDULE_TYPES).validate_python(timetable.as_prefect(START).model_dump())

    async def ask() -> list[datetime]:
        times: list[datetime] = []
        now = START
        while found := await server_side.get_dates(1000, now, END):
            times += found
            now = found[-1] + timedelta(seconds=1)
        return times

    return [_plain(when) for when in asyncio.run(ask())]


def _plain(when: datetime) -> datetime:
    """A time in UTC; those of Prefect are of a class whose differences are no timedelta."""
    return datetime.fromtimestamp(when.timestamp(), UTC)


def _on_the_clock(zone: str, at: time, *, every: int = 1) -> Iterator[datetime]:
    """A time of day on each date. Python reads a skipped time as that much later, and a repeated one as the first."""
    monday = date(2024, 1, 1)
    for number in range(367):
        day = START.date() + timedelta(days=number - 1)
        when = datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)
        if (day - monday).days % every == 0 and START <= when <= END:
            yield when


@pytest.mark.parametrize(
    ("zone", "interval"),
    [("Europe/London", "10m"), *((zone, interval) for zone in ZONES for interval in ("30m", "1h", "6h", "7h", "36h"))],
)
def test_short_intervals_lose_nothing(zone: str, interval: str) -> None:
    """An interval that is not a multiple of a day has its exact length all year, in every zone."""
    times = _year(_timetable(interval, zone))
    length = parse_interval(interval)
    assert {later - earlier for earlier, later in pairwise(times)} == {length}
    assert times[0] < START + length
    assert times[-1] > END - length
    if not timedelta(days=1) % length:
        assert times[0] == START


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(("interval", "days"), [("1d", 1), ("2d", 2), ("1w", 7), ("2w", 14)])
def test_whole_days_are_midnights(zone: str, interval: str, days: int) -> None:
    """Whole days are due once, at midnight in the zone or at the first time of the day; weeks on Mondays."""
    times = _year(_timetable(interval, zone))
    assert times == list(_on_the_clock(zone, time(0), every=days))
    clocks = {f"{when.astimezone(ZoneInfo(zone)):%H:%M}" for when in times}
    assert clocks == ({"00:00", "01:00"} if zone == "Africa/Cairo" and days < 7 and days != 14 else {"00:00"})


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("at", ["0:00", "0:30", "1:30", "2:15", "2:30", "2:59", "6:00", "23:30"])
def test_daily_cron(zone: str, at: str) -> None:
    """A daily cron time is due once a day; a skipped one is due as much later as the clocks are advanced."""
    hour, minute = map(int, at.split(":"))
    assert _year(_timetable(f"{minute} {hour} * * *", zone)) == list(_on_the_clock(zone, time(hour, minute)))


@pytest.mark.parametrize("zone", ZONES)
def test_hourly_cron(zone: str) -> None:
    """A cron expression of every hour is due in the repeated and in the skipped hour, too."""
    times = _year(_timetable("20 * * * *", zone))
    minutes = {when.astimezone(ZoneInfo(zone)).minute for when in times}
    if zone == "Australia/Lord_Howe":  # where 02:20 is skipped, and the time of 01:50 to 02:00 comes twice
        assert minutes == {20, 50}
        assert times == sorted({when for hour in range(24) for when in _on_the_clock(zone, time(hour, 20))})
        return
    assert {later - earlier for earlier, later in pairwise(times)} == {timedelta(hours=1)}
    assert minutes == {20}
    assert len(times) == 365 * 24


def test_cron_of_some_hours_in_the_skipped_one() -> None:
    """Skipped times that coincide with other due times are due once."""
    times = [f"{when:%m-%d %H:%M}" for when in _year(_timetable("*/30 0-2 * * *", "Europe/London"))]
    assert [text for text in times if "03-29 00:00" <= text < "03-29 12:00"] == [
        "03-29 00:00", "03-29 00:30", "03-29 01:00", "03-29 01:30",
    ]  # fmt: skip


@pytest.mark.parametrize("zone", CHANGES)
def test_moving_clock(zone: str) -> None:
    """Requests at any time around a change of the clocks give the due times of the whole year, and no others."""
    for text in ("30m", "6h", "1d", "2d", "0 0 * * *", "30 1 * * *", "15 2 * * *", "20 * * * *"):
        timetable = _timetable(text, zone)
        year = _year(timetable)

        async def look(timetable: Timetable = timetable) -> set[datetime]:
            seen: set[datetime] = set()
            for change in CHANGES[zone]:
                schedule = timetable.as_prefect(change - timedelta(days=5)).model_dump()
                server_side = TypeAdapter(SCHEDULE_TYPES).validate_python(schedule)
                for n in range(-15, 16):
                    now = change + n * timedelta(minutes=37)
                    seen |= {when for when in await server_side.get_dates(3, now) if when >= now}
            return seen

        seen = {_plain(when) for when in asyncio.run(look())}
        assert seen <= set(year), text
        for change in CHANGES[zone]:
            near = {when for when in year if abs(when - change) < timedelta(hours=8)}
            assert near <= seen, text


def test_few_corrections_have_room() -> None:
    """If a rule would be too long for Prefect, the corrections of the nearest years are kept."""
    schedule = _timetable("* 1 * * *", "Europe/London").as_prefect(START)
    assert len(schedule.rrule) <= 6500
    assert all(text in schedule.rrule for text in ("20260329T013000", "20270328T013000"))
    [first] = asyncio.run(upcoming(schedule, 1, datetime(2027, 3, 28, 0, 0, tzinfo=UTC)))
    assert first == datetime(2027, 3, 28, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "15", "m", "15x", "1.5h", "-5m", "9s", "367d", "999999999999w"])
def test_no_interval(text: str) -> None:
    """A text that is not a duration, or one that is too short or too long, raises an error."""
    with pytest.raises(UsageError):
        parse_interval(text)


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "localtime", "Factory", "../UTC"])
def test_no_zone(zone: str) -> None:
    """An unknown time zone raises an error."""
    with pytest.raises(UsageError, match="is unknown; use a name such as UTC"):
        Timetable("0 6 * * *", None, zone)


@pytest.mark.parametrize(
    "make", [lambda: Timetable(None, None, "UTC"), lambda: Timetable("0 6 * * *", timedelta(hours=1), "UTC")]
)
def test_one_of_two(make: Callable[[], Timetable]) -> None:
    """A timetable has either an expression or an interval."""
    with pytest.raises(UsageError, match="needs either --cron"):
        make()
