"""Gets the machine ready for the suite, then runs it on SQLite and on PostgreSQL.

`make test` and `make soak` call this. What may be installed is installed; what cannot
be is named at the end and counts as not run, which under CI=true is a failure.
"""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

SQLITE = "sqlite:///data/linksite.sqlite3"
# The first one draws no windows: it needs half of what the others do.
BROWSERS = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
)
# Debian's packages for each thing, when it is missing.
PACKAGES = {
    "Chromium": ("chromium-headless-shell", "fonts-liberation"),
    "PostgreSQL": ("postgresql",),
    "gettext": ("gettext",),
}
WITHOUT = {
    "Chromium": "the browser tests did not run: install Chromium",
    "PostgreSQL": "the suite did not run on PostgreSQL: install it, or give "
    "DATABASE_URL=postgres://…",
    "gettext": "the French catalogue was not compared with the code: install gettext",
}
# What no database can change runs once.
WITHOUT_DATABASE = (
    "tests/intacct",
    "tests/bench",
    "tests/test_architecture.py",
    "tests/test_design.py",
    "tests/test_house.py",
    "tests/onboarding/test_slips.py",
    "tests/browser/test_every_page.py",
    "tests/browser/test_hours.py",
    "tests/browser/test_keyboard.py",
    "tests/browser/test_offline.py",
    "tests/browser/test_permissions.py",
    "tests/browser/test_scanner.py",
    "tests/browser/test_switches.py",
    "tests/browser/test_watch.py",
)
# Their pages ask the database hardly anything that other files do not: 29 of the 857
# different statements that were counted. `soak` runs them there too.
WITHOUT_NEW_QUERIES = (
    "tests/linksite/test_approval.py",
    "tests/linksite/test_news.py",
    "tests/onboarding/test_colleague.py",
    "tests/onboarding/test_entity.py",
    "tests/onboarding/test_finish.py",
    "tests/onboarding/test_goodbye.py",
    "tests/onboarding/test_labels.py",
    "tests/onboarding/test_open.py",
    "tests/onboarding/test_optional.py",
    "tests/onboarding/test_permissions.py",
    "tests/onboarding/test_returning.py",
    "tests/onboarding/test_scanners.py",
    "tests/onboarding/test_sign_in.py",
    "tests/onboarding/test_steps.py",
    "tests/onboarding/test_watch.py",
    "tests/test_every_cause.py",
)
# A cluster that lives for one run has nothing to keep safe.
FAST = "-c fsync=off -c full_page_writes=off -c synchronous_commit=off"


def own_chromium() -> str | None:
    """Return the path of the Chromium that the machine came with, or None."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def chromium() -> str | None:
    """Return the path of a Chromium: the machine's own, or Playwright's, or None."""
    if found := own_chromium():
        return found
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def postgresql() -> Path | None:
    """Return the folder of PostgreSQL's programs, or None."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if config := shutil.which("pg_config"):
        asked = subprocess.run([config, "--bindir"], capture_output=True, text=True)
        folders.append(Path(asked.stdout.strip()))
    if found := shutil.which("initdb"):
        folders.append(Path(found).resolve().parent)
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


def given_database() -> str:
    """Return the PostgreSQL database that the person gave, or ""."""
    url = os.environ.get("DATABASE_URL", "")
    return url if url.startswith(("postgres://", "postgresql://")) else ""


def missing() -> list[str]:
    """Name what the suite needs and the machine does not have."""
    there = {
        "Chromium": chromium,
        "PostgreSQL": lambda: given_database() or postgresql(),
        "gettext": lambda: shutil.which("xgettext"),
    }
    return [name for name, find in there.items() if not find()]


def install(names: list[str]) -> None:
    """Install what may be installed here: Debian's packages, Playwright's browser."""
    if names and shutil.which("apt-get") and os.geteuid() == 0:
        packages = [package for name in names for package in PACKAGES[name]]
        say(f"Installing {', '.join(packages)}")
        quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        apt = ["apt-get", "-qq", "-o", "Dpkg::Use-Pty=0"]
        subprocess.run([*apt, "update"], env=quiet)
        subprocess.run(
            [*apt, "install", "-y", "--no-install-recommends", *packages],
            env=quiet,
            stdout=subprocess.DEVNULL,
        )
    if "Chromium" in names and not chromium():
        say("Installing Playwright's Chromium")
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"])


