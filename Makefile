# Each target works as the first command in a fresh clone, with Python 3.10 to 3.13 and make.
# uv sets up the environment where it is on the PATH, pip otherwise.
VENV ?= .venv
PY := $(VENV)/bin/python
BENCH := tests/benchmarks/bench_speed.py tests/benchmarks/bench_explorer.py tests/benchmarks/bench_threads.py

.PHONY: help setup loopback lessons lab test notebooks student homework spreadsheet explorer slides demo bench publish clean
help:
	@echo "make lessons     run the whole course on embedded data; pages and summary in build/lessons/"
	@echo "make test        run every test, every notebook under nbval, on all cores; pages in build/lessons/"
	@echo "make lab         open JupyterLab on notebooks/"
	@echo "make notebooks   rebuild and execute the committed notebooks from notebooks/source/"
	@echo "make student     copies of the lessons without the solutions, in build/student/"
	@echo "make homework    make the students' notebooks of the homework, and prove the marks of their tests"
	@echo "make spreadsheet rebuild slides/convolution.xlsx, with LibreOffice"
	@echo "make explorer    write what the kernel explorer (slides/explorer) takes from the course"
	@echo "make slides      the decks as HTML and PDF in build/slides/; LINKS=local links to the pages of make lessons"
	@echo "make demo        open the live classifier: handbag, shoe or neither, and classes of your own"
	@echo "make bench       run the benchmarks"
	@echo "make publish REPO=owner/name [REF=main]   point badges and setup cells at your fork"

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
		echo "Installing the course's packages; TensorFlow alone is some 500 MB."; \
		$(PY) -m pip install --quiet --editable '.[dev]'; \
	fi
	@touch $@

# Kernels and the tests' own servers talk over the loopback. In a network namespace that has just been cut off
# (unshare -n) it is still down; everywhere else this line changes nothing.
loopback:
	@ip link set lo up 2>/dev/null || true

lessons: setup loopback
	$(PY) -m helpers.staff.lessons

lab: setup
	cd notebooks && $(abspath $(PY)) -m jupyterlab

test: setup loopback
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m pytest -n auto --dist loadfile --no-loadscope-reorder

notebooks: setup loopback
	$(PY) -m helpers.staff.rebuild

student: setup
	$(PY) -m helpers.staff.student

homework: setup loopback
	$(PY) -m helpers.staff.homework

spreadsheet: setup
	$(PY) -m slides.spreadsheet

explorer: setup
	$(PY) -m slides.embed

slides: setup
	$(PY) -m slides.render --install
	$(PY) -m slides.figures $(if $(LINKS),--links $(LINKS))
	$(PY) -m slides.render

# make demo ARGS="--port 8000 --backbone resnet50"; --help lists what there is.
demo: setup loopback
	$(PY) -m helpers.staff.demo $(ARGS)

bench: setup loopback
	$(PY) -m pytest $(BENCH) -q

publish: setup
	@test -n "$(REPO)" || { echo "Name your repository: make publish REPO=owner/name"; exit 2; }
	$(PY) -m helpers.staff.publish $(REPO) $(if $(REF),--ref $(REF))

clean:
	rm -rf build $(VENV)
