"""Clients that others wrote talk to the Sandbox as they talk to Sage Intacct.

They are no dependencies of the project: each run installs them into a folder of its
own, from the ordinary registries. Only the address is changed in them.
"""

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from linksite.intacct.endpoints import PATH
from linksite.intacct.sandbox import (
    ATELIER_BRUME,
    SANDBOX_PASSWORD,
    SANDBOX_SENDER_ID,
    SANDBOX_SENDER_PASSWORD,
    SANDBOX_USER,
    Sandbox,
)
from linksite.management.commands.sandbox import QuietHandler, ThreadingServer

pytestmark = pytest.mark.soak

PYTHON_CLIENT = "sageintacctsdk==1.28.1"
NODE_CLIENT = "@intacct/intacct-sdk@2.2.1"

IN_PYTHON = """
import json, os, sys
from sageintacctsdk import SageIntacctSDK
from sageintacctsdk.apis.api_base import ApiBase

# The address is a constant of theirs: it is all that is changed.
start = ApiBase.__init__
def begin(self, *args, **options):
    start(self, *args, **options)
    self._ApiBase__api_url = os.environ["GATEWAY"]
ApiBase.__init__ = begin

client = SageIntacctSDK(
    sender_id=os.environ["SENDER"], sender_password=os.environ["SENDER_PASSWORD"],
    user_id=os.environ["LOGIN"], company_id=os.environ["COMPANY"],
    user_password=os.environ["PASSWORD"],
)
client.ar_invoices._ApiBase__pagesize = 100
entities = client.location_entities.get_all(fields=["LOCATIONID", "NAME"])
invoices = client.ar_invoices.get_all(fields=["RECORDNO", "TOTALDUE"])
print(json.dumps({
    "entities": [row["LOCATIONID"] for row in entities],
    "invoices": [row["RECORDNO"] for row in invoices],
}))
"""

IN_NODE = """
const sdk = require("@intacct/intacct-sdk");
const Endpoint = require("@intacct/intacct-sdk/dist/Credentials/Endpoint").default;
// It takes addresses of Sage's only: that is all that is changed.
Endpoint.isDomainValid = () => true;

async function main() {
  const login = new sdk.ClientConfig();
  login.endpointUrl = process.env.GATEWAY;
  login.senderId = process.env.SENDER;
  login.senderPassword = process.env.SENDER_PASSWORD;
  login.companyId = process.env.COMPANY;
  login.userId = process.env.LOGIN;
  login.userPassword = process.env.PASSWORD;
  const session = await sdk.SessionProvider.factory(login);
  const client = new sdk.OnlineClient(session);
  const ask = async (call) => (await client.execute(call)).getResult();

  const places = new sdk.Functions.Common.ReadByQuery();
  places.objectName = "LOCATIONENTITY";
  const entities = (await ask(places)).data.map((row) => row["LOCATIONID"]);

  const first = new sdk.Functions.Common.ReadByQuery();
  first.objectName = "ARINVOICE";
  first.fields = ["RECORDNO", "TOTALDUE"];
  first.pageSize = 100;
  let page = await ask(first), invoices = [];
  for (;;) {
    invoices = invoices.concat(page.data.map((row) => row["RECORDNO"]));
    if (page.numRemaining === 0) break;
    const more = new sdk.Functions.Common.ReadMore();
    more.resultId = page.resultId;
    page = await ask(more);
  }
  console.log(JSON.stringify({ entities, invoices }));
}
main().catch((error) => { console.error(error); process.exit(1); });
"""


@pytest.fixture
def gateway() -> Iterator[tuple[str, Sandbox]]:
    """Serve a strict Sandbox on two ports; give the first one's address."""
    with (
        ThreadingServer(("127.0.0.1", 0), QuietHandler) as first,
        ThreadingServer(("127.0.0.1", 0), QuietHandler) as second,
    ):
        here, there = (
            f"http://127.0.0.1:{server.server_port}{PATH}" for server in (first, second)
        )
        sandbox = Sandbox(url=there, is_strict=True)
        for server in (first, second):
            server.set_app(sandbox)
            threading.Thread(target=server.serve_forever, daemon=True).start()
        yield here, sandbox
        first.shutdown()
        second.shutdown()


def _installed(*command: str | Path, cwd: Path) -> None:
    """Run an installer; without a registry the test cannot run, and CI must know."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    if done.returncode:
        words = f"{Path(command[0]).name} could not install: {done.stderr[-500:]}"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(words)


def _run(
    *command: str | Path, cwd: Path, gateway: str
) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "GATEWAY": gateway,
        "SENDER": SANDBOX_SENDER_ID,
        "SENDER_PASSWORD": SANDBOX_SENDER_PASSWORD,
        "COMPANY": ATELIER_BRUME,
        "LOGIN": SANDBOX_USER,
        "PASSWORD": SANDBOX_PASSWORD,
    }
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=120
    )


def _expect_everything(
    done: subprocess.CompletedProcess[str], sandbox: Sandbox
) -> None:
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    books = sandbox.companies[ATELIER_BRUME].books
    assert said["entities"] == ["100", "200", "300"]
    assert said["invoices"] == [row["RECORDNO"] for row in books.tables["ARINVOICE"]]
    assert {call.outcome for call in sandbox.log} == {"ok"}


def test_sageintacctsdk_reads_page_by_page(
    gateway: tuple[str, Sandbox], tmp_path: Path
) -> None:
    address, sandbox = gateway
    _installed(sys.executable, "-m", "venv", "venv", cwd=tmp_path)
    python = tmp_path / "venv" / "bin" / "python"
    _installed(python, "-m", "pip", "install", "-q", PYTHON_CLIENT, cwd=tmp_path)

    refused = _run(python, "-c", IN_PYTHON, cwd=tmp_path, gateway=address)
    sandbox.reset()
    sandbox.is_strict = False
    done = _run(python, "-c", IN_PYTHON, cwd=tmp_path, gateway=address)

    # It goes on at the first address, whatever endpoint it is told.
    assert "Invalid session" in refused.stderr
    _expect_everything(done, sandbox)


def test_intacct_sdk_for_node_reads_page_by_page(
    gateway: tuple[str, Sandbox], tmp_path: Path
) -> None:
    address, sandbox = gateway
    npm = shutil.which("npm")
    if npm is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("npm is not installed")
    _installed(npm, "install", "--no-audit", "--no-fund", NODE_CLIENT, cwd=tmp_path)

    done = _run("node", "-e", IN_NODE, cwd=tmp_path, gateway=address)

    _expect_everything(done, sandbox)
