# All commands of this repository. `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
LOCAL := $(VENV)/.local
AUDIT := $(VENV)/audit
SITE := $(VENV)/site
OLDEST := build/oldest/.ready
LOCKS := requirements.lock requirements-local.lock requirements-audit.lock requirements-site.lock requirements-oldest.lock secure_gateway/authorizer/requirements.lock
PAGE := build/demo.html
BENCH := build/bench/.ready
CHECKOV := build/checkov/.ready
RIVALS := build/node/.ready

.DEFAULT_GOAL := help
.PHONY: help setup demo test check lint types contracts unit audit fuzz soak mutants differential agreement bench bench-ask bench-fleet bench-large properties test-engine test-changes local respelled provider-tables schema docs site pictures policies lock test-oldest release-check sbom languages clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

setup: $(READY) ## create the virtual environment from the lock file

$(READY): requirements.lock pyproject.toml policypack/pyproject.toml
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . -e policypack
	@touch $@

$(LOCAL): $(READY) requirements-local.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-local.lock
	@touch $@

$(AUDIT) $(SITE): $(VENV)/%: requirements-%.lock | $(READY)
	$(PYTHON) -m venv --clear $@
	$@/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<

demo: $(READY) ## build and check a secure and an unsafe gateway, without an AWS account
	@echo "== gateway-policy check stacks --stack recommended"
	@$(BIN)/gateway-policy check stacks --stack recommended
	@echo; echo "== gateway-policy check stacks --stack unsafe"
	@$(BIN)/gateway-policy check stacks --stack unsafe; test $$? -eq 1 # it must be caught
	@echo; echo "== gateway-policy check stacks --stack recommended --stack unsafe --format html"
	@mkdir -p $(dir $(PAGE))
	@$(BIN)/gateway-policy check stacks --stack recommended --stack unsafe --format html --output $(PAGE); \
	  test $$? -eq 1
	@echo "Open it in a browser: file://$(abspath $(PAGE))"

test: check unit ## run every check and every test

check: lint types contracts ## check lint, types and import contracts

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(READY)
	$(BIN)/basedpyright

contracts: $(READY)
	$(BIN)/lint-imports

unit: $(READY) ## run the tests only
	$(BIN)/python -m pytest -n 2

$(OLDEST): requirements.lock requirements-oldest.lock
	$(PYTHON) -m venv --clear $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-oldest.lock
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . -e policypack
	@touch $@

test-oldest: $(OLDEST) ## run the tests with the oldest version of each dependency that users may have
	$(dir $(OLDEST))bin/python -m pytest -n 2

languages: ## install the SDKs of other languages, with which tests run programs in TypeScript, JavaScript and Go (needs the network)
	@mkdir -p build/languages/go && cp tests/languages/package*.json build/languages
	command -v npm >/dev/null && cd build/languages && npm ci --silent || echo "no npm: programs for Node.js are left out"
	command -v go >/dev/null && cd tests/languages/go && go build -o ../../../build/languages/go/program . \
	  || echo "no go: programs in Go are left out"

audit: $(AUDIT) ## check every pinned dependency against the public advisories (needs the network)
	@for lock in $(LOCKS); do \
	  echo "== $$lock"; $(AUDIT)/bin/pip-audit --strict --disable-pip --require-hashes -r $$lock || exit 1; done

properties: $(READY) ## build many thousands of gateways from valid, broken and hostile args and documents
	HYPOTHESIS_PROFILE=deep $(BIN)/python -m pytest -n 2 tests/properties

mutants: $(READY) ## break compliant gateways in thousands of ways, and write docs/proof.md
	PYTHONPATH=tests $(BIN)/python proof/mutants.py --page docs/proof.md
	PYTHONPATH=tests $(BIN)/python proof/openings.py

differential: $(READY) ## compare the evaluators of resource policies, web ACLs and requests with a solver on 100,000 inputs per question
	PYTHONPATH=tests $(BIN)/python tests/solver/differential.py

agreement: $(READY) ## compare what the policies find with who gets through, on all generated gateways and mutants
	PYTHONPATH=tests:proof $(BIN)/python tests/agreement.py

bench: $(LOCAL) $(BENCH) $(CHECKOV) $(RIVALS) ## measure performance, also of the alternatives, and write docs/performance.md
	$(BIN)/python -m benchmarks $(BENCHED) \
	  --checkov build/checkov/bin/checkov --python build/bench/bin/python --node build/node/node_modules

bench-ask: $(READY) ## measure how long gateway-policy ask takes for a question about 300 routes
	$(BIN)/python -m benchmarks.ask

bench-fleet: $(LOCAL) ## measure 10,000 stacks of a self-managed backend, and write docs/performance.md
	$(BIN)/python -m benchmarks --only fleet

bench-large: BENCHED := --most 100000
bench-large: bench ## the same, including 100,000 resources

$(BENCH) $(CHECKOV): build/%/.ready: benchmarks/%.lock
	$(PYTHON) -m venv --clear $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

$(RIVALS): benchmarks/node/package-lock.json
	@mkdir -p $(@D) && cp benchmarks/node/package*.json $(@D)
	command -v npm >/dev/null && cd $(@D) && npm ci --silent || echo "no npm: aws-jwt-verify is left out"
	@touch $@

