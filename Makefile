# Everything here works on a machine that has Python 3.11 or newer, make and a package index, and nothing else.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := foreshock-demo
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
WORKERS ?= 2
TESTS ?= tests
NEO4J_VERSION ?= 5.26.29
NEO4J_PORT ?= 7687

.PHONY: help install assets demo serve test servertest neo4j estate lint docs bench promises lock clean

help: ## Show what can be made
	@sed -n 's/^\([a-z0-9]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

install: $(VENV)/run.stamp assets ## Make the environment; leaves .venv/bin/foreshock

$(VENV)/run.stamp: locks/build.txt locks/run.txt setup.cfg pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and f"Foreshock needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}. Name another: make PYTHON=python3.12")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --require-hashes -r locks/build.txt -r locks/run.txt
	FORESHOCK_ASSETS=skip $(PIP) install --no-deps --no-build-isolation --config-settings editable_mode=compat --editable .
	@touch $@

# What the pages load in a browser. Takes seconds, and nothing while its inputs are the same; where no npm registry answers, the
# pages do without and one warning says so, but not where CI is set.
assets: $(VENV)/run.stamp ## Build what the pages load in a browser, into web/static/assets
	@$(BIN)/python -m frontend.building

$(VENV)/develop.stamp: $(VENV)/run.stamp locks/develop.txt
	$(PIP) install --require-hashes -r locks/develop.txt
	@touch $@

demo: install ## Load the built-in estate, assess a change and print its one-page summary
	@$(BIN)/foreshock demo --directory $(DEMO)

serve: install ## Serve the pages on the demo's store, or on the one FORESHOCK_STORE names
	@FORESHOCK_STORE=$${FORESHOCK_STORE:-sqlite:///$(DEMO)/foreshock.db} $(BIN)/foreshock serve

test: $(VENV)/develop.stamp assets ## Run the tests that need no server
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not promises and not neo4j" $(TESTS)

servertest: $(VENV)/develop.stamp assets ## Run the tests on a real Neo4j server; needs Java and Maven
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "neo4j and not promises" $(TESTS)

promises: $(VENV)/develop.stamp assets ## Run the tests that take long and print the table of promises
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "(promises or promised) and not timed" --promises anew
	$(BIN)/python -m pytest -m timed --promises more

neo4j: install ## Run a Neo4j server until Ctrl-C, data in .neo4j; needs Java and Maven (NEO4J_VERSION, NEO4J_PORT)
	@$(BIN)/python -m tests.neo4j_serve --version $(NEO4J_VERSION) --port $(NEO4J_PORT)

estate: $(VENV)/develop.stamp ## Run a small data centre in network namespaces until Ctrl-C; needs root, see tests/estate/README.md
	@$(BIN)/python -m tests.estate show

lint: $(VENV)/develop.stamp ## Check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: $(VENV)/develop.stamp ## Write the generated pages of docs/reference
	$(BIN)/python docs/generate.py

bench: $(VENV)/develop.stamp ## Measure against peers; see bench/README.md
	$(BIN)/python -m bench

lock: $(VENV)/develop.stamp ## Renew the lock files from setup.cfg
	$(BIN)/python locks/renew.py

clean: ## Remove everything that was made; Neo4j's jars stay in your cache
	rm -rf $(VENV) $(DEMO) web/static/assets .neo4j build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
