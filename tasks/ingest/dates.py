"""Dates of publication: from a record, a page or a file's name to a time in UTC, or nothing if it is unclear.

`2022-09-21T06:30:00+01:00`, `21 September 2022`, `Wed, 21 Sep 2022 06:30:00 GMT` and seconds or milliseconds since 1970
are read. `03/04/2022` is not, because its meaning differs between London and New York.
"""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from importlib.resources import files

_ZONES = {
    "WET": "+0000", "WEST": "+0100", "BST": "+0100", "CET": "+0100", "MET": "+0100", "MEZ": "+0100", "CEST": "+0200",
    "MEST": "+0200", "MESZ": "+0200", "EET": "+0200", "SAST": "+0200", "EEST": "+0300", "MSK": "+0300", "HKT": "+0800",
    "AWST": "+0800", "JST": "+0900", "KST": "+0900", "AEST": "+1000", "AEDT": "+1100", "NZST": "+1200", "NZDT": "+1300",
    "AKST": "-0900", "AKDT": "-0800", "HST": "-1000", "NST": "-0330", "NDT": "-0230", "AST": "-0400", "ADT": "-0300",
}  # fmt: skip
"""Names of time zones in mail and feeds that the standard library reads as UTC. Those with several meanings (IST) are left
out.
"""
_ZONE = re.compile(r"(?<=\d )([A-Z]{3,4})$")
_LONGEST = 60
"""Maximum number of characters: longer text is not a date, but the parser of free text would find one in it."""


def parse_date(value: object) -> datetime | None:
    """When something was published, in UTC; None if the value is not a date or is ambiguous.

    >>> parse_date("2022-09-21T06:30:00+01:00")
    datetime.datetime(2022, 9, 21, 5, 30, tzinfo=datetime.timezone.utc)
    >>> parse_date("21 September 2022")
    datetime.datetime(2022, 9, 21, 0, 0, tzinfo=datetime.timezone.utc)
    >>> str(parse_date("Tue, 06 Jan 2026 00:30:00 CET"))
    '2026-01-05 23:30:00+00:00'
    >>> parse_date("03/04/2022") is None
    True
    """
    when: datetime | None = None
    try:
        if isinstance(value, datetime):
            when = value
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            when = datetime.fromtimestamp(value / 1000 if abs(value) > 1e11 else value, UTC)
        elif value is not None:
            when = _parse_text(str(value).strip())
        if when is None:
            return None
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _parse_text(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    if not re.search("[a-z]{3}", text, re.IGNORECASE) or not re.search(r"\d{4}", text) or len(text) > _LONGEST:
        return None  # all digits and slashes: day and month cannot be distinguished
    text = _ZONE.sub(lambda match: _ZONES.get(match[1], match[1]), text)
    try:
        return parsedate_to_datetime(text)
    except ValueError:
        from dateutil import parser

        when: datetime = parser.parse(text, default=datetime(1, 1, 1, tzinfo=UTC))
        return when


def find_date(text: str) -> str | None:
    """The ISO date of the first day in `text` whose month is written as a word, in any of eight languages.

    >>> find_date("Culture, mardi 10 mars 2026, p. 5"), find_date("March 2, 2026 Monday"), find_date("2. März 2026")
    ('2026-03-10', '2026-03-02', '2026-03-02')
    >>> find_date("10/03/2026") is None
    True
    """
    for match in _DAY.finditer(text[:_LONGEST_LINE]):
        month = _months().get((match["month"] or match["first"]).casefold())
        if month:
            year, day = int(match["year"] or match["last"]), int(match["day"] or match["second"])
            try:
                return datetime(year, month, day, tzinfo=UTC).date().isoformat()
            except ValueError:
                continue
    return None


_DAY = re.compile(
    r"\b(?P<day>\d{1,2})(?:st|nd|rd|th|er|º|°)?\.?[ \xa0]+(?:de[ \xa0]+)?(?P<month>[^\W\d_]{3,12})\.?,?[ \xa0]+(?:de[ \xa0]+)?(?P<year>\d{4})\b"
    r"|\b(?P<first>[^\W\d_]{3,12})\.?[ \xa0]+(?P<second>\d{1,2})(?:st|nd|rd|th)?,?[ \xa0]+(?P<last>\d{4})\b"
)
_LONGEST_LINE = 400
"""Number of characters of a line that are searched for a date."""


@cache
def _months() -> dict[str, int]:
    """The number of each month, by its names and short forms in all languages."""
    names = tomllib.loads(files(__package__).joinpath("data", "months.toml").read_text("utf-8"))
    return {
        form: number for months in names.values() for number, forms in enumerate(months, 1) for form in forms.split()
    }
