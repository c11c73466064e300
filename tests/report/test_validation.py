import re
from pathlib import Path

import pytest

from tasks.report.validation import CHECKS, Check


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.subject)
def test_the_report_says_what_the_docs_say(check: Check, root: Path) -> None:
    """Each number of a check and its command are on the page of the documentation that the check names."""
    page = (root / "docs" / check.page).read_text("utf-8")
    numbers = re.findall(r"(?<![\w.])\.?\d[\d.,]*(?<![.,])", f"{check.result} {check.texts}")
    missing = [number for number in numbers if re.search(rf"(?<![\d.]){re.escape(number)}(?!\d)", page) is None]
    assert numbers
    assert not missing, f"docs/{check.page} has other figures now: mend tasks/report/validation.py"
    assert re.search(r"make \w+|\w+\.py|overtones \w+", check.command)[0] in page  # type: ignore[index]