fuzz: $(READY) ## send a million mutated tokens and events to the authorizer, guided by coverage if atheris is installed
	$(BIN)/python benchmarks/fuzz_authorizer.py

soak: $(READY) ## the authorizer for an hour against an issuer and a store that rotate, empty, slow down and die
	$(BIN)/python benchmarks/soak_authorizer.py --minutes $(or $(MINUTES),60)

test-engine: $(LOCAL) ## run the tests that use the real Pulumi CLI, if installed, with a local emulation of AWS
	$(BIN)/python -m pytest -n 2 tests/engine

test-changes: $(LOCAL) ## change every option, make every call of an update fail, and write proof/changes.md (hours)
	rm -rf build/changes
	CHANGES=all $(BIN)/python -m pytest -n 2 tests/engine/test_change_matrix.py tests/engine/test_fault_matrix.py; \
	  failed=$$?; PYTHONPATH=tests:local $(BIN)/python tests/change_matrix/table.py > proof/changes.md && exit $$failed

local: $(LOCAL) ## deploy `recommended` to a local emulation of AWS with the Pulumi CLI, check it and destroy it
	@$(BIN)/python local/up.py

respelled: $(READY) ## evaluate every compliant gateway and all its mutants in every form and spelling
	RESPELLED=all $(BIN)/python -m pytest -n 2 tests/policies/test_respelled.py

provider-tables: $(READY) ## write the names of Terraform's provider from SCHEMA=..., which `terraform providers schema -json` writes
	PYTHONPATH=tests:. $(BIN)/python tests/provider_tables.py $(SCHEMA)

schema: $(READY) ## write the component package's schema
	$(BIN)/python -m secure_gateway --schema > schema.json

docs: $(READY) ## write the option tables of the pages about the layers, and docs/reference.md
	PYTHONPATH=tests:. $(BIN)/python tests/option_tables.py
	PYTHONPATH=tests:. $(BIN)/python tests/reference.py

site: $(SITE) ## build the documentation as a static site with a page for each policy, in build/site/site
	rm -rf build/site
	$(BIN)/python proof/site_pages.py build/site
	$(SITE)/bin/zensical build --strict --config-file build/site/mkdocs.yml

pictures: $(READY) ## draw the README's pictures again (needs Chromium)
	$(BIN)/python proof/pictures.py docs

policies: $(READY) ## write docs/policies.md and the schema of configuration files
	$(BIN)/gateway-policy list --format markdown > docs/policies.md
	$(BIN)/gateway-policy config --schema > policy-config.schema.json

lock: $(READY) ## pin every dependency by hash
	$(BIN)/uv pip compile pyproject.toml policypack/pyproject.toml --group dev --extra html --extra verify --universal --python-version 3.11 --generate-hashes \
	  --upgrade --custom-compile-command "make lock" --quiet --output-file requirements.lock
	echo 'joserfc>=1.7.4,<2' | $(BIN)/uv pip compile - --python-version 3.12 --python-platform x86_64-manylinux2014 \
	  --generate-hashes --no-annotate --custom-compile-command "make lock" --quiet \
	  --output-file secure_gateway/authorizer/requirements.lock
	$(BIN)/uv pip compile pyproject.toml policypack/pyproject.toml --group dev --group local --extra html --extra verify --universal --python-version 3.11 \
	  --generate-hashes --constraint requirements.lock --custom-compile-command "make lock" --quiet --output-file requirements-local.lock
	$(BIN)/uv pip compile --group audit --universal --python-version 3.11 --generate-hashes --upgrade \
	  --custom-compile-command "make lock" --quiet --output-file requirements-audit.lock
	$(BIN)/uv pip compile pyproject.toml policypack/pyproject.toml --extra html --extra verify --resolution lowest-direct --universal \
	  --python-version 3.11 --generate-hashes --custom-compile-command "make lock" --quiet --output-file requirements-oldest.lock
	$(BIN)/uv pip compile --group site --universal --python-version 3.11 --generate-hashes --upgrade \
	  --custom-compile-command "make lock" --quiet --output-file requirements-site.lock
	printf 'matplotlib\njoserfc>=1.6.3,<2\npyjwt\naws-lambda-powertools\n' | $(BIN)/uv pip compile - --universal \
	  --python-version 3.11 --constraint requirements.lock --generate-hashes --no-annotate \
	  --custom-compile-command "make lock" --quiet --output-file benchmarks/bench.lock
	echo checkov | $(BIN)/uv pip compile - --universal --python-version 3.11 --generate-hashes --no-annotate \
	  --custom-compile-command "make lock" --quiet --output-file benchmarks/checkov.lock

release-check: $(READY) ## build both distributions and install each into a bare environment (needs the network)
	$(BIN)/python proof/release.py

sbom: $(AUDIT) ## list what the released packages depend on, in build/sbom-*.json (CycloneDX)
	@mkdir -p build
	@for name in secure_gateway gateway_policy; do \
	  $(PYTHON) -m venv --clear build/bare && \
	  build/bare/bin/python -m pip install --quiet --disable-pip-version-check build/release/$$name-*.whl && \
	  $(AUDIT)/bin/cyclonedx-py environment --output-reproducible --output-file build/sbom-$$name.json build/bare || exit 1; done

clean: ## delete everything that make created
	rm -rf $(VENV) build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache
