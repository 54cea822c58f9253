# make demo   the incident in a box, on loopback; ARGS=--exit ends by itself
# make test   every test; installs what the tests need when it may
# make lint   ruff, mypy and the shape of the house
PYTHON ?= python3
VENV ?= .venv
READY = $(VENV)/.ready

.PHONY: demo test lint format clean

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --editable '.[embedded,notify,signed,slack,dev]'
	touch $@

demo: $(READY)
	$(VENV)/bin/watchdog demo $(ARGS)

test: $(READY)
	./tests/install-system-packages
	$(VENV)/bin/python -m tests.e2e.synapse
	$(VENV)/bin/coverage run -m pytest $(ARGS)
	$(VENV)/bin/coverage report --include='watchdog/core/*' --fail-under=100

lint: $(READY)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

format: $(READY)
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

clean:
	rm -rf $(VENV) dist build
