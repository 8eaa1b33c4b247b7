# The verbs of this house. `make` alone lists them.
PYTHON ?=
ARGS ?=
export PYTHON
# Where this is set, each of the many processes would compile every package again.
unexport PYTHONDONTWRITEBYTECODE

# universal: Python 3.11.2 needs packages that 3.11.7 does not, and one list serves every machine.
COMPILE = .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header

.DEFAULT_GOAL := help
.PHONY: help setup demo test soak lint bench lock clean

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

soak: setup ## every point of death three times, 500 runs of whatever may happen, every fault at real intervals (an hour)
	@OPS_TOLD_FASTER=1 OPS_TOLD_ALL=1 OPS_POINTS_REPEATS=3 OPS_STATES=500 .venv/bin/pytest -q --timeout=3600 tests/e2e/test_points.py tests/e2e/test_points_actions.py tests/e2e/test_states.py tests/e2e/test_told.py $(ARGS)

bench: setup ## one JSON object per line: what it measures, and against which baseline
	@exec .venv/bin/python -m bench $(ARGS)

lock: setup ## write the lists of packages anew from pyproject.toml (ARGS=--upgrade: to the newest versions)
	@.venv/bin/python -m pip install --quiet uv
	@$(COMPILE) $(ARGS) pyproject.toml -o requirements.lock
	@$(COMPILE) --no-annotate --constraints requirements.lock $(ARGS) --group dev pyproject.toml -o requirements-dev.lock

clean: ## remove .venv and caches; data in var/ stay
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
