#!/usr/bin/env bash
# model_validate() of a pydantic-settings class fills what the given data leaves out from the environment, not from the defaults.
#
# Seen with:  pydantic-settings 2.16.3, pydantic 2.14.3, Python 3.11.7
# Look up:    "Settings Management" in pydantic's documentation; the docstrings of BaseSettings and of BaseModel.model_validate
# Behaviour:  BaseSettings(...) reads the environment: that is what it is for. model_validate({...}) and model_validate_json(...) of
#             the same class do so too. A stored, complete-looking record is completed from the machine that reads it, and a
#             variable that does not fit makes the record invalid. Only model_construct() leaves the environment alone.
# Guess:      model_validate() checks the data given, as in every other pydantic model, with the class's defaults for the rest.
# Meaning:    Settings that a run has recorded are read back with another value on another machine, so that a repeated run is not the
#             same run and a report shows settings that were never used. Keep the record in a plain BaseModel, or write every field.
#
# Output seen:
#   recorded:           {"out": "tables"}
#   without a variable: out='tables' workers=1
#   with WORKERS=7:     out='tables' workers=7
#   from JSON:          out='tables' workers=7
#   with WORKERS=many:  1 validation error for Settings
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/python" -I -m pip install --quiet --disable-pip-version-check "pydantic-settings==2.16.3" "pydantic==2.14.3"

"$work/venv/bin/python" -I - <<'PY'
import json
import os
import sys

from pydantic import ValidationError
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    out: str = "results"
    workers: int = 1


recorded = {"out": "tables"}
os.environ.pop("WORKERS", None)
os.environ.pop("OUT", None)
print("recorded:          ", json.dumps(recorded))
print("without a variable:", Settings.model_validate(recorded))
os.environ["WORKERS"] = "7"
seven = Settings.model_validate(recorded)
print("with WORKERS=7:    ", seven)
print("from JSON:         ", Settings.model_validate_json(json.dumps(recorded)))
os.environ["WORKERS"] = "many"
try:
    Settings.model_validate(recorded)
    message = "no error"
except ValidationError as error:
    message = str(error).splitlines()[0]
print("with WORKERS=many: ", message)
if seven.workers != 7 or message == "no error":
    sys.exit("changed: model_validate no longer reads the environment")
PY
