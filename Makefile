# The verbs of this house. `make` alone lists them.
PYTHON ?=
ARGS ?=
export PYTHON

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint bench lock clean

help: ## list these verbs
	@grep -E '^[a-z]+:.*##' Makefile | sed 's/:[^#]*## /\t/'

setup: ## make .venv from requirements-dev.lock
	@.ci/setup requirements-dev.lock

demo: ## a small company, a local Slack, the bot, a pulse (ARGS=--once: a short tour by itself)
	@.ci/setup requirements.lock
	@exec .venv/bin/python -m bot demo $(ARGS)

test: setup ## lint, types, contracts and every test (ARGS go to pytest)
	@.ci/check $(ARGS)

lint: setup ## correct what can be corrected by itself, then show the rest
	@.venv/bin/ruff check --fix .
	@.venv/bin/ruff format .

bench: setup ## one JSON object per line: what it measures, and against which baseline
	@exec .venv/bin/python -m bench $(ARGS)

lock: setup ## write the lists of packages anew from pyproject.toml
	@.venv/bin/python -m pip install --quiet uv
	@.venv/bin/uv pip compile --quiet --upgrade --python-version 3.11 --generate-hashes --no-emit-index-url --no-header $(ARGS) \
		pyproject.toml -o requirements.lock
	@.venv/bin/uv pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url --no-header $(ARGS) \
		-c requirements.lock --group dev pyproject.toml -o requirements-dev.lock

clean: ## remove .venv and caches; data in var/ stay
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
