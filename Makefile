# Everything a newcomer needs: make demo, make test, make ui. Python 3.11 or newer and a package registry are all they ask for.
PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: install install-ray demo test chaos ui lint audit clean

install: .venv/.installed

.venv/.installed: pyproject.toml .ci/lock/packages.txt .ci/lock/torch.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --no-deps --require-hashes -r .ci/lock/packages.txt
	$(BIN)/pip install --quiet -r .ci/lock/torch.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

# The engine for many machines, docs/scale.md; its tests are skipped without it.
install-ray: install
	$(BIN)/pip install --quiet -r .ci/lock/ray.txt

demo: install
	$(BIN)/shopcart demo

ui: install
	$(BIN)/shopcart ui

lint: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint
	OMP_NUM_THREADS=1 $(BIN)/pytest

audit:
	PYTHON=$(PYTHON) .ci/audit

# Kills, full and read-only disks, damaged deliveries: docs/chaos.md. KILLS=200 SEED=1 for a long night.
KILLS ?= 22
SEED ?= 0
chaos: install
	OMP_NUM_THREADS=1 $(BIN)/pytest -n 0 tests/chaos --chaos --kills $(KILLS) --chaos-seed $(SEED)

clean:
	rm -rf .venv .shopcart
