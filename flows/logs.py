"""Log output of a run: one line for each step with its duration, as text or as JSON."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

from tasks.escaping import escape_name

_STANDARD_ATTRIBUTES = frozenset(vars(logging.makeLogRecord({})))


def log_to_stderr(*, as_json: bool) -> None:
    """Write the records of the logger "overtones" to stderr, one line each, as text or as a JSON object."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if as_json else TextLines())
    log = logging.getLogger("overtones")
    log.handlers = [handler]
    log.setLevel(logging.INFO)
    log.propagate = False


class TextLines(logging.Formatter):
    """Seconds since the start, the event, and its values."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, such as `   1.2 s  make plan (seconds=0.8)`."""
        values = ", ".join(f"{name}={value}" for name, value in _extra_values(record).items())
        event = f"{record.getMessage()} ({values})" if values else record.getMessage()
        return f"{record.relativeCreated / 1000:6.1f} s  {escape_name(event)}"


class JsonLines(logging.Formatter):
    """Time, level, event, and its values."""

    def format(self, record: logging.LogRecord) -> str:
        """One JSON object without a line end."""
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"time": when, "level": record.levelname.lower(), "event": record.getMessage(), **_extra_values(record)}
        return json.dumps(line, ensure_ascii=False)


def _extra_values(record: logging.LogRecord) -> dict[str, object]:
    """What a call passed as `extra`."""
    return {name: value for name, value in vars(record).items() if name not in _STANDARD_ATTRIBUTES}
