"""Build the wheel, install it into fresh environments, and run it from another folder. Run by `make wheel`.

Environments for three questions:
- Does the wheel hold what a run needs? This one sees the dependencies of the present environment, but not its editable
  install of this project: what runs is what the wheel holds.
- Does the wheel name what it depends on? This one starts with nothing but the pip that comes with Python, which is older
  than the one of the present environment, and gets the dependencies from the package index, in the versions of
  requirements.lock.
- Does that work with newer versions of Python, too? Asked of those that this machine has; the others are named.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import zipfile
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from write_notice import NOTICE, tables

ROOT = Path(__file__).parent.parent
ARTICLE = "Despot’s ‘brutal’ plan sparks fury\n\nThe deranged despot ‚ÄĒ as he is called ‚ÄĒ stormed out. It rained.\n"
PAGE = """<!doctype html><html><head><title>A day in town</title></head><body><nav><a href="/">Home</a></nav>
<article><h1>A day in town</h1><p>It rained on the town for most of the day, and people stayed at home.</p>
<p>The mayor said nothing about it, went home early and was not seen again.</p></article></body></html>
"""
NEWER = ("3.12", "3.13")
TABLES = (
    "documents",
    "paragraphs",
    "sentences",
    "loaded_terms",
    "quotations",
    "attributions",
    "repairs",
    "failures",
    "runs",
)


def main() -> None:
    """Exit with an error if the wheel lacks anything that a run needs."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        os.environ["OVERTONES_CACHE"] = str(work / "cache")
        os.environ.pop("PYTHONPATH", None)  # the fresh environments must not see this folder
        wheel = build(work)
        check_licences(wheel)
        print("the wheel and the source archive hold LICENSE and NOTICE", flush=True)
        check_content(wheel, work / "content")
        print("the wheel works, from an environment and a folder of its own", flush=True)
        check_requirements(wheel, work / "requirements", sys.executable)
        print("the wheel works where the pip that comes with Python has installed it and what it requires", flush=True)
        for version in NEWER:
            if python := interpreter(version):
                check_requirements(wheel, work / version, python)
                print(f"the wheel works with Python {version}", flush=True)
            else:
                print(f"Python {version} is not on this machine: not tried with it", flush=True)


def build(work: Path) -> Path:
    """The wheel, with the source archive beside it."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-t", "wheel", "-d", str(work)],
        cwd=ROOT, check=True,
    )  # fmt: skip
    [wheel] = work.glob("*.whl")
    return wheel


def check_licences(wheel: Path) -> None:
    """Our licence and the notices on others' go wherever the package goes."""
    name = "-".join(wheel.name.split("-")[:2])
    with (
        zipfile.ZipFile(wheel) as in_wheel,
        tarfile.open(wheel.with_name(f"{name}.tar.gz")) as in_archive,
    ):
        for file in ("LICENSE", "NOTICE"):
            content = (ROOT / file).read_bytes()
            assert in_wheel.read(f"{name}.dist-info/licenses/{file}") == content, file
            archived = in_archive.extractfile(f"{name}/{file}")
            assert archived is not None, file
            assert archived.read() == content, file


def check_content(wheel: Path, work: Path) -> None:
    """The wheel holds every file that a run needs."""
    python = fresh_environment(work / "fresh")
    run(python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel)
    # A path file adds the folder of the dependencies without reading the path files in it.
    site = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    (Path(site) / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")

    elsewhere = work / "elsewhere"
    counts = analyze(python, elsewhere, "one.txt", ARTICLE)
    assert counts["documents"] == 1, counts
    where = run(python, "-c", "import tasks; print(tasks.__file__)", cwd=elsewhere)
    assert str(work) in where, where
    for name in TABLES:
        assert any((elsewhere / "data" / "processed" / name).glob("*.parquet")), name
    report = (elsewhere / "reports" / "index.html").read_text("utf-8")
    assert "<html" in report


def interpreter(version: str) -> str | None:
    """The path of a Python of that version; None if there is none that can be started."""
    command = ["-c", "import sys, venv, ensurepip; print(sys.executable, '%d.%d' % sys.version_info[:2])"]
    for name in (f"python{version}", f"python{version}.exe"):
        if found := shutil.which(name):
            environment = os.environ | {"PYENV_VERSION": version}  # pyenv's commands start what this names
            done = subprocess.run([found, *command], capture_output=True, text=True, check=False, env=environment)
            path, _, result = done.stdout.strip().rpartition(" ")
            if done.returncode == 0 and result == version:
                return path
    return None


def check_requirements(wheel: Path, work: Path, base: str) -> None:
    """`pip install` of the wheel alone gets every package, also with a pip that is years old."""
    python = fresh_environment(work / "fresh", base)
    versions = work / "versions.txt"
    locked = re.findall(r"^[\w.-]+==[^\\\n]+", (ROOT / "requirements.lock").read_text("utf-8"), re.MULTILINE)
    versions.write_text("\n".join(locked) + "\n")
    run(python, "-m", "pip", "install", "--quiet", "--quiet", "--no-compile", "--constraint", versions, wheel)
    run(python, "-m", "pip", "check")
    listed = json.loads(run(python, "-m", "pip", "list", "--format", "json"))
    installed = {canonicalize_name(package["name"]) for package in listed}
    # `pip check` does not look at extras; NOTICE lists what follows from them as well. Other versions of Python need
    # other packages, so what is installed here says nothing of them.
    here = {canonicalize_name(package.metadata["Name"]) for package in metadata.distributions()}
    needed = {row.name for row in tables(NOTICE.read_text("utf-8"))[""]} & here
    assert base != sys.executable or needed <= installed, (
        f"pip has not installed {', '.join(sorted(needed - installed))}"
    )

    counts = analyze(python, work / "elsewhere", "one.html", PAGE)
    assert counts["documents"] == 1, counts
    article = run(
        python, "-c", "from tasks.ingest.formats.html import extract_article as e; print(e(open(0).read()))", text=PAGE
    )
    assert "The mayor said nothing" in article, article
    assert "Home" not in article, article


def fresh_environment(home: Path, base: str = sys.executable) -> Path:
    """The Python of a new environment of the Python `base`, which has the pip that comes with it and nothing else."""
    subprocess.run([base, "-m", "venv", home], check=True)
    return home / "bin" / "python"


def analyze(python: Path, folder: Path, name: str, text: str) -> dict[str, Any]:
    """The counts of a run over one article, in a folder of its own."""
    folder.mkdir(parents=True)
    (folder / name).write_text(text, "utf-8")
    counts: dict[str, Any] = json.loads(
        run(python.with_name("overtones"), "run", "--no-prefect", "--json", name, cwd=folder)
    )
    return counts


def run(*command: str | Path, cwd: Path | None = None, text: str | None = None) -> str:
    """What a command prints; the end of this script if it fails."""
    done = subprocess.run(
        command, cwd=cwd, input=text, stdout=subprocess.PIPE, text=True, check=False
    )  # fmt: skip
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))} ended with {done.returncode}\n{done.stdout}")
    return done.stdout


if __name__ == "__main__":
    main()
