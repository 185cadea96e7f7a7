"""Certificates of the tests' own, and the TLS that a server makes of them."""

import datetime
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

NOW = datetime.datetime.now(datetime.UTC)
DAY = datetime.timedelta(days=1)

Made = tuple[x509.Certificate, ec.EllipticCurvePrivateKey]


def certificate(host: str, *, days: int = 1, issuer: Made | None = None) -> Made:
    """Return a certificate for a host, and its key; of its own if no issuer."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer[0].subject if issuer else name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - 30 * DAY)
        .not_valid_after(NOW + days * DAY)
        .add_extension(x509.BasicConstraints(ca=not issuer, path_length=None), True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), False)
    )
    return made.sign(issuer[1] if issuer else key, hashes.SHA256()), key


def context(folder: Path, made: Made) -> ssl.SSLContext:
    """Return what a server with this certificate speaks."""
    pem = serialization.Encoding.PEM
    file = folder / "server.pem"
    file.write_bytes(
        made[1].private_bytes(
            pem,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made[0].public_bytes(pem)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context
