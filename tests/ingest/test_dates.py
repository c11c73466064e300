"""Dates of publication."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.ingest import parse_date


@pytest.mark.parametrize(
    ("value", "when"),
    [
        ("2022-09-21", datetime(2022, 9, 21, tzinfo=UTC)),
        ("Wed, 21 Sep 2022 06:30:00 +0100", datetime(2022, 9, 21, 5, 30, tzinfo=UTC)),
        ("September 21, 2022", datetime(2022, 9, 21, tzinfo=UTC)),
        (1663741800, datetime(2022, 9, 21, 6, 30, tzinfo=UTC)),
        (1663741800000, datetime(2022, 9, 21, 6, 30, tzinfo=UTC)),
        ("03/04/2022", None),
        ("last Monday", None),
        (True, None),
        (None, None),
        (1e300, None),
        ("on 21 September 2022 the minister went to the town of his birth for a day", None),
    ],
)
def test_dates(value: object, when: datetime | None) -> None:
    """A date that means the same day in every country is read, in UTC; anything else is not a date."""
    assert parse_date(value) == when


@given(st.text() | st.floats() | st.integers() | st.datetimes() | st.none() | st.lists(st.text()))
def test_any_value_is_a_date_in_utc_or_none(value: object) -> None:
    """No value of a field raises an error."""
    when = parse_date(value)
    assert when is None or when.tzinfo is UTC


@given(st.datetimes(timezones=st.timezones()))
def test_iso_dates_are_unchanged(when: datetime) -> None:
    """A time in ISO 8601 is the same instant."""
    parsed = parse_date(when.isoformat())
    assert parsed is None or parsed == when.astimezone(UTC)