@contextmanager
def cluster(programs: Path) -> Iterator[str]:
    """Run a throw-away PostgreSQL on loopback; yield its URL; always stop it."""
    folder = Path(tempfile.mkdtemp(prefix="linksite-"))
    # PostgreSQL refuses to run as root.
    owner = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
    if owner:
        shutil.chown(folder, **owner)
    control = [programs / "pg_ctl", "-D", folder / "data", "-s", "-w"]
    try:
        password = _initialise(programs, folder, owner)
        port = _free_port()
        options = (
            f"-c listen_addresses=127.0.0.1 -p {port} "
            f"-c unix_socket_directories={folder} {FAST}"
        )
        start = [*control, "-l", folder / "log", "-o", options, "start"]
        subprocess.run(start, check=True, cwd=folder, **owner)
        yield f"postgres://linksite:{password}@127.0.0.1:{port}/linksite"
    finally:
        # A second Ctrl-C must not leave the server behind.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        if (folder / "data" / "postmaster.pid").exists():
            subprocess.run([*control, "-m", "immediate", "stop"], cwd=folder, **owner)
        shutil.rmtree(folder, ignore_errors=True)


def _initialise(programs: Path, folder: Path, owner: dict[str, str]) -> str:
    password = secrets.token_hex(16)
    file = folder / "password"
    file.write_text(password)
    if owner:
        shutil.chown(file, **owner)
    command = [programs / "initdb", "-D", folder / "data", "-U", "linksite"]
    command += ["--auth=scram-sha-256", f"--pwfile={file}"]
    command += ["-E", "UTF8", "--no-locale", "--no-sync"]
    quiet = subprocess.DEVNULL
    subprocess.run(command, check=True, cwd=folder, stdout=quiet, **owner)
    return password


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def suite(database: str, arguments: list[str], lacking: list[str]) -> int:
    """Run pytest on a database; return its exit code.

    Three processes for two cores, since browsers make them wait; one test at a time
    for each, since some last a hundred times as long as others.
    """
    processes = min(4, round(1.5 * (os.cpu_count() or 1)))
    command = [sys.executable, "-m", "pytest", "-q", "-n", str(processes)]
    command += ["--dist=load", "--maxschedchunk=1"]
    if "Chromium" in lacking:
        command += ["-m", "not browser and not soak"]
    environment = os.environ | {"DATABASE_URL": database}
    return subprocess.run([*command, *arguments], env=environment).returncode


def on_postgresql(arguments: list[str], lacking: list[str]) -> int:
    """Run pytest on the database that was given, or on a throw-away cluster."""
    arguments = [*_without(WITHOUT_DATABASE), *arguments]
    if url := given_database():
        return suite(url, arguments, lacking)
    programs = postgresql()
    if programs is None:
        return 0
    with cluster(programs) as url:
        return suite(url, arguments, lacking)


def _without(paths: tuple[str, ...]) -> list[str]:
    return [f"--ignore={path}" for path in paths]


def say(line: str) -> None:
    """Print a line now, before what a child process prints next."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def test(arguments: list[str], lacking: list[str]) -> int:
    """Run the suite twice; return the exit code.

    On PostgreSQL each test that asks the database something new runs with its first
    case: the others change words. `soak` runs them all there.
    """
    say("The suite on SQLite")
    failed = suite(SQLITE, arguments, lacking)
    say("Its first cases on PostgreSQL")
    short = ["--first-cases", *_without(WITHOUT_NEW_QUERIES)]
    return on_postgresql([*short, *arguments], lacking) or failed


def soak(arguments: list[str], lacking: list[str]) -> int:
    """Run the long proofs one by one, then every case on PostgreSQL."""
    say("The long proofs")
    failed = suite(SQLITE, ["-n", "0", "-m", "soak", *arguments], lacking)
    say("Every case on PostgreSQL")
    return on_postgresql(arguments, lacking) or failed


def main(arguments: list[str]) -> int:
    """Install, run `test` or `soak`, and say what did not run."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    install(missing())
    lacking = missing()
    run = {"test": test, "soak": soak}[arguments[0]]
    failed = run(arguments[1:], lacking)
    for name in lacking:
        say(f"NOT RUN: {WITHOUT[name]}")
    if lacking and os.environ.get("CI") == "true":
        return failed or 1
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
