"""What a process of `manage.py bench_sync` needs before Django: it has nothing."""

import atexit
import base64
import importlib
import json
import os
import resource
import secrets
import shutil
import sys
import tempfile
import time


def prepare() -> None:
    """Give this process secrets and, unless DATABASE_URL is set, a database.

    With TASK=import, import linksite.intacct, say how long that took and exit.
    """
    if os.environ.get("TASK") == "import":
        started = time.perf_counter()
        importlib.import_module("linksite.intacct")
        sys.stdout.write(line(0, time.perf_counter() - started, 0))
        sys.exit()
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    os.environ |= {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "VAULT_KEYS": f"bench:{key}",
        "TOKEN_PEPPER": secrets.token_urlsafe(48),
        "DEBUG": "false",
        "GATEWAY_TEST_HOSTS": "",
    }
    if "DATABASE_URL" not in os.environ:
        folder = tempfile.mkdtemp(prefix="linksite-bench-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        os.environ["DATABASE_URL"] = f"sqlite:///{folder}/bench.sqlite3"


def line(records: int, seconds: float, requests: int) -> str:
    """Return the figures of a task as one line of JSON."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Kilobytes, but bytes on a Mac.
    megabytes = peak / (1024 * 1024 if sys.platform == "darwin" else 1024)
    figures = {
        "records": records,
        "seconds": round(seconds, 3),
        "requests": requests,
        "peak_rss_mb": round(megabytes, 1),
    }
    return json.dumps(figures) + "\n"
