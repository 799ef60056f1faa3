# `make` alone lists the targets. Nothing has to be installed before but make and Python 3.11+.
# With LEGACY_URL=mysql://… and DATABASE_URL=postgresql://… set, the demo and the tests use those
# servers; otherwise private ones, which need no rights and touch nothing of the system.
# MYSQL_URL=mysql://… names a MySQL of any version for the tests that MySQL 5.6 takes part in.

PYTHON ?= python3
VENV ?= .venv
ROWS ?=
MEASURES ?=

RUN = $(VENV)/bin/python
PIP = $(RUN) -m pip install --quiet --disable-pip-version-check

# Arguments for pytest: make test ARGS="-k keyset"; one process for each processor, with its own
# servers: ARGS="-n 0" runs in one.
ARGS ?=
PYTEST = $(RUN) -m pytest -n auto --dist worksteal

.DEFAULT_GOAL := help
.PHONY: help venv demo demo-down test test-slow test-all lint bench clean

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

venv: $(VENV)/.dev  ## Create .venv with delamp and the tools to develop it

demo: $(VENV)/.runtime  ## Move a made-up legacy database, on private servers: ROWS=…
	@$(RUN) -m examples.demo $(if $(ROWS),--rows $(ROWS))

demo-down:  ## Stop the demo's servers and remove their data
	@if [ -x $(RUN) ]; then $(RUN) -m examples.demo down; else $(PYTHON) -m migrate.servers down; fi

test: $(VENV)/.dev  ## Run the tests but the slow ones: ARGS="-k name"
	@$(PYTEST) $(ARGS)

test-slow: $(VENV)/.dev  ## Run the slow tests only
	@$(PYTEST) -m slow $(ARGS)

test-all: $(VENV)/.dev  ## Run all tests
	@$(PYTEST) -m "slow or not slow" $(ARGS)

lint: $(VENV)/.dev  ## Check style, layout and types
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@$(RUN) -m mypy

bench: $(VENV)/.bench  ## Measure, and write benchmarks/latest.json: ROWS=… MEASURES="…"
	@$(RUN) -m benchmarks $(MEASURES) $(if $(ROWS),--rows $(ROWS))

clean: demo-down  ## Remove everything that the other targets made
	rm -rf $(VENV) .delamp build dist *.egg-info .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.runtime: pyproject.toml
	@echo "creating $(VENV) and installing delamp"
	@$(PYTHON) .ci/make_venv.py $(VENV)
	@$(PIP) --editable '.[bcrypt]'
	@touch $@

$(VENV)/.bench: $(VENV)/.runtime
	@echo "installing what delamp is measured against"
	@$(PIP) --editable '.[bcrypt,bench]' || echo "not to be had: reladiff is left out"
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime
	@echo "installing the tools for tests and lint"
	@$(PIP) --editable '.[dev]'
	@touch $@
