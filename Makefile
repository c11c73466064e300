# `make run` analyzes data/raw; `make test` runs what CI runs. Both create the environment first, which takes time only once.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
READY_TO_RUN := $(VENV)/.ready-to-run
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check

.PHONY: run test lint types imports tests parity kills fuzz bench wheel docs lock notice clean

run: $(READY_TO_RUN)
	$(BIN)/overtones run

test: lint types imports tests wheel

# The lock files are complete, so pip has nothing to resolve; `pip check` fails otherwise. A run needs three fifths of the
# packages; the others are for tests and other checks.
$(READY_TO_RUN): requirements-run.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed: make PYTHON=python3.11") if sys.version_info < (3, 11) else None'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --no-deps --require-hashes --requirement requirements-run.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	$(BIN)/python -m pip check
	touch $@

$(READY): $(READY_TO_RUN) requirements.lock
	$(PIP) install --no-deps --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip check
	touch $@

lint: $(READY)
	$(BIN)/ruff format --check
	$(BIN)/ruff check

types: $(READY)
	$(BIN)/mypy

imports: $(READY)
	$(BIN)/lint-imports

tests: $(READY)
	sh tests/install_browser.sh || test "$$CI" != true  # without a browser, its tests are skipped
	$(BIN)/python -m pytest -n 2

# Comparison with every output of textstat and VADER on 100,000 generated paragraphs and all news paragraphs, with both
# dictionaries.
parity: $(READY)
	OVERTONES_TEST_FUZZ=100000 OVERTONES_TEST_CORPUS=all $(BIN)/python -m pytest tests/measure/test_parity.py --log-cli-level=INFO

# Runs killed at fifty random moments, each completed by the next run.
kills: $(READY)
	OVERTONES_TEST_KILLS=50 $(BIN)/python -m pytest tests/flows/test_kills.py -s

# A minute of coverage-guided fuzzing of the decoders and readers, and a minute of generated articles for the other stages.
fuzz: $(READY)
	$(BIN)/python tests/ingest/fuzz_readers.py 60
	OVERTONES_TEST_FUZZ_SECONDS=60 $(BIN)/python -m pytest tests/test_analysis.py -s

# Speed, as ratios to the reference libraries in the same run.
bench: $(READY)
	for bench in tests/bench/bench_*.py; do echo "== $$bench"; $(BIN)/python $$bench || exit 1; done

# The wheel, installed into new environments and run from another folder.
wheel: $(READY)
	$(BIN)/python tests/check_wheel.py

docs: $(READY)
	$(BIN)/overtones schema --markdown > docs/tables.md
	$(BIN)/overtones explain --markdown > docs/metric_reference.md

# requirements-run.lock is the part of requirements.lock that a run needs, in the same versions.
COMPILE := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-header --no-annotate

lock: $(READY)
	$(PIP) install uv
	$(COMPILE) --all-extras --upgrade --output-file requirements.lock
	$(COMPILE) --extra build --constraint requirements.lock --output-file requirements-run.lock

# The packages in NOTICE with their licences, after the requirements or the lock have changed.
notice: $(READY)
	$(BIN)/python tests/write_notice.py

clean:
	rm -rf $(VENV) dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
