# Needs Python 3.11 with venv and pip, and make. `make help` lists the targets.
# PYTHON=/path/to/python3.11 chooses the interpreter.

VENV := .venv
BIN := $(VENV)/bin
# -qq: errors only
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check --no-input
COMPILE := $(BIN)/pip-compile --quiet --allow-unsafe --generate-hashes --no-strip-extras \
    --no-emit-index-url --no-emit-trusted-host --no-emit-find-links
# Each test file in one of two workers: most tests wait for a process that keeps one core busy.
PYTEST := $(BIN)/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder
SQL := models tests/singular sesame/simulate/sql $(wildcard adapters)

# Stamps lie in the environment: once made, no target needs the network again.
CORE := $(VENV)/core.stamp
TRAIN := $(VENV)/train.stamp
DEV := $(VENV)/dev.stamp
SPARK := $(VENV)/spark.stamp

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test test-all lint docs train spark shapes bench benchmark-real benchmark-simulated lock clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(firstword $(MAKEFILE_LIST)) | sed 's/:.*## /\t/' | expand -t 20

run: $(CORE) ## the whole way on the demo population: simulate, land, build, audit, publish
	@$(BIN)/sesame run --demo

test: $(DEV) lint ## lint and every test that needs only Python, but the slow ones
	@$(PYTEST) -m "not slow"

# After `test` only what it left out is left to run; nothing is skipped. Spark needs Java 17.
test-all: test $(SPARK) ## `test`, then the slow tests, every mart on both engines among them
	@$(PYTEST) -m slow

lint: $(DEV) ## sqlfluff, ruff and mypy
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy --no-error-summary
	@PYTHONWARNINGS=ignore $(BIN)/sqlfluff lint --processes 2 --nocolor --disable-progress-bar $(SQL)

docs: $(DEV) ## the data dictionary, docs/data_dictionary.md, and dbt's site, target/static_index.html
	@$(BIN)/python -m sesame.dictionary
	@$(BIN)/dbt --quiet docs generate --static

train: $(TRAIN) ## what `sesame train` needs (docs/training.md)

spark: $(SPARK) ## what `dbt build --target spark` needs but Java 17 (docs/spark.md)

# Needs the real data of ../shared/data, or of SESAME_REAL_DATA.
shapes: $(DEV) ## the simulated population beside real data, docs/simulated_shapes.md
	@$(BIN)/sesame simulate --scale 0.02 --to data/shapes/files
	@$(BIN)/python -m sesame.simulate.shapes data/shapes/files

bench: $(DEV) ## ratios of one run: a run's parts, the door, the simulator, scoring, the marts (half an hour, 8 GB)
	@$(BIN)/python -m sesame.bench
	@$(BIN)/python -m sesame.bench_scoring
	@$(BIN)/python -m sesame.bench_marts 0.01 0.1

# Needs the real data of ../shared/data, or of SESAME_REAL_DATA.
benchmark-real: $(DEV) ## fitted scorecards beside optbinning, LightGBM and a plain regression, on real data
	@for name in taiwan_default south_german_credit berka; do \
	    $(BIN)/sesame run --source $$name=$${SESAME_REAL_DATA:-../shared/data}/$$name || exit 1; \
	done
	@$(BIN)/python -m sesame.training.real_data

# v2 was fitted to the population of seed 2; of the others it learnt nothing. The demo's is another.
benchmark-simulated: $(DEV) ## the shipped fitted versions beside LightGBM and the truth (half an hour, 9 GB)
	@for seed in 2 3 4 5; do \
	    export SESAME_HOME=data/benchmark/$$seed; \
	    $(BIN)/sesame simulate --scale 0.1 --seed $$seed --to $$SESAME_HOME/files \
	        && $(BIN)/sesame land $$SESAME_HOME/files \
	        && $(BIN)/sesame build --as-of 2024-01-01 || exit 1; \
	done
	@SESAME_HOME=data/benchmark/2 $(BIN)/python -m sesame.training.simulated v2_stumps v2_evidence \
	    --elsewhere data/benchmark/3 data/benchmark/4 data/benchmark/5

lock: $(DEV) ## requirements*.txt from requirements*.in, with hashes and no index address
	$(COMPILE) --output-file=requirements.txt requirements.in
	$(COMPILE) --output-file=requirements-train.txt requirements-train.in
	$(COMPILE) --output-file=requirements-dev.txt requirements-dev.in
	$(COMPILE) --output-file=requirements-spark.txt requirements-spark.in

clean: ## remove what the tools wrote; data/ and the environment stay
	rm -rf target logs .pytest_cache .hypothesis .mypy_cache .ruff_cache
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

$(BIN)/python:
	@for python in $(PYTHON) python3.11 python3; do \
	    if "$$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; \
	    then exec "$$python" -m venv $(VENV); fi; \
	done; \
	echo "Python 3.11 was not found (tried: $(PYTHON) python3.11 python3);" \
	    "install it, or: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 1

$(CORE): requirements.txt | $(BIN)/python
	@echo "installing requirements.txt into $(VENV) …"
	@$(PIP) install --require-hashes --only-binary :all: -r requirements.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(TRAIN): requirements-train.txt $(CORE)
	@echo "installing requirements-train.txt into $(VENV) …"
	@$(PIP) install --require-hashes --only-binary :all: -r requirements-train.txt
	@touch $@

$(DEV): requirements-dev.txt $(TRAIN)
	@echo "installing requirements-dev.txt into $(VENV) …"
	@$(PIP) install --require-hashes --only-binary :all: -r requirements-dev.txt
	@touch $@

# The packages named are published as sources only; locked all the same, and built by the
# environment's own setuptools.
$(SPARK): requirements-spark.txt $(DEV)
	@echo "installing requirements-spark.txt into $(VENV) …"
	@$(PIP) install --require-hashes --only-binary :all: --no-build-isolation \
	    --no-binary pyspark,pyhive,pure-sasl,thrift,thrift-sasl -r requirements-spark.txt
	@touch $@
