# `make demo` runs the main job, `make test` passes the tests; each does all its own set-up.
PYTHON ?= python3
# The CPU build is all that training's tests need; on its own line so that nothing pulls another.
TORCH ?= torch==2.13.0
VENV := .venv
# Versions that the tests have passed with; `make CONSTRAINTS=` takes the newest that pyproject allows.
CONSTRAINTS ?= packaging/constraints.txt
INSTALL = $(BIN)/python -m pip install -q --disable-pip-version-check $(CONSTRAINTS:%=-c %)
BIN := $(VENV)/bin
# By another name, or `make -n test` would run the tests.
ITSELF := $(MAKE)
RUN := $(VENV)/.installed-run
DEV := $(VENV)/.installed-dev

.PHONY: demo test check format dist bench constraints clean editors clean-editors

demo: $(RUN)
	$(BIN)/gp demo -o out/demo

test: $(DEV)
	OMP_NUM_THREADS=1 $(BIN)/python tests/support/side_by_side.py --first '$(ITSELF) check'

# What tests with real editors need: 1.4 GB, got on Debian or Ubuntu as root. `make test` does it too.
editors: $(DEV)
	$(BIN)/python tests/support/editors.py

clean-editors: $(DEV)
	$(BIN)/python tests/support/editors.py --remove

check: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright

format: $(DEV)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "GuidingPainter needs Python 3.11 or newer; name one: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)

$(RUN): pyproject.toml $(CONSTRAINTS) | $(BIN)/python
	$(INSTALL) -e '.[cpu]'
	@touch $@

$(DEV): pyproject.toml $(CONSTRAINTS) | $(BIN)/python
	$(INSTALL) '$(TORCH)'
	$(INSTALL) -e '.[cpu,train,dev]'
	@touch $@ $(RUN)

# Wheel, plug-ins and networks as files to give away; tests/release installs and runs them.
dist: $(RUN)
	$(INSTALL) -e '.[cpu,dist]'
	$(BIN)/python packaging/dist.py -o dist

# The table and plot of docs/benchmarks.md; `make bench BENCH=--quick` shows within minutes that it runs.
bench: $(DEV)
	$(BIN)/python -m benchmarks.bench $(BENCH)

# Installs the newest of everything in an environment of its own and writes down what that was; run
# `make test` before you commit it.
constraints:
	$(MAKE) VENV=out/newest BIN=out/newest/bin CONSTRAINTS= out/newest/.installed-dev
	out/newest/bin/python packaging/constraints.py
	rm -rf out/newest

clean:
	rm -rf $(VENV) out build dist .pytest_cache .ruff_cache .hypothesis
