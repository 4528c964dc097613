# make report         check, time and report everything available here: results/latest/
# make test           the project's tests on every CPython with the GIL found here
# make test-all       the same on free-threaded CPython and PyPy too, and with asserts switched off
# make docs           the site of the documentation: build/site
# make interpreters   bring free-threaded CPython and PyPy, where pyenv or Debian can
# make browser        the report's page in Chromium, as its readers use it
# make lint           ruff and mypy
# make clean          remove what the others have made
#
# Each sets itself up from nothing, in .venv; it needs Python 3.9 or newer, and make.
# Another Python than python3:  make report PYTHON=python3.13
# Not everything available:     make report TARGETS="threading asyncio"
# Two interpreters at once:     make test TOX='run-parallel --parallel 2'

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip -qq --disable-pip-version-check
TOX    ?= run
LABEL  ?= test
OUTPUT ?= results/latest
DEPTH  ?= quick
BUDGET ?= 2m
TARGETS ?=

.DEFAULT_GOAL := help
.PHONY: help interpreters report test test-all docs optimized proof lint clean browser

help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile

report: $(VENV)/.providers
	@$(BIN)/syncproof run $(TARGETS) -o $(OUTPUT) --depth $(DEPTH) --budget $(BUDGET)
	@echo "The results are in $(OUTPUT); read $(OUTPUT)/report.md"

interpreters:
	@$(PYTHON) scripts/interpreters.py $(if $(LIMIT),--limit $(LIMIT))

test: $(VENV)/.tox
	@$(BIN)/python -m tox $(TOX) -m $(LABEL)

test-all: $(VENV)/.tox
	@$(BIN)/python -m tox $(TOX) -m all

optimized proof docs: $(VENV)/.tox
	@$(BIN)/python -m tox run -q -e $@

CHROMIUM := for name in chromium chromium-browser google-chrome; do command -v $$name && exit; done; exit 1
# Debian's is taken where there is none; without one its tests are left out, with a line.
browser: $(VENV)/.tox
	@sh -c '$(CHROMIUM)' > /dev/null || { echo "Installing Chromium ..."; \
	    { timeout 90 apt-get update && timeout 90 apt-get install -y chromium; } > /dev/null 2>&1; } || \
	    echo "There is no Chromium here, and none can be installed: what needs it is left out."
	@$(BIN)/python -m tox run -q -e browser

lint: $(VENV)/.tox
	@$(BIN)/python -m tox run -q -e lint,types

clean:
	rm -rf $(VENV) .tox results/latest build dist src/*.egg-info
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .syncproof
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# ---- what the targets above need

$(VENV)/bin/python:
	@command -v "$(PYTHON)" > /dev/null || { \
	    echo "There is no $(PYTHON) here. Say which Python to use: make PYTHON=python3.13"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 9))' || { \
	    echo "$(PYTHON) is too old: 3.9 is needed. Say another: make PYTHON=python3.13"; exit 1; }
	@echo "Making $(VENV) with $$($(PYTHON) --version) ..."
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	    echo "$(PYTHON) cannot make a virtual environment: install its venv module (python3-venv)," \
	         "or say another: make PYTHON=python3.13"; exit 1; }

$(VENV)/.tox: $(VENV)/bin/python
	@echo "Installing tox ..."
	@$(PIP) install "tox>=4.11" $$(command -v uv > /dev/null && echo tox-uv)
	@touch $@

$(VENV)/.project: $(VENV)/bin/python pyproject.toml
	@echo "Installing syncproof ..."
	@$(PIP) install -e .
	@$(PIP) install --only-binary=:all: -e ".[report]" || \
	    echo "There are no tables and pages: pandas has no wheel for this interpreter."
	@touch $@

$(VENV)/.providers: $(VENV)/.project scripts/providers.py $(wildcard implementations/*.py)
	@echo "Installing the implementations that have a wheel for this interpreter:"
	@$(BIN)/python scripts/providers.py | sed 's/^/  /'
	@touch $@
