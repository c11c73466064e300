#!/usr/bin/env bash
# pip 23.2.1 drops an extra whose name differs only by an underscore, and both `pip install` and `pip check` succeed.
#
# Seen with:  pip 23.2.1 (the one that Python 3.11.7 puts into a new environment), jusText 3.0.2, lxml 6.1.3, Python 3.11.7
# Look up:    "Extras" in the specification of dependency specifiers (packaging.python.org); "pip check" in pip's documentation
# Behaviour:  jusText requires `lxml[html_clean]`; lxml names the extra `html-clean`. The two names are equal once normalized,
#             but this pip compares them as written. It prints one warning, leaves lxml_html_clean out and exits with 0.
#             `pip check` then reports that no requirement is broken, and `import justext` fails.
# Guess:      Names of extras are normalized as names of packages are; or, if not, a missing extra is an error.
# Meaning:    An article extractor that depends on jusText (trafilatura does) installs cleanly in a fresh environment and cannot be
#             imported. An image that is built with `pip install` and `pip check` passes both and fails at the first run.
#             Require lxml_html_clean by name, or upgrade pip first.
#
# Output seen:
#   WARNING: lxml 6.1.3 does not provide the extra 'html_clean'
#   Successfully installed jusText-3.0.2 lxml-6.1.3
#   exit code of pip install: 0
#   pip check: No broken requirements found.
#   import: ImportError: lxml.html.clean module is now a separate project lxml_html_clean.
#   with pip 26.3: imported, lxml_html_clean 0.4.6
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3.11}" -m venv "$work/venv"
python="$work/venv/bin/python"

"$python" -I -m pip install --quiet --disable-pip-version-check "pip==23.2.1"
code=0
"$python" -I -m pip install --disable-pip-version-check "jusText==3.0.2" "lxml==6.1.3" >"$work/log" 2>&1 || code=$?
grep -E "does not provide the extra|^Successfully installed" "$work/log" || true
echo "exit code of pip install: $code"
check=$("$python" -I -m pip check --disable-pip-version-check 2>&1 || true)
echo "pip check: $check"
import=$("$python" -I -c "import justext" 2>&1 | grep "^ImportError" || true)
echo "import: ${import:-imported}"

"$python" -I -m pip install --quiet --disable-pip-version-check "pip==26.3"
echo "lxml_html_clean==0.4.6" >"$work/constraints"
"$python" -I -m pip install --quiet --disable-pip-version-check --constraint "$work/constraints" \
    "jusText==3.0.2" "lxml==6.1.3"
"$python" -I -c "
import importlib.metadata, justext
print('with pip 26.3: imported, lxml_html_clean', importlib.metadata.version('lxml_html_clean'))"

if [ "$code" != 0 ] || [ "$check" != "No broken requirements found." ] || [ -z "$import" ]; then
    echo "changed: pip no longer leaves out the extra without an error" >&2
    exit 1
fi
