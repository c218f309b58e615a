# `make` alone lists what there is.

PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help install demo test check lint format types fuzz bench bench-console lock clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

install: .venv/ready ## Put wecom-callback into .venv/bin

demo: .venv/ready ## Watch customers being greeted, without a WeCom tenant
	@$(BIN)/wecom-callback demo

test: .venv/ready-dev ## Run every test, on real servers started by the tests
	$(BIN)/python -m pytest -n 4 --dist loadfile

check: lint types test ## Everything that must hold before a commit

lint: .venv/ready-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

format: .venv/ready-dev ## Let ruff put everything into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: .venv/ready-dev
	$(BIN)/mypy .

fuzz: .venv/ready-dev ## Send the endpoint 100,000 requests that no honest sender makes
	$(BIN)/python tests/fuzz.py

bench: .venv/ready-dev ## Measure against what most people write
	$(BIN)/python -m bench.ack
	$(BIN)/python -m bench.welcome
	$(BIN)/python -m bench.parse
	$(BIN)/python -m bench.rules
	$(BIN)/python -m bench.simulator
	$(BIN)/python -m bench.call
	$(BIN)/python -m bench.paging

bench-console: .venv/ready-dev ## Measure the console over a million deliveries
	$(BIN)/python -m bench.console

lock: .venv/ready-dev ## Renew the lock files from pyproject.toml
	$(BIN)/uv pip compile $(LOCK_OPTIONS) --extra build -o requirements.lock pyproject.toml
	$(BIN)/uv pip compile $(LOCK_OPTIONS) --extra build --extra tracing --extra dev -c requirements.lock -o requirements-dev.lock pyproject.toml

LOCK_OPTIONS := --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

clean: ## Remove what was installed and what was run
	rm -rf .venv var build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/ready: requirements.lock pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

.venv/ready-dev: requirements-dev.lock .venv/ready
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	@touch $@
