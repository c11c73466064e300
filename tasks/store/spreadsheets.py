"""Frames for spreadsheets: no value is lost or run as a formula without a visible change.

Excel has no time zones, no dates before 1900, no control characters and at most 32,767 characters in a cell, and it
evaluates a text that begins like a formula. Only such values are changed, and every change of a text can be seen in the cell.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

_LONGEST = 32_767
"""What a cell of Excel holds, in UTF-16 units: a character above U+FFFF counts as two."""

_FIRST_DAY = datetime(1900, 3, 1)  # noqa: DTZ001  # Excel knows no zones
"""Excel counts a 29 February 1900, which did not exist; all programs agree on later dates."""

_VISIBLE = {
    **{code: 0x2400 + code for code in range(0x20) if chr(code) not in "\t\n"},  # Unicode's symbols for them
    0xFFFE: 0xFFFD,  # not characters, and not allowed in XML
    0xFFFF: 0xFFFD,
}

# Excel in Japanese and Chinese also accepts the wide forms. A plain number with a sign is harmless.
_FORMULA = re.compile(r"(?!\s*[+-]?\d+(?:[.,]\d+)*%?\s*\Z)\s*[=+\-@＝＋－＠]")


def for_spreadsheet(frame: pd.DataFrame) -> pd.DataFrame:
    r"""A copy of a pandas frame that `to_excel` and `to_csv` can write and a spreadsheet shows correctly.

    - Times are UTC without a zone; those before March 1900 are texts.
    - A text that begins like a formula has an apostrophe before it. Numbers stay numbers.
    - A control character becomes a visible symbol, such as ␍ for a carriage return; line breaks and tabs stay.
    - A text that is too long for a cell is cut, and its end says how many characters are missing.
    - Categories are texts. Levels of the index are columns, so write with `index=False`.

    >>> import pandas as pd
    >>> for_spreadsheet(pd.DataFrame({"text": ["=1+1", "a\rb", "- 5"], "n": [-1, 0, 1]})).to_dict("list")
    {'text': ["'=1+1", 'a␍b', "'- 5"], 'n': [-1, 0, 1]}
    """
    frame = _without_index(frame)
    for place in range(frame.shape[1]):
        frame.isetitem(place, _column(frame.iloc[:, place]).array)
    frame.columns = [_cell(_label(label)) for label in frame.columns]  # a pivot turns texts into labels
    return frame


def _without_index(frame: pd.DataFrame) -> pd.DataFrame:
    """A copy with numbered rows and the index as columns; an unnamed integer index is dropped."""
    from pandas.api.types import is_integer_dtype

    is_numbering = list(frame.index.names) == [None] and is_integer_dtype(frame.index.dtype)
    return frame.reset_index(drop=is_numbering, allow_duplicates=True)


def _label(label: object) -> object:
    """The name of a column as one text.

    >>> _label(("n_words", "mean")), _label(("source", "")), _label(0)
    ('n_words mean', 'source', 0)
    """
    return " ".join(str(level) for level in label if level != "") if isinstance(label, tuple) else label


def _column(column: pd.Series[Any]) -> pd.Series[Any]:
    """A column with values that a spreadsheet can show."""
    import pandas as pd

    if isinstance(column.dtype, pd.DatetimeTZDtype):
        column = column.dt.tz_convert("UTC").dt.tz_localize(None)
    if pd.api.types.is_datetime64_dtype(column.dtype) and not (column < _FIRST_DAY).any():
        return column
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column
    return column.astype(object).map(_cell, na_action="ignore")


def _cell(value: object) -> object:
    r"""A value as the cell shows it; only texts and times change.

    >>> _cell("\x1b[1mbold"), _cell("@SUM(A1)"), _cell("-5.2"), _cell("-2+3")
    ('␛[1mbold', "'@SUM(A1)", '-5.2', "'-2+3")
    >>> _cell(datetime(1851, 9, 18, tzinfo=UTC))
    '1851-09-18 00:00:00'
    """
    if isinstance(value, datetime):
        time = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
        return time if time >= _FIRST_DAY else str(time)
    if not isinstance(value, str):
        return value
    text = value.translate(_VISIBLE)
    return _fitting("'" + text if _FORMULA.match(text) else text)


def _fitting(text: str) -> str:
    """A text, cut if it is too long for a cell.

    >>> _fitting("ab" * 20_000)[-28:]
    'ba [… 7,269 more characters]'
    """
    if len(text) <= _LONGEST // 2 or len(units := text.encode("utf-16-le")) <= 2 * _LONGEST:
        return text
    kept = units[: 2 * (_LONGEST - len(" [… 100,000,000,000 more characters]"))].decode("utf-16-le", "ignore")
    return f"{kept} [… {len(text) - len(kept):,} more characters]"
