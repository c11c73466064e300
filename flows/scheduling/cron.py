"""Cron expressions: five fields for the local times at which something is due.

    minute hour day month weekday
    0      6    *   *     mon-fri

A field is `*`, or a list of values and ranges, each with an optional step: `1,15`, `9-17`, `*/10`, `10-50/20`. Months and
weekdays may be written as their first three letters; weekday 0 is Sunday, and so is 7. A range may wrap around (`22-4`,
`fri-mon`). `l` is the last day of a month, `fri#2` the second Friday of one, `l5` the last Friday. If a day and a weekday of
every week are given, it is due on both. `@hourly`, `@daily` (or `@midnight`), `@weekly`, `@monthly` and `@yearly` (or
`@annually`) are whole expressions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tasks.errors import UsageError, did_you_mean

_ALIASES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_WEEKDAYS = "sun mon tue wed thu fri sat".split()
_MAX_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_ANY = {"*", "?", "*/1"}
LAST = -1
"""The last day of a month, or the last of a weekday in a month."""
_EXAMPLE = 'the fields are minute, hour, day, month and weekday, e.g. "0 6 * * *" for 6:00 every day'


@dataclass(frozen=True)
class _Field:
    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()

    def parse(self, text: str) -> frozenset[int]:
        """The values of a field. Raises UsageError if it is invalid."""
        values: set[int] = set()
        for item in text.split(","):
            values |= self._parse_item(item)
        return frozenset(values)

    def _parse_item(self, item: str) -> set[int]:
        match = re.fullmatch(r"(\*|(\w+)(?:-(\w+))?)(?:/(\d+))?", item)
        if not match:
            raise UsageError(f"the {self.name} {item!r} is not a value, range or step from {self.low} to {self.high}")
        whole, first, last, step_text = match.groups()
        step = int(step_text or 1)
        if not 0 < step <= self.high - self.low + 1:
            raise UsageError(
                f"the step of the {self.name} {item!r} is not between 1 and {self.high - self.low + 1} "
                "(use --interval for longer steps)"
            )
        if whole == "*":
            return set(range(self.low, self.high + 1, step))
        low = self._value(first)
        high = self._value(last) if last else self.high if step_text else low
        if low <= high:
            return set(range(low, high + 1, step))
        return set([*range(low, self.high + 1), *range(self.low, high + 1)][::step])

    def _value(self, text: str) -> int:
        """One value, as a number or by its name."""
        if text in self.names:
            return self.names.index(text) + self.low
        # Weekday 7 is Sunday, as 0 is.
        highest = self.high + (self.name == "weekday")
        if text.isdecimal() and self.low <= int(text) <= highest:
            return int(text)
        name = f" or a name from {self.names[0]} to {self.names[-1]}" if self.names else ""
        hint = did_you_mean(text, self.names).strip().lower() if text.isalpha() else ""
        raise UsageError(
            f"the {self.name} {text!r} is not a number from {self.low} to {highest}{name}{f' ({hint})' if hint else ''}"
        )


_MINUTE, _HOUR = _Field("minute", 0, 59), _Field("hour", 0, 23)
_DAY, _MONTH = _Field("day", 1, 31), _Field("month", 1, 12, tuple(_MONTHS))
_WEEKDAY = _Field("weekday", 0, 6, tuple(_WEEKDAYS))


@dataclass(frozen=True)
class Cron:
    """A cron expression and the values of its fields."""

    text: str
    """Five fields in lower case."""
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    """Days of the month, and LAST; empty for any day."""
    months: frozenset[int]
    weekdays: frozenset[tuple[int, int]]
    """Pairs of the week in the month (0: every week, LAST: the last) and the weekday (0: Sunday); empty for any day."""

    @classmethod
    def parse(cls, given: str) -> Cron:
        """The parsed expression. Raises UsageError if it is invalid or never due.

        >>> Cron.parse("0 6 * * mon-fri").rules()
        ['FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYHOUR=6;BYMINUTE=0;BYSECOND=0']
        >>> Cron.parse("0 6 30 2 *")
        Traceback (most recent call last):
        tasks.errors.UsageError: --cron '0 6 30 2 *' is never due: none of its months has such a day; ...
        """
        text = _ALIASES.get(given.strip().lower(), given).lower()
        fields = text.split()
        _check_number(given, fields)
        try:
            cron = cls(
                " ".join(fields),
                _MINUTE.parse(fields[0]),
                _HOUR.parse(fields[1]),
                _days(fields[2]),
                _MONTH.parse(fields[3]),
                _weekdays(fields[4]),
            )
        except UsageError as error:
            raise UsageError(f"--cron {given!r}: {error}; {_EXAMPLE}") from error
        if cron.days and any(week for week, _ in cron.weekdays):
            raise UsageError(
                f"--cron {given!r} has a day and a weekday of one week; Prefect would run only if both match. Use one of them"
            )
        if not cron.is_ever_due():
            raise UsageError(
                f"--cron {given!r} is never due: none of its months has such a day; "
                f'for the last day of a month, use "l": "{fields[0]} {fields[1]} l {fields[3]} *"'
            )
        return cron

    def is_ever_due(self) -> bool:
        """Whether any date matches."""
        if self.weekdays or not self.days:
            return True
        return any(day == LAST or day <= _MAX_DAYS[month - 1] for month in self.months for day in self.days)

    def every_hour(self) -> bool:
        """Whether it is due in every hour of every day."""
        return len(self.hours) == 24 and len(self.months) == 12 and not (self.days or self.weekdays)

    def rules(self) -> list[str]:
        """The expression as recurrence rules (RFC 5545). A time that matches any of them is due."""
        times = ";".join(
            [f"BYHOUR={_joined(self.hours)}", f"BYMINUTE={_joined(self.minutes)}", "BYSECOND=0"]
            + ([f"BYMONTH={_joined(self.months)}"] if len(self.months) < 12 else [])
        )
        rules = []
        if self.days:
            rules.append(f"FREQ=MONTHLY;BYMONTHDAY={_joined(self.days)};{times}")
        if self.weekdays:
            names = [f"{week or ''}{_WEEKDAYS[day][:2].upper()}" for week, day in sorted(self.weekdays)]
            rules.append(f"FREQ=MONTHLY;BYDAY={','.join(names)};{times}")
        return rules or [f"FREQ=DAILY;{times}"]


def _joined(values: frozenset[int]) -> str:
    return ",".join(map(str, sorted(values)))


def _check_number(given: str, fields: list[str]) -> None:
    """Raise UsageError if there are not five fields, with a suggestion."""
    if len(fields) == 5:
        return
    hint = ""
    if len(fields) == 6:
        # Some tools have seconds as the first field; Prefect reads the last field as seconds.
        hint = f'; seconds are not supported, write "{" ".join(fields[1:])}"'
    elif given.strip().startswith("@"):
        hint = f"; the names are {', '.join(_ALIASES)}"
    raise UsageError(
        f"--cron {given!r} has {len(fields)} field{'s' * (len(fields) != 1)} instead of five; {_EXAMPLE}{hint}"
    )


def _days(text: str) -> frozenset[int]:
    if text in _ANY:
        return frozenset()
    items = text.split(",")
    given = [item for item in items if item != "l"]
    return (_DAY.parse(",".join(given)) if given else frozenset()) | ({LAST} if "l" in items else frozenset())


def _weekdays(text: str) -> frozenset[tuple[int, int]]:
    if text in _ANY:
        return frozenset()
    days: set[tuple[int, int]] = set()
    for item in text.split(","):
        if match := re.fullmatch(r"l([0-7])", item):
            days.add((LAST, int(match[1]) % 7))
        elif match := re.fullmatch(r"(.+)#([1-5])", item):
            days |= {(int(match[2]), day % 7) for day in _WEEKDAY.parse(match[1])}
        else:
            days |= {(0, day % 7) for day in _WEEKDAY.parse(item)}
    weekly = {day for week, day in days if not week}
    if weekly and len(weekly) < len(days):
        raise UsageError(f"the weekday {text!r} mixes weekly days with a day of one week (use two schedules)")
    return frozenset() if len(weekly) == 7 else frozenset(days)
