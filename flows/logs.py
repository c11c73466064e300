"""What a run tells of itself while it goes on: nothing, stages with their timings, or the same for machines."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

from tasks.escaping import escape_name

_KNOWN = frozenset(vars(logging.makeLogRecord({})))


def tell_stages(*, as_json: bool) -> None:
    """Write what is logged under the name "overtones" to stderr, a line each: words for people, or a JSON object."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if as_json else Words())
    log = logging.getLogger("overtones")
    log.handlers = [handler]
    log.setLevel(logging.INFO)
    log.propagate = False


class Words(logging.Formatter):
    """Seconds since the start, what happened, and its figures."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, such as `   1.2 s  make plan (seconds 0.8)`."""
        figures = ", ".join(f"{name} {value}" for name, value in _figures(record).items())
        told = f"{record.getMessage()} ({figures})" if figures else record.getMessage()
        return f"{record.relativeCreated / 1000:6.1f} s  {escape_name(told)}"


class JsonLines(logging.Formatter):
    """Time, level, event, and its figures."""

    def format(self, record: logging.LogRecord) -> str:
        """One JSON object without a line end."""
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"time": when, "level": record.levelname.lower(), "event": record.getMessage(), **_figures(record)}
        return json.dumps(line, ensure_ascii=False)


def _figures(record: logging.LogRecord) -> dict[str, object]:
    return {name: value for name, value in vars(record).items() if name not in _KNOWN}
