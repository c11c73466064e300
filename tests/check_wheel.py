"""Build the wheel, install it into a fresh environment, and run it from another folder.

The fresh environment sees the dependencies of the present one, but not its editable install of this project: what runs
is what the wheel holds. Run by `make wheel`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).parent.parent
ARTICLE = "Despot’s ‘brutal’ plan sparks fury\n\nThe deranged despot ‚ÄĒ as he is called ‚ÄĒ stormed out. It rained.\n"


def main() -> None:
    """Exit with an error if the wheel lacks anything that a run needs."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(work)], cwd=ROOT, check=True
        )
        [wheel] = work.glob("*.whl")
        home = work / "fresh"
        venv.create(home, with_pip=True)
        python = home / "bin" / "python"
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel], check=True)
        site = subprocess.run(
            [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
            check=True, capture_output=True, text=True,
        ).stdout.strip()  # fmt: skip
        # A path file adds the folder of the dependencies without reading the path files in it.
        (Path(site) / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")

        elsewhere = work / "elsewhere"
        elsewhere.mkdir()
        (elsewhere / "one.txt").write_text(ARTICLE, "utf-8")
        environment = {**os.environ, "OVERTONES_CACHE": str(work / "cache")}
        done = subprocess.run(
            [home / "bin" / "overtones", "run", "--no-prefect", "--json", "one.txt"],
            cwd=elsewhere, env=environment, check=True, capture_output=True, text=True,
        )  # fmt: skip
        counts = json.loads(done.stdout)
        assert counts["documents"] == 1, counts
        where = subprocess.run(
            [python, "-c", "import tasks; print(tasks.__file__)"],
            cwd=elsewhere,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        assert str(home) in where, where
        for name in (
            "documents",
            "paragraphs",
            "sentences",
            "loaded_terms",
            "quotations",
            "repairs",
            "failures",
            "runs",
        ):
            assert any((elsewhere / "data" / "processed" / name).glob("*.parquet")), name
        report = (elsewhere / "reports" / "index.html").read_text("utf-8")
        assert "<html" in report
    print("the wheel works, from an environment and a folder of its own")


if __name__ == "__main__":
    main()
