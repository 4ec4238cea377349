# remnant: `make demo` and `make test` do everything on a machine with Python 3.11 and nothing else.
PYTHON ?= python3
BIN := .venv/bin
export PYTHONHASHSEED := 0
unexport PYTHONDONTWRITEBYTECODE  # or every process that starts compiles all that it imports

.PHONY: demo test lint verify bench docs clean

# The environment is made from the lock, once, and again only when the lock or the project changes: what the
# program needs, and for everything but the demo what its development needs too.
.venv/.runs: uv.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv sync --frozen --quiet --no-dev --inexact
	@touch $@

.venv/.made: .venv/.runs
	$(BIN)/uv sync --frozen --quiet
	@touch $@

demo: .venv/.runs  ## synthetic study -> analysis -> report.html
	$(BIN)/remnant demo --out demo

lint: .venv/.made
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

test: lint  ## the whole check
	$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder

verify: .venv/.made  ## the slow statistical proofs, and every other test on examples drawn anew
	EXAMPLES=new $(BIN)/pytest -m "slow or not slow"

bench: .venv/.made  ## ratios to peers and floors; see benchmarks/RESULTS.md
	@for script in benchmarks/bench_*.py; do $(BIN)/python $$script || exit 1; done

docs: .venv/.made  ## data dictionary and command reference, from the code
	$(BIN)/python docs/generate.py

clean:
	rm -rf .venv demo .pytest_cache .mypy_cache .ruff_cache .hypothesis
