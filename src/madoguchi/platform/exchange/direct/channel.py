"""The TLS of the direct transport: version 1.3 alone, a certificate on both sides, and the name of the other zone in it."""

import ssl
from pathlib import Path

from madoguchi.platform.exchange.direct.holdings import AUTHORITY, OWN

PREFIX = "/exchange/1"
CODE_HEADER, RECEIPT_HEADER = "X-Madoguchi-Code", "X-Madoguchi-Receipt"


class StrangerError(Exception):
    """The certificate of the other side is genuine but names another zone, installation or municipality."""


def context(place: Path, *, calls: bool) -> ssl.SSLContext:
    """Return the context of one connection, read anew so that a renewed certificate counts at once.

    Args:
        place: folder with the zone's certificate and what it trusts.
        calls: the side that calls, or the one that listens.

    Raises:
        OSError: no certificate, or one that cannot be read (ssl.SSLError is one).
    """
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT if calls else ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_3
    # The certificate names a zone, not a machine: `check_name` looks at it.
    made.check_hostname = False
    made.verify_mode = ssl.CERT_REQUIRED
    made.load_verify_locations(place / AUTHORITY)
    made.load_cert_chain(place / OWN)
    return made


def check_name(connection: ssl.SSLSocket, expected: str) -> None:
    """Refuse the other side unless its certificate carries exactly the name expected.

    Raises:
        StrangerError: it carries another one.
    """
    certificate = connection.getpeercert() or {}
    if certificate.get("subjectAltName") != (("URI", expected),):
        raise StrangerError
