# Each target works as the first command in a fresh clone, with Python 3.10 to 3.13 and make.
# uv sets up the environment where it is on the PATH, pip otherwise.
VENV ?= .venv
PY := $(VENV)/bin/python
COURSE := $(VENV)/bin/course

COMMANDS := lessons lab test assets check student homework grade slides site demo collect publish
COMMANDS += notebooks explorer spreadsheet bench release

.PHONY: help setup loopback clean $(COMMANDS)
help:
	@echo "make lessons   run the whole course on embedded data; pages and a summary are in build/lessons/"
	@echo "make test      run every test, and every notebook under nbval, on all cores"
	@echo "make COMMAND ARGS='...' runs $(COURSE) COMMAND ..., after setting up $(VENV) where it is missing."
	@echo "Commands: $(COMMANDS)"

# The newest of the supported Pythons that is here; `make PYTHON=...` chooses another.
SUPPORTED = import sys, venv; sys.exit(not (3, 10) <= sys.version_info[:2] < (3, 14))
PYTHON ?= $(firstword $(foreach name,python3 python3.13 python3.12 python3.11 python3.10 python,\
	$(shell $(name) -c '$(SUPPORTED)' 2>/dev/null && echo $(name))))

setup: $(VENV)/ready
$(VENV)/ready: requirements.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "No Python 3.10 to 3.13 with the venv module was found. Install one, or name it: make PYTHON=/path/to/python3.12"; exit 1; }
	@if command -v uv >/dev/null; then \
		test -x $(PY) || uv venv --python $(PYTHON) $(VENV); \
		uv pip install --python $(PY) --editable '.[dev]'; \
	else \
		test -x $(PY) || $(PYTHON) -m venv $(VENV); \
		echo "Installing the course's packages. They take 3.3 GB of disk, and 4.2 GB while they unpack."; \
		$(PY) -m pip install --quiet --editable '.[dev]'; \
	fi
	@touch $@

# Kernels and the tests' own servers talk over the loopback. In a network namespace that has just been cut off
# (unshare -n) it is still down; everywhere else this line changes nothing.
loopback:
	@ip link set lo up 2>/dev/null || true

publish: ARGS = $(REPO) $(if $(REF),--ref $(REF))
slides: ARGS = $(if $(LINKS),--links $(LINKS))
$(COMMANDS): setup loopback
	$(COURSE) $@ $(ARGS)

clean:
	rm -rf build $(VENV)
