"""The house around the code: knobs, locks, catalogue, documents and `make run`."""

import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
import tomllib
from pathlib import Path

import allauth
import polib
import pytest

from linksite import dotenv
from linksite import settings as knobs
from linksite.intacct import BY_SLUG, PERMISSIONS
from linksite.management.commands import develop

ROOT = Path(__file__).resolve().parent.parent
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
CATALOGUE = ROOT / "locale/fr/LC_MESSAGES/django.po"
ALLAUTH = ROOT / "locale/allauth/fr/LC_MESSAGES/django.po"
PINNED = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", re.MULTILINE)

KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
GOOD = {
    "SECRET_KEY": "a-signing-key-of-more-than-32-characters",
    "VAULT_KEYS": f"k1:{KEY}",
    "TOKEN_PEPPER": "a-pepper-for-tokens-of-more-than-32-characters",
    "SITE_URL": "https://linksite.example",
}


def _project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def _name(requirement: str) -> str:
    return re.split(r"[\[<>=!~ ]", requirement, maxsplit=1)[0].lower()


def _example() -> dict[str, str]:
    lines = (ROOT / ".env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and line[0] != "#")


# --- knobs ------------------------------------------------------------------------
def test_the_example_names_every_knob_in_order():
    assert list(_example()) == list(knobs.KNOBS)


@pytest.mark.parametrize(
    "name", [n for n, k in knobs.KNOBS.items() if k.__class__ is tuple]
)
def test_the_example_shows_the_default(name):
    kind, default = knobs.KNOBS[name]
    shown = ",".join(default) if kind is list else str(default)

    assert _example()[name] == (shown.lower() if kind is bool else shown)


def test_every_knob_of_the_example_has_a_line_of_comment():
    lines = (ROOT / ".env.example").read_text().splitlines()

    bare = [
        line
        for before, line in zip(lines, lines[1:], strict=False)
        if line and line[0] != "#" and not before.startswith("#")
    ]

    assert bare == []


# --- locks ------------------------------------------------------------------------
@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_names_no_host_index_or_path(lock):
    strange = [
        line
        for line in lock.read_text().splitlines()
        if "://" in line or " @ " in line or line.startswith(("-", "/", "."))
    ]

    assert strange == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_line_of_a_lock_is_hashed(lock):
    entries = lock.read_text().replace("\\\n", " ").strip().splitlines()

    assert all("--hash=sha256:" in entry for entry in entries)


def test_the_locks_agree_and_hold_every_dependency():
    pins = {lock.stem: dict(PINNED.findall(lock.read_text())) for lock in LOCKS}
    wanted = {_name(line) for line in _project()["project"]["dependencies"]}

    assert wanted <= set(pins["run"])
    assert pins["run"].items() <= pins["postgres"].items() <= pins["dev"].items()


# --- the French catalogue -----------------------------------------------------------
@pytest.fixture(scope="module")
def extracted(tmp_path_factory) -> polib.POFile:
    """The catalogue as `make messages` would leave it now."""
    if not shutil.which("xgettext"):
        pytest.skip("gettext is not installed")
    copy = tmp_path_factory.mktemp("messages")
    for folder in ("linksite", "onboarding", "portal", "templates", "locale"):
        shutil.copytree(ROOT / folder, copy / folder)
    command = [sys.executable, "-m", "django", "makemessages", "-l", "fr", "-v", "0"]
    subprocess.run(command, cwd=copy, check=True)
    return polib.pofile((copy / CATALOGUE.relative_to(ROOT)).read_text())


def _catalogue(path: Path = CATALOGUE) -> polib.POFile:
    return polib.pofile(path.read_text())


def test_every_text_is_in_french(extracted):
    assert [entry.msgid for entry in extracted.untranslated_entries()] == []


def test_no_translation_is_a_guess(extracted):
    assert [entry.msgid for entry in extracted.fuzzy_entries()] == []


def test_allauths_words_are_its_own_and_all_in_french():
    theirs = Path(allauth.__file__).parent / "locale/fr/LC_MESSAGES/django.po"
    known = {entry.msgid for entry in _catalogue(theirs)}
    ours = _catalogue(ALLAUTH)

    assert [entry.msgid for entry in ours if entry.msgid not in known] == []
    assert ours.percent_translated() == 100


@pytest.mark.parametrize("path", [CATALOGUE, ALLAUTH], ids=lambda path: path.parts[-4])
def test_a_translation_keeps_the_placeholders(path):
    changed = [
        entry.msgid
        for entry in _catalogue(path).translated_entries()
        for text in (entry.msgstr_plural.values() or [entry.msgstr])
        if _placeholders(text) not in _placeholders_of(entry)
    ]

    assert changed == []


def _placeholders_of(entry: polib.POEntry) -> list[set[str]]:
    """Return what a translation may hold: "one company" needs no number."""
    sources = [entry.msgid, entry.msgid_plural] if entry.msgid_plural else [entry.msgid]
    return [_placeholders(source) for source in sources]


def _placeholders(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)[sd]", text))


def test_every_word_of_the_datasets_is_in_french():
    translated = {entry.msgid for entry in _catalogue().translated_entries()}
    words = {dataset.label for dataset in BY_SLUG.values()}
    words |= {column.label for row in BY_SLUG.values() for column in row.columns}
    words |= {word for row in PERMISSIONS for word in (row.module, row.name)}

    assert words - translated == set()


# --- documents ----------------------------------------------------------------------
def test_the_readme_says_why_each_dependency_is_there():
    readme = (ROOT / "README.md").read_text()
    project = _project()["project"]
    extras = project["optional-dependencies"].values()
    required = [*project["dependencies"], *(line for extra in extras for line in extra)]

    missing = [name for name in map(_name, required) if f"| `{name}` |" not in readme]

    assert missing == []


def test_ci_runs_the_command_of_the_readme():
    commands = [
        line
        for line in (ROOT / ".ci/run").read_text().splitlines()
        if line and not line.startswith(("#", "set ", "cd "))
    ]

    assert commands == ["make test"]
    assert "\nmake test\n" in (ROOT / "README.md").read_text()


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_a_document_points_at_files_that_exist(document):
    targets = re.findall(r"\]\(([^)#:]+)\)", (ROOT / document).read_text())

    assert [target for target in targets if not (ROOT / target).exists()] == []


# --- it refuses to start unsafely ---------------------------------------------------
@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    """The code without the .env of whoever runs the tests."""
    copy = tmp_path_factory.mktemp("site")
    for folder in ("linksite", "onboarding", "portal"):
        shutil.copytree(ROOT / folder, copy / folder)
    shutil.copy(ROOT / "manage.py", copy)
    return copy


def _check(copy: Path, environment: dict[str, str]) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=copy,
        env={"PATH": os.environ["PATH"]} | environment,
        capture_output=True,
        text=True,
    )


