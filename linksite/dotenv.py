"""Makes the development .env once: fresh secrets, and the Sandbox as the gateway."""

import base64
import os
import secrets
from pathlib import Path

PATH = Path(__file__).resolve().parent.parent / ".env"


def text() -> str:
    """Return a development configuration with secrets that nobody else has."""
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    return (
        "# Made by `make run` for development. .env.example explains every line.\n"
        "DEBUG=true\n"
        f"SECRET_KEY={secrets.token_urlsafe(48)}\n"
        f"VAULT_KEYS=dev1:{key}\n"
        f"TOKEN_PEPPER={secrets.token_urlsafe(48)}\n"
        "GATEWAY_URL=http://127.0.0.1:8001/ia/xml/xmlgw.phtml\n"
        "GATEWAY_TEST_HOSTS=127.0.0.1:8001\n"
        "SETTLE_SECONDS=0\n"
    )


def make(path: Path = PATH) -> bool:
    """Write the file, readable by its owner only; return False if it is there."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with open(handle, "w", encoding="utf-8") as file:
        file.write(text())
    return True


if __name__ == "__main__":
    make()
