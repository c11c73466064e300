#!/usr/bin/env bash
# In fsspec, cat() and rm() of a file with [1] in its name read and remove another file, though the named one exists.
#
# Seen with:  fsspec 2026.9.0 (memory and local file systems), Python 3.11.7
# Look up:    the docstrings of AbstractFileSystem.cat, rm and expand_path; "Copying files and directories" in fsspec's documentation
# Behaviour:  cat, get, copy and rm treat every path as a pattern first. `story [1].txt` is a pattern that matches `story 1.txt` and
#             not itself. With both files there, exists(), open() and cat_file() mean the named file; cat() returns the content of
#             the other one, and rm() removes the other one and leaves the named one. None of them warns. The local file system's
#             own rm() is literal, its cat() is not.
# Guess:      A path that exists is used literally; patterns are for glob(). The docstring of rm speaks of "files or directories to
#             delete", not of patterns.
# Meaning:    Browsers save a second download as `name [1].htm` or `name[1].txt`. Ingesting such a folder with cat() counts one article
#             twice and the other never; cleaning up with rm() deletes an article that was not processed. Use cat_file() and rm_file(),
#             which take paths literally.
#
# Output seen:
#   exists:   True
#   cat_file: b'second download'
#   cat:      {'/in/story 1.txt': b'first article'}
#   files after rm('/in/story [1].txt'): ['/in/story [1].txt']
#   cat in a local folder: ['story 1.txt']
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/python" -I -m pip install --quiet --disable-pip-version-check "fsspec==2026.9.0"

mkdir "$work/in"
"$work/venv/bin/python" -I - "$work/in" <<'PY'
import os
import sys

import fsspec

memory = fsspec.filesystem("memory")
memory.pipe_file("/in/story 1.txt", b"first article")
memory.pipe_file("/in/story [1].txt", b"second download")
print("exists:  ", memory.exists("/in/story [1].txt"))
print("cat_file:", memory.cat_file("/in/story [1].txt"))
content = memory.cat("/in/story [1].txt")
print("cat:     ", content)
memory.rm("/in/story [1].txt")
left = memory.find("/in")
print("files after rm('/in/story [1].txt'):", left)

folder = sys.argv[1]
for name in ("story 1.txt", "story [1].txt"):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        file.write(name)
local = [os.path.basename(path) for path in fsspec.filesystem("file").cat(os.path.join(folder, "story [1].txt"))]
print("cat in a local folder:", local)
if content != {"/in/story 1.txt": b"first article"} or left != ["/in/story [1].txt"] or local != ["story 1.txt"]:
    sys.exit("changed: a path that exists is taken literally now, or is refused")
PY
