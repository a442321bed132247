# make chat: set everything up and talk to a coach.   make test: set everything up and run the tests.
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
UV_VERSION := 0.13.9
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
# uv from the PATH, or the one put into the environment.
UV := $(or $(shell command -v uv 2>/dev/null),$(BIN)/uv)
# Tests wait for servers and clocks half of their time: one more than there are processors.
WORKERS ?= $(shell $(BIN)/python -c 'import os; print((os.cpu_count() or 1) + 1)' 2>/dev/null || echo auto)
INSTALL = VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet --require-hashes

.PHONY: setup setup-dev chat test check format bench eval chaos transcripts vectors payloads lock clean

setup: $(VENV)/.run
setup-dev: $(VENV)/.dev

$(BIN)/python:
	@if [ -z "$(PYTHON)" ]; then echo "rocket-coach needs Python 3.11 or newer; none was found." >&2; exit 1; fi
	@echo "Making $(VENV) (once) ..." >&2
	@{ $(PYTHON) -m venv $(VENV) || { command -v uv && uv venv --quiet --allow-existing $(VENV); }; } </dev/null >&2
	@command -v uv >/dev/null 2>&1 || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION) </dev/null >&2

$(VENV)/.run: requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing what the bot needs ..." >&2
	@$(INSTALL) -r requirements.lock </dev/null >&2
	@VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet --no-deps --no-build-isolation -e . </dev/null >&2
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	@echo "Installing what the tests need ..." >&2
	@$(INSTALL) -r requirements-dev.lock </dev/null >&2
	@touch $@

chat: setup
	@$(BIN)/rocket chat $(ARGS)

test: setup-dev
	$(BIN)/python -m pytest -q -n $(WORKERS) $(ARGS)

check: setup-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports
	$(BIN)/python -m personas

format: setup-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Workers are killed while people write; ARGS=--short for what every change must pass.
chaos: setup-dev
	$(BIN)/python -m tests.chaos $(ARGS)

# MODEL=provider:name has a language model word the replies; only when it is named right here, as
# it may cost money. Keys and addresses (OPENAI_API_KEY, OPENAI_BASE_URL, ...) are passed on.
eval: setup-dev
	$(BIN)/python -m evaluation.run $(if $(filter command,$(origin MODEL)),--model $(MODEL)) $(ARGS)

bench: setup-dev
	$(BIN)/python -m benchmarks.run $(ARGS)

transcripts: setup-dev
	$(BIN)/python -m evaluation.transcripts

# Makes the word vectors anew; needs torch, model2vec and the source model (docs/vectors.md).
vectors:
	python scripts/make_vectors.py $(ARGS)

# What the tests make the bot send, checked against the platforms' own descriptions in SCHEMAS.
payloads: setup-dev
	@if [ -z "$(SCHEMAS)" ]; then echo "make payloads SCHEMAS=a folder with slack.schema.json" >&2; exit 1; fi
	rm -rf build/payloads
	ROCKET_PAYLOADS=1 $(BIN)/python -m pytest -q -n auto $(wildcard tests/slack tests/discord tests/contract)
	$(BIN)/python scripts/check_payloads.py $(SCHEMAS)

# What runs is what is tested: one choice of versions, made with all the tests need in view.
lock: | $(BIN)/python
	$(UV) pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header \
		--no-emit-index-url --group build --group dev pyproject.toml -o requirements-dev.lock
	$(UV) pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header \
		--no-emit-index-url --group build -c requirements-dev.lock pyproject.toml -o requirements.lock

clean:
	rm -rf $(VENV) build dist .pytest_cache .ruff_cache .hypothesis
