"""Whether a change leaves the tables as they were: a hash of every table but `runs`, for several kinds of run.

    python tests/check_identical.py > before.txt         # with the code as it was
    python tests/check_identical.py > after.txt          # with the code as it is
    diff before.txt after.txt

Other code is checked with `--code FOLDER`, the top of another working copy; both use the packages of this environment.
Sources are the sample articles and, where the data for measuring is there, one corpus of news as JSONL (`--corpus FILE` names
another file). A step of a redesign is done when nothing differs.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from itertools import islice
from pathlib import Path

ROOT = Path(__file__).parents[1]
SHARED = Path(os.environ.get("OVERTONES_SHARED", ROOT.parent / "shared"))
KINDS = {
    "one worker": ("--workers", "1"),
    "two workers": ("--workers", "2"),
    "sentiment": ("--workers", "1", "--explain-sentiment"),
    "verbatim": ("--workers", "1", "--verbatim"),
}
N_DOCUMENTS = 3_000


def digests(out: Path) -> dict[str, str]:
    """For each table except `runs`, a SHA-256 of its parts: of their names without hash, and of their content."""
    tables = sorted(path for path in out.iterdir() if path.is_dir() and path.name not in {"runs", ".overtones"})
    found = {}
    for table in tables:
        digest = hashlib.sha256()
        for part in sorted(table.glob("*.parquet")):
            digest.update(part.read_bytes())
        found[table.name] = digest.hexdigest()
    return found


def as_records(corpus: Path, target: Path) -> Path:
    """The first documents of a corpus, whose records hold `id` and `paragraphs`, as records with `id` and `text`."""
    opener = gzip.open if corpus.suffix == ".gz" else open
    with opener(corpus, "rt", encoding="utf-8") as lines, target.open("w", encoding="utf-8") as file:
        for line in islice(lines, N_DOCUMENTS):
            record = json.loads(line)
            text = record.get("text") or "\n\n".join(record["paragraphs"])
            file.write(json.dumps({"id": record["id"], "text": text}, ensure_ascii=False) + "\n")
    return target


def main() -> None:
    """Print a line for each source, kind of run and table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--code", type=Path, default=ROOT, help="top of the working copy whose code is run")
    parser.add_argument("--corpus", type=Path, default=SHARED / "corpora" / "news" / "bbc.jsonl.gz")
    arguments = parser.parse_args()
    environment = os.environ | {"PYTHONPATH": str(arguments.code.absolute())}
    with tempfile.TemporaryDirectory() as folder:
        sources = [ROOT / "data" / "raw"]
        if arguments.corpus.is_file():
            sources.append(as_records(arguments.corpus, Path(folder, "news.jsonl")))
        else:
            print(f"{arguments.corpus} is not there: only the sample articles are compared", file=sys.stderr)
        for source in sources:
            for kind, options in KINDS.items():
                out = Path(folder, f"{source.name} {kind}")
                command = [sys.executable, "-m", "flows", "run", "--no-prefect", "--full", *options, source]
                subprocess.run(
                    [*command, "--out", out / "tables", "--reports", out / "report"],
                    check=True,
                    env=environment,
                    cwd=folder,
                    capture_output=True,
                )
                for table, digest in digests(out / "tables").items():
                    print(f"{source.name:10} {kind:12} {table:16} {digest}")


if __name__ == "__main__":
    main()
