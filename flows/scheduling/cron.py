"""Cron expressions: five fields that say at which times of the clock something is due.

    minute hour day month weekday
    0      6    *   *     mon-fri

A field is `*`, or a list of values and ranges, each with an optional step: `1,15`, `9-17`, `*/10`, `10-50/20`. Months and
weekdays may be named by their first three letters; weekday 0 is Sunday, and so is 7. A range may pass the end (`22-4`,
`fri-mon`). `l` is the last day of a month, `fri#2` the second Friday of one, `l5` the last Friday. Where both a day and a
weekday of every week are given, either is enough. `@hourly`, `@daily` (or `@midnight`), `@weekly`, `@monthly` and `@yearly` (or
`@annually`) stand for whole expressions.
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
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_ANY = {"*", "?", "*/1"}
LAST = -1
"""Stands for the last day of a month, or the last of a weekday in a month."""


@dataclass(frozen=True)
class _Field:
    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()

    def parse(self, text: str) -> frozenset[int]:
        """The values that `text` stands for."""
        values: set[int] = set()
        for item in text.split(","):
            values |= self._parse_item(item)
        return frozenset(values)

    def _parse_item(self, item: str) -> set[int]:
        spelt = re.fullmatch(r"(\*|(\w+)(?:-(\w+))?)(?:/(\d+))?", item)
        if not spelt:
            raise UsageError(
                f"the {self.name} {item!r} is no value, range or step; {self.low}-{self.high} is the range"
            )
        whole, first, last, step_text = spelt.groups()
        step = int(step_text or 1)
        if not 0 < step <= self.high - self.low + 1:
            raise UsageError(
                f"the step of {self.name} {item!r} is not between 1 and {self.high - self.low + 1}; "
                "each hour, day and year begins anew, so --interval is the way to a longer step"
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
        # What counts weekdays from Sunday, 0, takes 7 for Sunday, too.
        highest = self.high + (self.name == "weekday")
        if text.isdecimal() and self.low <= int(text) <= highest:
            return int(text)
        hint = did_you_mean(text, self.names) if self.names and text.isalpha() else ""
        raise UsageError(f"the {self.name} {text!r} is not between {self.low} and {highest}.{hint}")


_MINUTE, _HOUR = _Field("minute", 0, 59), _Field("hour", 0, 23)
_DAY, _MONTH = _Field("day", 1, 31), _Field("month", 1, 12, tuple(_MONTHS))
_WEEKDAY = _Field("weekday", 0, 6, tuple(_WEEKDAYS))


@dataclass(frozen=True)
class Cron:
    """A cron expression and what its fields stand for."""

    text: str
    """Five fields in small letters, whatever was given."""
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    """Days of the month, LAST among them; empty if any will do."""
    months: frozenset[int]
    weekdays: frozenset[tuple[int, int]]
    """Which of the month's (0: every, LAST: the last) and the weekday, 0 for Sunday; empty if any will do."""

    @classmethod
    def parse(cls, given: str) -> Cron:
        """The expression as its fields; UsageError, which says why, if it is none or never comes due.

        >>> Cron.parse("0 6 * * mon-fri").rules()
        ['FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYHOUR=6;BYMINUTE=0;BYSECOND=0']
        >>> Cron.parse("0 6 30 2 *")
        Traceback (most recent call last):
        tasks.errors.UsageError: --cron '0 6 30 2 *' never comes due: none of its months has such a day; ...
        """
        text = _ALIASES.get(given.strip().lower(), given).lower()
        fields = text.split()
        _insist_on_five(given, fields)
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
            raise UsageError(
                f'--cron {given!r}: {error} The fields are minute, hour, day, month and weekday: "0 6 * * *" is six '
                "every morning"
            ) from error
        if cron.days and any(which for which, _ in cron.weekdays):
            raise UsageError(
                f"--cron {given!r}: Prefect would run it where both day and weekday fit, which may be never; give either a "
                "day or a weekday of a certain week"
            )
        if not cron.comes_due():
            raise UsageError(
                f"--cron {given!r} never comes due: none of its months has such a day; "
                f'the last day of a month is "l": "{fields[0]} {fields[1]} l {fields[3]} *"'
            )
        return cron

    def comes_due(self) -> bool:
        """Whether any date there is fits."""
        if self.weekdays or not self.days:
            return True
        return any(day == LAST or day <= _LONGEST[month - 1] for month in self.months for day in self.days)

    def every_hour(self) -> bool:
        """Whether it is due in every hour of every day."""
        return len(self.hours) == 24 and len(self.months) == 12 and not (self.days or self.weekdays)

    def rules(self) -> list[str]:
        """The same as recurrence rules (RFC 5545), all of which apply."""
        times = ";".join(
            [f"BYHOUR={_listed(self.hours)}", f"BYMINUTE={_listed(self.minutes)}", "BYSECOND=0"]
            + ([f"BYMONTH={_listed(self.months)}"] if len(self.months) < 12 else [])
        )
        rules = []
        if self.days:
            rules.append(f"FREQ=MONTHLY;BYMONTHDAY={_listed(self.days)};{times}")
        if self.weekdays:
            named = [f"{which or ''}{_WEEKDAYS[day][:2].upper()}" for which, day in sorted(self.weekdays)]
            rules.append(f"FREQ=MONTHLY;BYDAY={','.join(named)};{times}")
        return rules or [f"FREQ=DAILY;{times}"]


def _listed(values: frozenset[int]) -> str:
    return ",".join(map(str, sorted(values)))


def _insist_on_five(given: str, fields: list[str]) -> None:
    """Raise UsageError for another number of fields, naming what was probably meant."""
    if len(fields) == 5:
        return
    meant = ""
    if len(fields) == 6:
        # Some put the seconds first; Prefect takes the last for them.
        meant = f'; there are no seconds here: leave them out, "{" ".join(fields[1:])}"'
    elif given.strip().startswith("@"):
        meant = f"; the names are {', '.join(_ALIASES)}"
    raise UsageError(
        f"--cron {given!r} has {len(fields)} field{'s' * (len(fields) != 1)}; five fields are needed, minute hour day "
        f'month weekday: "0 6 * * *" is six every morning{meant}'
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
        if spelt := re.fullmatch(r"l([0-7])", item):
            days.add((LAST, int(spelt[1]) % 7))
        elif spelt := re.fullmatch(r"(.+)#([1-5])", item):
            days |= {(int(spelt[2]), day % 7) for day in _WEEKDAY.parse(spelt[1])}
        else:
            days |= {(0, day % 7) for day in _WEEKDAY.parse(item)}
    every = {day for which, day in days if not which}
    if every and len(every) < len(days):
        raise UsageError(f"the weekday {text!r} mixes every week with a certain one; give two schedules.")
    return frozenset() if len(every) == 7 else frozenset(days)
