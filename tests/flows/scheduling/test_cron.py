"""Cron expressions: valid ones and their meaning, and the errors for invalid ones."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from prefect.server.schemas.schedules import CronSchedule, RRuleSchedule

from flows.scheduling.cron import Cron
from flows.terminal.console import Exit
from tasks.errors import UsageError

VALID = """
0 6 * * *; 30 1 * * *; */7 * * * *; 5/15 8 * * *; 10-50/20 * * * *; 0,30 9-17 * * *; 0 22-4 * * *; 0 22-4/2 * * *
0 6 * * mon-fri; 0 6 * * MON,Wed; 0 6 * * fri-mon; 0 6 * * 5-7; 0 6 * * 7; 0 6 * * 7-2; 0 6 * * 1-5/2; 0 6 * * 0-7
0 6 * jan-mar *; 0 6 * nov-feb *; 0 6 1,15 6 *; 0 6 */2 * *; 0 6 1-7 * 1; 0 6 */2 * mon; 0 6 29 2 *; 0 6 l * *; 0 6 l,15 * *
0 6 * * fri#2; 0 6 * * fri#2,mon#1; 0 6 * * l5; 0 6 ? * ?; 07 06 * * *
@hourly; @daily; @midnight; @weekly; @monthly; @yearly; @annually
"""


async def _dates(schedule: CronSchedule | RRuleSchedule) -> list[datetime]:
    return await schedule.get_dates(300, datetime(2027, 11, 5, 3, 7, tzinfo=UTC), datetime(2028, 12, 31, tzinfo=UTC))


@pytest.mark.parametrize(
    "text", [text.strip() for line in VALID.split("\n") for text in line.split(";") if text.strip()]
)
def test_rules_equal_prefect(text: str) -> None:
    """The rules of a cron expression give the dates that Prefect computes from the expression."""
    cron = Cron.parse(text)
    rules = "\n".join(["DTSTART:20271001T000000", *(f"RRULE:{rule}" for rule in cron.rules())])
    dates = asyncio.run(_dates(CronSchedule(cron=text, timezone="UTC")))
    assert dates
    assert asyncio.run(_dates(RRuleSchedule(rrule=rules, timezone="UTC"))) == dates
    assert asyncio.run(_dates(CronSchedule(cron=cron.text, timezone="UTC"))) == dates


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0 0 6 * * *", 'has 6 fields instead of five; .* write "0 6 \\* \\* \\*"'),
        ("0 0 6 * * * 2027", "has 7 fields"),
        ("0 6 * *", "has 4 fields"),
        ("", "has 0 fields"),
        ("@reboot", "the names are @hourly, @daily"),
        ("0 6 30 2 *", 'is never due: .* "0 6 l 2 \\*"'),
        ("0 6 31 4,6,9,11 *", "is never due"),
        ("60 * * * *", "the minute '60' is not a number from 0 to 59"),
        ("0 24 * * *", "the hour '24' is not a number from 0 to 23"),
        ("0 6 0 * *", "the day '0' is not a number from 1 to 31"),
        ("0 6 * 13 *", "the month '13' is not a number from 1 to 12 or a name from jan to dec"),
        ("0 6 * * mom", "the weekday 'mom' is not a number from 0 to 7 or a name from sun to sat .did you mean 'mon'"),
        ("0 6 * * mon,fri#2", "mixes weekly days with a day of one week"),
        ("0 6 1 * fri#2", "has a day and a weekday of one week"),
        ("0 6 * * fri#6", "is not a value, range or step"),
        ("*/90 * * * *", "step of the minute '\\*/90' .* --interval"),
        ("*/0 * * * *", "step of the minute"),
        ("-5 * * * *", "is not a value, range or step"),
        ("h h * * *", "the minute 'h'"),
    ],
)
def test_invalid(text: str, message: str) -> None:
    """An expression that is invalid or never due raises an error with the reason and a solution."""
    with pytest.raises(UsageError, match=message):
        Cron.parse(text)


def test_invalid_before_anything_starts(overtones, tmp_path) -> None:
    """The command exits with 2 and one line, and does not create Prefect's folder."""
    for text in ("0 0 6 * * *", "0 6 30 2 *"):
        done = overtones("schedule", "--cron", text)
        assert done.returncode == Exit.USAGE
        assert done.stderr.startswith(f"overtones: --cron '{text}' ")
        assert done.stderr.count("\n") == 1
    assert not (tmp_path / "prefect").exists()
