PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: install browser demo test lint bench docs clean

install: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $(STAMP)

demo: install
	$(BIN)/motcua study binh-duong

browser:  # for the tests of the report in a browser, which are skipped where there is none
	@command -v chromium > /dev/null || command -v google-chrome > /dev/null || \
		{ test "$$(id -u)" = 0 && apt-get update && \
			DEBIAN_FRONTEND=noninteractive timeout 300 apt-get install --yes chromium fonts-dejavu-core; } > /dev/null 2>&1 || \
		echo "no Chromium and no way to get it: tests in a browser are skipped"

test: install browser
	$(BIN)/motcua simulate tiny > /dev/null  # compiles the kernel once, for all workers of the tests
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile
	NUMBA_DISABLE_JIT=1 $(BIN)/python -m pytest -m nojit

lint: install
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: install
	$(BIN)/python -m sphinx --fail-on-warning --quiet docs build/docs

bench: install  # QUICK=1 for a short look
	$(BIN)/python -m benchmarks $(if $(QUICK),--quick)

clean:
	rm -rf build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
