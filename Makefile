# The habits of the house, one target each. `make` alone prints this list.
#
# Python is the one of .venv where there is one (`make dev` makes it), else python3;
# `make test PYTHON=...` takes another.

PYTHON ?= $(if $(wildcard .venv/bin/python),.venv/bin/python,python3)
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help dev check test golden sanitize bench

help: ## print this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 18

dev: ## make .venv and install gotrace into it: editable, kernels compiled, every tool
	python3 -m venv .venv
	.venv/bin/python -m pip install --editable '.[dev]'

check: ## ruff (rules and format) and mypy --strict
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy --strict

test: ## all tests; ARGS="tests/readers -k gzip" narrows it
	$(PYTHON) -m pytest -n auto $(ARGS)

golden: ## rewrite the golden files from what gotrace prints now; read the diff before committing
	$(PYTHON) -m pytest -n auto --update-golden $(ARGS)

# Kernels with AddressSanitizer and UndefinedBehaviorSanitizer, plain gcc, in a copy of the tree
# under .sanitize/ so that the kernels in use stay as they are. The first finding kills the run.
# SANITIZE_TESTS are the tests that feed kernels: their own, the readers' and the corpus.
#
# Does it bite? `make sanitize PLANT=1` plants a read past the end of a buffer in the copy and
# succeeds only if the sanitizer stops it.
SANITIZE_TESTS ?= tests/kernels tests/readers tests/model/guided tests/model/test_replay.py
sanitize: ## run the kernels' and readers' tests on kernels built with ASan and UBSan
	PYTHON=$(PYTHON) PLANT=$(PLANT) tests/sanitize.sh $(SANITIZE_TESTS) $(ARGS)

bench: ## time and memory beside `go tool pprof`, as a table for docs/performance.md
	$(PYTHON) tests/bench/bench_report.py $(ARGS)
