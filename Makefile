# Every target sets up what it needs in .venv first; a machine needs only make and Python 3.11 or newer.
# What is missing and cannot be fetched stops the target with a sentence that says what to install.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# The first of these that is new enough makes .venv; name another with `make PYTHON=/path/to/python3 ...`.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)

LOCKED := .venv/locked
READY := .venv/ready
BIN := .venv/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
DEMO_HOME := var/demo
DEMO := env -u DATABASE_URL -u REDIS_URL TIMEBANK_HOME=$(DEMO_HOME) $(BIN)/timebank
HOST := 127.0.0.1
PORT := 8000
# Two workers, because the tests are written for small machines; `make test WORKERS=8` uses a larger one.
WORKERS := 2

.PHONY: help run test soak check format bench lock clean

help:
	@echo 'make run     serve the demonstration district on http://$(HOST):$(PORT)'
	@echo 'make test    run the tests, with a real PostgreSQL and a real Redis'
	@echo 'make soak    run the long sweeps'
	@echo 'make check   lint, formatting, types, and who may import whom'
	@echo 'make format  put the code into the shape that check expects'
	@echo 'make bench   print the figures of benchmarks/RESULTS.md for this machine'
	@echo 'make lock    pin the newest allowed dependencies in requirements.lock'
	@echo 'make clean   remove .venv and caches; var/ (books and keys) stays'

# A stamp is written last, so a half-made .venv is never taken for a whole one.
$(LOCKED): requirements.lock
	@if [ -z '$(PYTHON)' ]; then \
		echo 'Python 3.11 or newer is needed: install it (package python3 on Debian 12), or name it: make PYTHON=/path/to/python3' >&2; \
		exit 1; fi
	@if ! $(PYTHON) -m venv --clear .venv; then \
		echo 'Python cannot make a virtual environment: install its venv module (package python3-venv on Debian and Ubuntu)' >&2; \
		exit 1; fi
	@echo 'Fetching the dependencies of requirements.lock into .venv'
	@if ! $(PIP) install --require-hashes -r requirements.lock; then \
		echo 'The dependencies could not be installed: pip must reach a package index (see its message above)' >&2; \
		exit 1; fi
	@touch $@

$(READY): pyproject.toml $(LOCKED)
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

# `playing` marks a district that is not played to its end: only such a home is ever cleared. The shell's own
# DATABASE_URL and REDIS_URL are left out, so that a demonstration never ends up in a real book.
run: $(READY)
	@if [ -e $(DEMO_HOME)/playing ]; then rm -rf $(DEMO_HOME); fi
	@if [ ! -e $(DEMO_HOME)/book.db ]; then \
		mkdir -p $(DEMO_HOME) && touch $(DEMO_HOME)/playing && $(DEMO) demo && rm $(DEMO_HOME)/playing; fi
	@$(DEMO) serve --host $(HOST) --port $(PORT)

test: $(READY)
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m 'not soak'

soak: $(READY)
	$(BIN)/python -m pytest -m soak -o faulthandler_timeout=3600

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(READY)
	$(BIN)/python -m benchmarks

# No index address is written: each machine resolves from the index that it is set up for, checked by the hashes.
lock: $(READY)
	@$(PIP) install 'uv>=0.9,<1'
	$(BIN)/uv pip compile --quiet --system-certs --upgrade --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate --group dev pyproject.toml --output-file requirements.lock

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
