# run: the studio · test: every test · lint: style and types · bench: measured ratios. Each installs what is missing into .venv.
# Another Python: make PYTHON=python3.12 …   Further arguments: make run ARGS="--template xor", make test ARGS="-k export -x"
PYTHON ?= python3
ARGS ?=
VENV := .venv
INSTALLED := $(VENV)/installed

.PHONY: run test lint bench qt
.DEFAULT_GOAL := run

run: $(INSTALLED)
	@$(VENV)/bin/python main.py $(ARGS)

# Two tests at a time with one thread each: more threads than cores make torch several times slower.
test: $(INSTALLED) qt
	QT_QPA_PLATFORM=offscreen OMP_NUM_THREADS=1 $(VENV)/bin/python -m pytest -n 2 $(ARGS)

lint: $(INSTALLED)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

bench: $(INSTALLED)
	$(VENV)/bin/python -m benchmarks $(ARGS)

$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Netloom needs Python 3.11 or newer; this is %d.%d. Say which one to use: make PYTHON=python3.12" % sys.version_info[:2])'
	@test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing Netloom into $(VENV); the first time this takes some minutes."
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@touch $@

# Qt needs system libraries that a bare machine lacks. Root on Debian or Ubuntu gets them; anyone else is told how.
qt: $(INSTALLED)
	@lacking=$$(QT_QPA_PLATFORM=offscreen $(VENV)/bin/python -m gui.libraries) && test -z "$$lacking" || \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing the system libraries that Qt needs: $$lacking"; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$lacking >/dev/null; \
	else \
		echo "Qt needs system libraries that are not installed. As root: apt-get install --no-install-recommends $$lacking" >&2; \
		exit 3; \
	fi
