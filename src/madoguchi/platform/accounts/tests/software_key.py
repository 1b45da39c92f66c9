"""An authenticator made of software: real keys and real signatures, so that what the server refuses is refused for the right reason."""

import hashlib
import json
import secrets
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

_PRESENT, _VERIFIED, _MAY_BE_SYNCED, _WITH_KEY = 0x01, 0x04, 0x08, 0x40
_ES256, _EC2, _P256 = -7, 2, 1


class SoftwareKey:
    """One key pair (ES256). `count` is what it signs next; `steps` is how far it counts with each use."""

    def __init__(self, *, synced: bool = False, steps: int = 1) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(16)
        self.synced, self.steps, self.count = synced, steps, 0

    def make(self, options: str, *, origin: str, verified: bool = True) -> str:
        """Answer `navigator.credentials.create`."""
        asked = json.loads(options)
        data = self._data(asked["rp"]["id"], verified=verified, attested=True)
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", asked["challenge"], origin)
        response = {"clientDataJSON": _text(client), "attestationObject": _text(attestation), "transports": ["usb", "levitation"]}
        return self._answer(response)

    def use(
        self, options: str, *, origin: str, challenge: str = "", rp_id: str = "", verified: bool = True, signer: "SoftwareKey | None" = None
    ) -> str:
        """Answer `navigator.credentials.get`; the words after `origin` make it wrong in one way each."""
        asked = json.loads(options)
        self.count += self.steps
        data = self._data(rp_id or asked["rpId"], verified=verified)
        client = self._client("webauthn.get", challenge or asked["challenge"], origin)
        signature = (signer or self).key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        response = {"clientDataJSON": _text(client), "authenticatorData": _text(data), "signature": _text(signature), "userHandle": None}
        return self._answer(response)

    def _answer(self, response: dict[str, Any]) -> str:
        return json.dumps({"id": _text(self.id), "rawId": _text(self.id), "type": "public-key", "response": response})

    def _client(self, kind: str, challenge: str, origin: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": False}).encode()

    def _data(self, rp_id: str, *, verified: bool, attested: bool = False) -> bytes:
        flags = _PRESENT | verified * _VERIFIED | self.synced * _MAY_BE_SYNCED | attested * _WITH_KEY
        data = hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")
        if attested:
            numbers = self.key.public_key().public_numbers()
            cose = {1: _EC2, 3: _ES256, -1: _P256, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
            data += bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cbor2.dumps(cose)
        return data


def _text(raw: bytes) -> str:
    return bytes_to_base64url(raw)


def another_challenge(options: str) -> str:
    """Return a challenge of the same length that differs from that in `options` in its first byte."""
    real = bytearray(base64url_to_bytes(json.loads(options)["challenge"]))
    real[0] ^= 1
    return _text(bytes(real))
