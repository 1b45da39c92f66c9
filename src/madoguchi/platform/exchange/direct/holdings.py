"""What a zone holds of the direct transport's certificates, and how long that lasts. Read by `doctor` as well, so without Django."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from madoguchi.platform import clock

OWN, AUTHORITY = "own.pem", "authority.pem"
WARN_BEFORE: Final = dt.timedelta(days=45)


@dataclass(frozen=True, slots=True)
class Standing:
    """How this zone's certificate stands.

    Attributes:
        until: end of the certificate, or of the authority that made it when that ends sooner.
        fingerprint: SHA-256 of the certificate, for a look at both sides.
    """

    until: dt.datetime
    fingerprint: str

    @property
    def is_over(self) -> bool:
        return clock.now() >= self.until

    @property
    def ends_soon(self) -> bool:
        return clock.now() >= self.until - WARN_BEFORE

    @property
    def days_left(self) -> int:
        return max(0, (self.until - clock.now()).days)


def standing_in(place: Path) -> Standing | None:
    """Return how the certificate in the folder `place` stands; None when there is none that can be read."""
    try:
        own = x509.load_pem_x509_certificate((place / OWN).read_bytes())
        authorities = x509.load_pem_x509_certificates((place / AUTHORITY).read_bytes())
    except (OSError, ValueError):
        return None
    issuers = [held.not_valid_after_utc for held in authorities if held.subject == own.issuer]
    until = min([own.not_valid_after_utc, *issuers])
    return Standing(until, own.fingerprint(hashes.SHA256()).hex())
