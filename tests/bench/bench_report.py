"""Size of the report and time to write it, for 1, 200, 20,000 and 100,000 documents.

    python tests/bench/bench_report.py [N ...]

The articles are those of the report's tests, repeated under other names. Times are processor times of all threads,
because the clock is meaningless on a machine that others use, too.
"""

from __future__ import annotations

import importlib.util
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tasks.report import build_page, build_report


def newsroom() -> Any:
    """The module that writes the articles of the tests."""
    path = Path(__file__).parents[1] / "report" / "conftest.py"
    spec = importlib.util.spec_from_file_location("newsroom", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def main(sizes: list[int]) -> None:
    """One line for each size: build times, and the sizes of the index and of the largest page."""
    module = newsroom()
    print(
        f"{'documents':>9} {'paragraphs':>10} {'build s':>8} {'again s':>8} {'page s':>7} {'index KB':>8} {'pages':>5} {'largest KB':>10}"
    )
    for n in sizes:
        with tempfile.TemporaryDirectory() as folder:
            tables, reports = Path(folder, "tables"), Path(folder, "reports")
            written = module.repeated(module.analyzed(module.make_newsroom(), module.FAILURES), n)
            module.write_tables(written, tables)
            seconds = []
            for _ in range(2):
                begin = time.process_time()
                summary = build_report(tables, reports, module.RUN_ID)
                seconds.append(time.process_time() - begin)
            begin = time.process_time()
            build_page(tables, reports, summary["documents"][-1]["document_id"])
            page = time.process_time() - begin
            pages = [path.stat().st_size for path in (reports / "documents").iterdir()]
            index = (reports / "index.html").stat().st_size
            n_paragraphs = written["paragraphs"].height
            print(
                f"{n:9,} {n_paragraphs:10,} {seconds[0]:8.2f} {seconds[1]:8.2f} {page:7.2f} {index / 1e3:8.0f} "
                f"{len(pages):5} {max(pages) / 1e3:10.0f}"
            )


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [1, 200, 20_000, 100_000])
