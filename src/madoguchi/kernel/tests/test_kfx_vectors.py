"""The parts under KFX1: HPKE against RFC 9180, the fixed suite against a second implementation."""

from __future__ import annotations

import struct

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.bindings._rust import openssl as rust_openssl
from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

INFO = b"Ode on a Grecian Urn"
AAD = b"Count-0"
PLAINTEXT = b"Beauty is truth, truth beauty"

# RFC 9180 appendix A.3.1 (base mode; DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-128-GCM), sequence number 0. The RFC
# publishes no vector for P-384; this one anchors the code path of the NIST curves.
RFC_PRIVATE = 0xF3CE7FDAE57E1A310D87F1EBBDE6F328BE0A99CDBCADF4D6589CF29DE4B8FFD2
RFC_ENC = bytes.fromhex(
    "04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac98536d7b61a1af4b78e5b7f951c0900be863c403ce65c9bfcb9382657222d18c4"
)
RFC_CT = bytes.fromhex("5ad590bb8baa577f8619db35a36311226a896e7342a6d836d8b7bcd2f20b6c7f9076ac232e3ab2523f39513434")


def test_the_library_opens_the_vector_of_rfc_9180() -> None:
    suite = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_128_GCM)
    private = ec.derive_private_key(RFC_PRIVATE, ec.SECP256R1())
    opened = rust_openssl.hpke._decrypt_with_aad(suite, RFC_ENC + RFC_CT, private, info=INFO, aad=AAD)
    assert opened == PLAINTEXT
    with pytest.raises(InvalidTag):
        rust_openssl.hpke._decrypt_with_aad(suite, RFC_ENC + RFC_CT, private, info=INFO + b"!", aad=AAD)


class SecondImplementation:
    """HPKE base mode, single shot, written from RFC 9180 sections 4, 5.1 and 7 for one curve; for comparison only."""

    def __init__(self, kem_id: int, kdf_id: int, aead_id: int, digest: hashes.HashAlgorithm, key_bytes: int) -> None:
        self.digest, self.key_bytes = digest, key_bytes
        self.kem_suite = b"KEM" + struct.pack(">H", kem_id)
        self.hpke_suite = b"HPKE" + struct.pack(">HHH", kem_id, kdf_id, aead_id)

    def extract(self, suite: bytes, salt: bytes, label: bytes, secret: bytes) -> bytes:
        mac = hmac.HMAC(salt or bytes(self.digest.digest_size), self.digest)
        mac.update(b"HPKE-v1" + suite + label + secret)
        return mac.finalize()

    def expand(self, suite: bytes, key: bytes, label: bytes, info: bytes, length: int) -> bytes:
        labelled = struct.pack(">H", length) + b"HPKE-v1" + suite + label + info
        return HKDFExpand(self.digest, length, labelled).derive(key)

    def open(self, sealed: bytes, private: ec.EllipticCurvePrivateKey, info: bytes, aad: bytes = b"") -> bytes:
        own = private.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
        enc, ciphertext = sealed[: len(own)], sealed[len(own) :]
        shared = private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(private.curve, enc))
        eae = self.extract(self.kem_suite, b"", b"eae_prk", shared)
        secret = self.expand(self.kem_suite, eae, b"shared_secret", enc + own, self.digest.digest_size)
        suite = self.hpke_suite
        context = b"\0" + self.extract(suite, b"", b"psk_id_hash", b"") + self.extract(suite, b"", b"info_hash", info)
        base = self.extract(suite, secret, b"secret", b"")
        key = self.expand(suite, base, b"key", context, self.key_bytes)
        nonce = self.expand(suite, base, b"base_nonce", context, 12)
        return AESGCM(key).decrypt(nonce, ciphertext, aad)


def test_the_second_implementation_opens_the_vector_too() -> None:
    second = SecondImplementation(0x0010, 1, 1, hashes.SHA256(), 16)
    private = ec.derive_private_key(RFC_PRIVATE, ec.SECP256R1())
    assert second.open(RFC_ENC + RFC_CT, private, INFO, AAD) == PLAINTEXT


def test_the_suite_of_kfx_agrees_with_the_second_implementation() -> None:
    second = SecondImplementation(0x0011, 2, 2, hashes.SHA384(), 32)
    private = ec.generate_private_key(ec.SECP384R1())
    sealed = Suite(KEM.P384, KDF.HKDF_SHA384, AEAD.AES_256_GCM).encrypt(PLAINTEXT, private.public_key(), info=INFO)
    assert second.open(sealed, private, INFO) == PLAINTEXT
    with pytest.raises(InvalidTag):
        second.open(sealed, private, INFO + b"!")
