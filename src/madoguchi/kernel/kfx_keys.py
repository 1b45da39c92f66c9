"""Keys of the exchange: each zone has one Ed25519 pair to sign and one P-384 pair to be encrypted to.

The caller keeps the private part (a file readable by the service alone) and decides whom to trust; two people compare
the fingerprint on paper.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from madoguchi.kernel import kfx_json

KEY_ID_BYTES: Final = 8
_CURVE: Final = ec.SECP384R1
_PEM_END: Final = b"-----END PRIVATE KEY-----\n"


@dataclass(frozen=True, slots=True)
class PublicBundle:
    """The public half of a zone's keys, bound to the zone's identity.

    Attributes:
        tenant: 団体コード of the municipality, six digits.
        inst: UUID of the installation; both zones of an installation carry the same one.
        zone: ``B`` (booking) or ``C`` (core).
        sign: raw Ed25519 public key.
        kem: uncompressed P-384 point.
    """

    tenant: str
    inst: str
    zone: str
    sign: bytes
    kem: bytes

    @property
    def sender_id(self) -> bytes:
        """Eight bytes that name the signing key; they stand in front of every file."""
        return hashlib.sha256(b"KFX1-skid\0" + self.sign).digest()[:KEY_ID_BYTES]

    @property
    def recipient_id(self) -> bytes:
        """Eight bytes that name the encryption key."""
        return hashlib.sha256(b"KFX1-rkid\0" + self.kem).digest()[:KEY_ID_BYTES]

    @property
    def fingerprint(self) -> str:
        """Eight groups of four hexadecimal digits over the whole bundle, to be compared by two people."""
        digest = hashlib.sha256(b"KFX1-bundle\0" + self.to_bytes()).hexdigest()[:32].upper()
        return "-".join(digest[start : start + 4] for start in range(0, 32, 4))

    def to_bytes(self) -> bytes:
        """Canonical JSON of the bundle, as it is enrolled at the other zone."""
        return kfx_json.canonical(
            {
                "inst": self.inst,
                "kem": self.kem.hex(),
                "sign": self.sign.hex(),
                "tenant": self.tenant,
                "v": 1,
                "zone": self.zone,
            }
        )

    @classmethod
    def from_bytes(cls, text: bytes) -> Self:
        """Read a bundle.

        Raises:
            ValueError: not a bundle, or a key that is none.
        """
        fields = kfx_json.parse_canonical(text)
        if set(fields) != {"inst", "kem", "sign", "tenant", "v", "zone"} or fields.pop("v") != 1:
            raise ValueError("not a key bundle of version 1")
        if not all(isinstance(value, str) for value in fields.values()):
            raise ValueError("not a key bundle: a field is not a string")
        bundle = cls(
            tenant=fields["tenant"],
            inst=fields["inst"],
            zone=fields["zone"],
            sign=bytes.fromhex(fields["sign"]),
            kem=bytes.fromhex(fields["kem"]),
        )
        if bundle.zone not in ("B", "C"):
            raise ValueError("not a key bundle: unknown zone")
        if bundle.to_bytes() != text:
            raise ValueError("not a key bundle: a key is not spelled in lower-case hexadecimal")
        _ = bundle.signing_key, bundle.encryption_key  # refuse bytes that are no key, here and not at the first file
        return bundle

    @property
    def signing_key(self) -> Ed25519PublicKey:
        return Ed25519PublicKey.from_public_bytes(self.sign)

    @property
    def encryption_key(self) -> ec.EllipticCurvePublicKey:
        return ec.EllipticCurvePublicKey.from_encoded_point(_CURVE(), self.kem)

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Whether the signature over the message was made by this zone."""
        try:
            self.signing_key.verify(signature, message)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True, repr=False)
class KeyPair:
    """Both private keys of a zone, with the public bundle they belong to. Its ``repr`` shows no key."""

    sign: Ed25519PrivateKey
    kem: ec.EllipticCurvePrivateKey
    public: PublicBundle

    @classmethod
    def generate(cls, *, tenant: str, inst: str, zone: str) -> Self:
        """Make fresh keys for a zone from the operating system's random source."""
        return cls._assemble(Ed25519PrivateKey.generate(), ec.generate_private_key(_CURVE()), tenant, inst, zone)

    def to_private_bytes(self) -> bytes:
        """Both private keys as PKCS #8 PEM. The caller writes them to a file that only the service can read (0600)."""
        return b"".join(
            key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
            for key in (self.sign, self.kem)
        )

    @classmethod
    def from_private_bytes(cls, pem: bytes, *, tenant: str, inst: str, zone: str) -> Self:
        """Read what :meth:`to_private_bytes` wrote.

        Raises:
            ValueError: not the two keys of a zone.
        """
        parts = [part + _PEM_END for part in pem.split(_PEM_END) if part]
        if len(parts) != 2:
            raise ValueError("expected a signing key and an encryption key")
        sign, kem = (serialization.load_pem_private_key(part, password=None) for part in parts)
        if not isinstance(sign, Ed25519PrivateKey):
            raise ValueError("the first key is not an Ed25519 key")
        if not isinstance(kem, ec.EllipticCurvePrivateKey) or not isinstance(kem.curve, _CURVE):
            raise ValueError("the second key is not a P-384 key")
        return cls._assemble(sign, kem, tenant, inst, zone)

    @classmethod
    def _assemble(cls, sign: Ed25519PrivateKey, kem: ec.EllipticCurvePrivateKey, tenant: str, inst: str, zone: str) -> Self:
        public = PublicBundle(
            tenant=tenant,
            inst=inst,
            zone=zone,
            sign=sign.public_key().public_bytes_raw(),
            kem=kem.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint),
        )
        return cls(sign=sign, kem=kem, public=public)

    def __repr__(self) -> str:
        return f"<KeyPair {self.public.zone} {self.public.fingerprint}>"
