# dafeng 达峰 — `make run` shows what the Jiujiang plan leads to, `make test` proves the parts.
# Needs Linux, Python >= 3.11 with venv, and make; everything else is installed into .venv, locked with hashes.

PYTHON ?= python3
CASE   ?= jiujiang
VENV   := .venv
BIN    := $(VENV)/bin
# What the two cores are for: tests run side by side, each with single-threaded linear algebra.
JOBS   ?= 2
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1
export PIP_DISABLE_PIP_VERSION_CHECK = 1

EXTRAS  = --extra plan --extra dispatch --extra metering --extra registers --extra web
COMPILE = $(BIN)/uv pip compile --quiet --no-strip-extras --universal --python-version 3.11 --generate-hashes --no-header \
          --no-emit-index-url --group build pyproject.toml

QUICK := not slow and not system and not oracle

.DEFAULT_GOAL := help
.PHONY: help run test test-all lint types contracts check bench golden prove lock cases clean

help:
	@echo "make run        run the Jiujiang case:   results/jiujiang/index.html   (CASE=name for another)"
	@echo "make test       the quick tests, which need nothing but Python"
	@echo "make test-all   also slow ones and those that need a browser, a broker, PostgreSQL, or a reference model"
	@echo "make check      lint, types, import contracts"
	@echo "make prove      full fuzz, kills, mutants, load: hours; writes docs/proof.md   (ONLY=metering for its sections)"
	@echo "make bench      every figure beside its floor"
	@echo "make lock       renew requirements/*.lock from pyproject.toml"

$(VENV)/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "dafeng needs Python 3.11 or newer; found $$($(PYTHON) --version). Try: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/run.installed: $(VENV)/made requirements/run.lock pyproject.toml
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/run.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev.installed: $(VENV)/run.installed requirements/dev.lock
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.lock
	@touch $@

$(VENV)/all.installed: $(VENV)/dev.installed requirements/all.lock
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/all.lock
	@touch $@

run: $(VENV)/run.installed
	$(BIN)/dafeng run $(CASE)

test: $(VENV)/dev.installed
	$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup -m "$(QUICK)"

test-all: $(VENV)/all.installed
	$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup

lint: $(VENV)/dev.installed
	$(BIN)/ruff check src tests tools bench
	$(BIN)/ruff format --check src tests tools bench

types: $(VENV)/dev.installed
	$(BIN)/mypy src

contracts: $(VENV)/dev.installed
	$(BIN)/lint-imports

check: lint types contracts

# renew the golden summaries of Jiujiang and of the bundled drafts; read its diff and give the reason in the commit
golden: $(VENV)/dev.installed
	DAFENG_RENEW_GOLDEN=1 $(BIN)/python -m pytest -q tests/report/test_run.py tests/cases/test_drafted_bundles.py -k golden

bench: $(VENV)/all.installed
	$(BIN)/python -m bench

prove: $(VENV)/all.installed
	$(BIN)/python tools/prove.py $(ONLY)

# the larger set first: what the extras cannot stand (an upper bound on numpy, say) must hold for both
lock: $(VENV)/made
	$(BIN)/python -m pip install --quiet uv
	$(COMPILE) $(EXTRAS) --extra cluster --extra pypsa --group dev --group oracle -o requirements/all.lock
	$(COMPILE) --extra plan --extra ocr -c requirements/all.lock -o requirements/ocr.lock
	$(COMPILE) $(EXTRAS) --group dev -c requirements/all.lock -o requirements/dev.lock
	$(COMPILE) -c requirements/all.lock -o requirements/run.lock

cases: $(VENV)/dev.installed
	$(BIN)/python tools/convert_cases.py --shared ../shared

clean:
	rm -rf $(VENV) results build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
