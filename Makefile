# A machine with make and Python 3.11 or later is enough: each target makes what it needs, once.
# A second run starts at once; a changed lock file is installed again.

VENV := .venv
LEDGER := demo/demo.ledger
REPORT := demo/report.html
MARKS :=

stamp = $(VENV)/ready-$(1)-$(shell (pwd; cat requirements/$(1).lock requirements/install pyproject.toml) | cksum | cut -d' ' -f1)
COMPILE = uv pip compile --quiet --universal --generate-hashes --custom-compile-command "make lock"
RUN := $(or $(wildcard $(call stamp,test)),$(call stamp,run))
TEST := $(call stamp,test)

.PHONY: demo test check bench soak docs lock

demo: $(RUN)
	@mkdir -p demo
	@rm -f $(LEDGER) $(LEDGER)-lock $(LEDGER)-lock-journal $(LEDGER)-wal $(LEDGER)-shm $(REPORT)
	$(VENV)/bin/stoplog replay $(MARKS) --ledger $(LEDGER) --report $(REPORT)

test: check
	@echo "Running the tests"
	@$(VENV)/bin/python -m pytest -n 2

check: $(TEST)
	@echo "Checking lint, format, types, imports and rules"
	@$(VENV)/bin/ruff check --quiet .
	@$(VENV)/bin/ruff format --check --quiet .
	@$(VENV)/bin/mypy --strict src
	@$(VENV)/bin/lint-imports --no-logo
	@$(VENV)/bin/python -m pytest -q tests/house/test_rule_coverage.py

bench: $(TEST)
	@$(VENV)/bin/python -m bench

soak: $(TEST)
	@$(VENV)/bin/python -m pytest -m soak

# Writes docs/performance.md from the figures of the last `make bench`.
docs: $(TEST)
	@$(VENV)/bin/python -m bench --document

# Needs uv; on the project's side only.
lock:
	$(COMPILE) --python-version 3.11 pyproject.toml --group build --group test --group check -o requirements/test.lock
	$(COMPILE) --python-version 3.11 pyproject.toml --group build -c requirements/test.lock -o requirements/run.lock
	$(COMPILE) --python-version 3.11 --group peer-lrvx -o requirements/peer-lrvx.lock
	$(COMPILE) --python-version 3.11 --group peer-freqtrade -o requirements/peer-freqtrade.lock
	$(COMPILE) --python-version 3.11 --group peer-jesse -o requirements/peer-jesse.lock
	$(COMPILE) --python-version 3.12 --group peer-nautilus -o requirements/peer-nautilus.lock
	$(COMPILE) --python-version 3.11 --group peer-fast-vollib -o requirements/peer-fast_vollib.lock
	$(COMPILE) --python-version 3.11 --group peer-jax -o requirements/peer-jax.lock
	$(COMPILE) --python-version 3.11 --group peer-polars-vol -o requirements/peer-polars_vol.lock
	$(COMPILE) --python-version 3.11 --group peer-py-vollib-vectorized -o requirements/peer-py_vollib_vectorized.lock
	$(COMPILE) --python-version 3.11 --group peer-quantlib -o requirements/peer-quantlib.lock

# The stamps: named by the content of what was installed.
$(sort $(RUN) $(TEST)): $(VENV)/ready-%:
	@requirements/install $(VENV) requirements/$(firstword $(subst -, ,$*)).lock stoplog
	@rm -f $(VENV)/ready-$(firstword $(subst -, ,$*))-*
	@touch $@
