# Linksite's commands. `make run` and `make test` need Python, make and a network.
PYTHON ?= python3
ARGS ?=
export UV_PYTHON_DOWNLOADS = never

BIN := .venv/bin
CATALOGUES := $(patsubst %.po,%.mo,\
	$(wildcard locale/*/LC_MESSAGES/django.po locale/allauth/*/LC_MESSAGES/django.po))
SOURCES := linksite onboarding portal manage.py
# What `check --deploy` is asked about: a site as an operator would configure it.
DEPLOYED := DEBUG=false SITE_URL=https://linksite.example GATEWAY_TEST_HOSTS= \
	GATEWAY_URL=https://api.intacct.com/ia/xml/xmlgw.phtml

.PHONY: run test check fix soak bench messages lock build clean
.DELETE_ON_ERROR:

# --- what people type ---------------------------------------------------------
run: .venv/.run .env $(CATALOGUES)
	@$(BIN)/python manage.py develop

test: check
	@$(BIN)/python -m tests.machine test $(ARGS)

check: .venv/.dev .env $(CATALOGUES)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint --lint --quiet templates
	$(BIN)/mypy $(SOURCES)
	$(BIN)/python manage.py makemigrations --check
	$(DEPLOYED) $(BIN)/python manage.py check --deploy --fail-level WARNING

fix: .venv/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

soak: .venv/.dev .env $(CATALOGUES)
	@$(BIN)/python -m tests.machine soak $(ARGS)

# Ours beside a peer on this machine, in a few minutes; README tells the figures.
bench: .venv/.dev
	@$(BIN)/python -m tests.bench $(ARGS)

# Needs gettext; the catalogue is then completed by hand.
messages: .venv/.dev .env
	$(BIN)/python manage.py makemessages --locale fr --add-location file \
		--no-obsolete --no-wrap --ignore '.venv/*' --ignore 'tests/*'

# Needs uv. No index, host or path of this machine may enter a lock.
LOCK = env -u PIP_FIND_LINKS -u UV_FIND_LINKS uv pip compile -q --universal \
	--generate-hashes --python-version 3.11 --no-header --no-annotate pyproject.toml
lock:
	$(LOCK) -o requirements/run.txt
	$(LOCK) --extra postgres -o requirements/postgres.txt
	$(LOCK) --extra postgres --group dev -o requirements/dev.txt

# For a real site: the PostgreSQL driver, the French catalogue, the static files.
build: .venv/.postgres $(CATALOGUES)
	$(BIN)/python manage.py collectstatic --no-input --verbosity 0

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache staticfiles test-results
	rm -f $(CATALOGUES)
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- what they stand on -------------------------------------------------------
.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Linksite needs Python 3.11 or newer: make PYTHON=python3.12 …"; exit 1; }
	@if command -v uv >/dev/null; then uv venv -q --python $(PYTHON) .venv; \
	else $(PYTHON) -m venv .venv || { rm -rf .venv; \
		echo "No virtual environment: on Debian, apt-get install python3-venv"; exit 1; }; fi

.venv/.run .venv/.postgres .venv/.dev: .venv/.%: requirements/%.txt | .venv/bin/python
	@echo "Installing $< into .venv"
	@if command -v uv >/dev/null; then \
		uv pip install -q --python .venv/bin/python --require-hashes -r $<; \
	else $(BIN)/python -m ensurepip >/dev/null 2>&1; \
		$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r $<; fi
	@touch $@

.env: | .venv/bin/python
	@$(BIN)/python -m linksite.dotenv

%.mo: %.po | .venv/bin/python
	@$(BIN)/python -c 'import polib, sys; polib.pofile(sys.argv[1]).save_as_mofile(sys.argv[2])' $< $@
