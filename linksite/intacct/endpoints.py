"""Which addresses a session or a password may be sent to."""

import re
from collections.abc import Collection
from ipaddress import ip_address

PATH = "/ia/xml/xmlgw.phtml"
GATEWAY_URL = "https://api.intacct.com" + PATH

# A test of the ending alone lets ports, paths, user names and newlines through.
_GATEWAY = re.compile(
    r"https://(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+intacct\.com"
    r"/ia/xml/xmlgw\.phtml",
    re.ASCII,
)


def is_allowed(url: str, test_hosts: Collection[str] = ()) -> bool:
    """Say whether `url` is a gateway of Sage, or one of `test_hosts`.

    `test_hosts` holds "host:port" texts.
    """
    return bool(_GATEWAY.fullmatch(url)) or is_test(url, test_hosts)


def is_test(url: str, test_hosts: Collection[str]) -> bool:
    """Say whether `url` is exactly the gateway's path on one of `test_hosts`."""
    return any(url in (f"http://{h}{PATH}", f"https://{h}{PATH}") for h in test_hosts)


def is_public(address: str) -> bool:
    """Say whether an IP address is one of the public internet."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_global and not found.is_multicast
