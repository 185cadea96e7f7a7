"""Measures Linksite beside sageintacctsdk, in turns, and prints a table.

Figures of one machine mean little; the ratios of one run mean more.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
PEER = "sageintacctsdk==1.28.1"
OURS = [sys.executable, str(ROOT / "manage.py"), "bench_sync"]
COLUMNS = "{:<34}{:>12}{:>10}{:>11}{:>10}{:>10}{:>12}{:>10}"


@contextmanager
def gateway(records: int, latency: float) -> Iterator[str]:
    """Run a gateway of its own process on a free port; give its address."""
    command = [sys.executable, "-m", "tests.bench.gateway"]
    command += ["--records", str(records), "--latency", str(latency)]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as running:
        try:
            assert running.stdout is not None
            yield f"http://127.0.0.1:{int(running.stdout.readline())}"
        finally:
            running.kill()


def install_peer(folder: Path) -> list[str]:
    """Install the peer into an environment in `folder`; return how to run it."""
    python = folder / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    pip = [python, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    subprocess.run([*pip, PEER, "setuptools"], check=True)
    return [str(python), str(ROOT / "tests" / "bench" / "peer.py")]


def measure(command: list[str], address: str, task: str) -> dict[str, Any]:
    """Run one process to its end; return its figures and the gateway's."""
    urllib.request.urlopen(f"{address}/_stats").close()
    environment = {"PATH": os.environ["PATH"], "GW_URL": address, "TASK": task}
    if "DATABASE_URL" in os.environ:
        environment["DATABASE_URL"] = os.environ["DATABASE_URL"]
    done = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    with urllib.request.urlopen(f"{address}/_stats") as answer:
        return json.loads(done.stdout) | {"gateway": json.load(answer)}


def medians(runs: list[dict[str, Any]]) -> dict[str, float]:
    """Return the middle of what several runs took, the most of what they used."""
    counted = [run["gateway"] for run in runs]
    return {
        "records": runs[0]["records"],
        "seconds": statistics.median(run["seconds"] for run in runs),
        "memory": statistics.median(run["peak_rss_mb"] for run in runs),
        "requests": max(run["requests"] for run in runs),
        "connections": max(row["connections"] for row in counted),
        "most": max(row["max_inflight"] for row in counted),
    }


def show(name: str, row: dict[str, float], peer: dict[str, float] | None) -> None:
    """Print one line of the table; the ratio is how often the peer's time it is."""
    rate = f"{row['records'] / row['seconds']:,.0f}" if row["records"] > 25 else "-"
    ratio = f"{peer['seconds'] / row['seconds']:.1f}x" if peer else ""
    cells = (f"{row['seconds']:.3f}", f"{row['memory']:.0f}", int(row["requests"]))
    print(COLUMNS.format(name, rate, *cells, row["connections"], row["most"], ratio))


def compare(
    title: str, peer: list[str], task: str, records: int, latency: float, runs: int
) -> None:
    """Measure both in turns at one gateway and print their lines."""
    with gateway(records, latency) as address:
        both: dict[str, list[dict[str, Any]]] = {"ours": [], "peer": []}
        for _ in range(runs):
            both["ours"].append(measure(OURS, address, task))
            if peer:
                both["peer"].append(measure(peer, address, task))
    theirs = medians(both["peer"]) if peer else None
    show(f"{title}: Linksite", medians(both["ours"]), theirs)
    if theirs:
        show(f"{title}: sageintacctsdk", theirs, None)


def main() -> None:
    """Run every comparison."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--large", type=int, default=1_000_000, help="0: leave it out")
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="linksite-peer-") as folder:
        peer = install_peer(Path(folder))
        heads = ("records/s", "seconds", "memory MB", "requests", "connects")
        print(COLUMNS.format("", *heads, "in flight", "ratio"))
        compare("import", [], "import", 1, 0, asked.runs)
        compare("probe, 200 ms", peer, "probe", asked.records, 0.2, asked.runs)
        compare("read", peer, "read", asked.records, 0, asked.runs)
        if asked.large:
            compare(f"read {asked.large:,}", [], "read", asked.large, 0, 1)


if __name__ == "__main__":
    main()