def test_it_starts_with_good_secrets(copy):
    assert _check(copy, GOOD).returncode == 0


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"SECRET_KEY": None}, "SECRET_KEY"),
        ({"VAULT_KEYS": None}, "VAULT_KEYS"),
        ({"TOKEN_PEPPER": None}, "TOKEN_PEPPER"),
        ({"TOKEN_PEPPER": "too short"}, "32 characters"),
        ({"TOKEN_PEPPER": GOOD["SECRET_KEY"]}, "must all differ"),
        ({"VAULT_KEYS": "k1:c2hvcnQ="}, "base64"),
        ({"GATEWAY_TEST_HOSTS": "127.0.0.1:8001"}, "DEBUG"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_it_refuses_to_start_with_one_clear_line(copy, changed, said):
    settings = {name: value for name, value in (GOOD | changed).items() if value}

    refused = _check(copy, settings)

    assert refused.returncode != 0
    assert refused.stderr.count("\n") == 1
    assert said in refused.stderr


def test_a_refusal_shows_no_secret(copy):
    refused = _check(copy, GOOD | {"TOKEN_PEPPER": GOOD["SECRET_KEY"]})

    assert not [
        secret for secret in (GOOD["SECRET_KEY"], KEY) if secret in refused.stderr
    ]


# --- make run -----------------------------------------------------------------------
def test_a_development_configuration_is_made_once_and_for_its_owner_only(tmp_path):
    path = tmp_path / ".env"

    made = [dotenv.make(path), dotenv.make(path)]

    assert made == [True, False]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_configuration_it_makes_starts_the_site(copy):
    lines = [line for line in dotenv.text().splitlines() if line[0] != "#"]

    assert _check(copy, dict(line.split("=", 1) for line in lines)).returncode == 0


def test_a_taken_port_is_passed_over():
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]

        assert develop.free_port(taken) > taken


def test_who_starts_at_the_same_time_gets_another_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        wanted = server.getsockname()[1]

    first = develop.free_port(wanted)

    assert first >= wanted
    assert develop.free_port(first) > first


def test_make_run_says_where_to_go_and_stops_all_it_started(tmp_path):
    environment = os.environ | dict(
        line.split("=", 1) for line in dotenv.text().splitlines() if line[0] != "#"
    )
    environment |= {"DATABASE_URL": f"sqlite:///{tmp_path}/run.sqlite3"}
    running = subprocess.Popen(
        [sys.executable, "manage.py", "develop"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )

    too_long = threading.Timer(90, running.terminate)
    too_long.start()
    said = _said_until(running, "Ctrl-C stops everything")
    running.send_signal(signal.SIGINT)
    rest, _ = running.communicate(timeout=30)
    too_long.cancel()

    ports = re.findall(r"http://127\.0\.0\.1:(\d+)/", said)
    assert running.returncode == 0
    assert "AtelierBrume" in said and "/l/" in said
    assert all(_is_closed(int(port)) for port in ports), rest


def _said_until(running: subprocess.Popen, words: str) -> str:
    said = ""
    for line in running.stdout:
        said += line
        if words in line:
            break
    return said


def _is_closed(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
