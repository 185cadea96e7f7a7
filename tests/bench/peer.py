"""The same tasks by sageintacctsdk, in a virtual environment of its own."""

import json
import os
import resource
import sys
import time

import requests
from sageintacctsdk import SageIntacctSDK

GATEWAY = os.environ["GW_URL"]
PATH = "/ia/xml/xmlgw.phtml"
sent = 0


def post(url, **options):
    """Send to the gateway being measured: this SDK knows only one address."""
    global sent
    sent += 1
    return requests.api.request("post", GATEWAY.rstrip("/") + PATH, **options)


requests.post = post


def main() -> None:
    """Do TASK and print one line of JSON."""
    started = time.perf_counter()
    sdk = SageIntacctSDK("linksite-sandbox", "Sandbox-Sender-1", "u", "c", "p")
    if os.environ["TASK"] == "probe":
        records = len([sdk.ar_invoices.count() for _ in range(25)])
    else:
        records = len(sdk.ar_invoices.get_all())
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures = {
        "records": records,
        "seconds": round(seconds, 3),
        "requests": sent,
        "peak_rss_mb": round(peak, 1),
    }
    sys.stdout.write(json.dumps(figures) + "\n")


main()
