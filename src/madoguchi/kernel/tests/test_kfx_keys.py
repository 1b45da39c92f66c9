"""Keys and fingerprints of the exchange."""

from __future__ import annotations

import re

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from madoguchi.kernel import kfx_json
from madoguchi.kernel.kfx_keys import KeyPair, PublicBundle

INST = "0f5f5a52-90a6-4a4e-8b07-3a0de7bd0f11"


def make_pair(zone: str = "C") -> KeyPair:
    return KeyPair.generate(tenant="142051", inst=INST, zone=zone)


def test_private_bytes_come_back_whole() -> None:
    pair = make_pair()
    again = KeyPair.from_private_bytes(pair.to_private_bytes(), tenant="142051", inst=INST, zone="C")
    assert again.public == pair.public


def test_repr_shows_no_private_key() -> None:
    pair = make_pair()
    secret = pair.kem.private_numbers().private_value
    assert repr(pair) == f"<KeyPair C {pair.public.fingerprint}>"
    assert f"{secret:x}" not in repr(pair)


def test_public_bundle_comes_back_whole() -> None:
    bundle = make_pair().public
    assert PublicBundle.from_bytes(bundle.to_bytes()) == bundle


def test_fingerprint_is_eight_groups_and_covers_every_field() -> None:
    pair = make_pair()
    bundle = pair.public
    assert re.fullmatch(r"([0-9A-F]{4}-){7}[0-9A-F]{4}", bundle.fingerprint)
    other = make_pair().public
    variants = [
        PublicBundle("142069", bundle.inst, "C", bundle.sign, bundle.kem),
        PublicBundle(bundle.tenant, INST[::-1], "C", bundle.sign, bundle.kem),
        PublicBundle(bundle.tenant, bundle.inst, "B", bundle.sign, bundle.kem),
        PublicBundle(bundle.tenant, bundle.inst, "C", other.sign, bundle.kem),
        PublicBundle(bundle.tenant, bundle.inst, "C", bundle.sign, other.kem),
    ]
    assert len({bundle.fingerprint, *(variant.fingerprint for variant in variants)}) == 6


def test_ids_of_the_two_keys_differ() -> None:
    bundle = make_pair().public
    assert len(bundle.sender_id) == len(bundle.recipient_id) == 8
    assert bundle.sender_id != bundle.recipient_id


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"zone": "X"},
        {"kem": "04" + "00" * 96},
        {"sign": "00"},
        {"sign": "zz"},
        {"tenant": 142051},
        {"extra": "1"},
    ],
)
def test_a_bundle_that_is_none_is_refused(change: dict[str, object]) -> None:
    fields = kfx_json.parse_object(make_pair().public.to_bytes()) | change
    with pytest.raises(ValueError, match=r".+"):
        PublicBundle.from_bytes(kfx_json.canonical(fields))


def test_a_bundle_in_capitals_is_refused() -> None:
    fields = kfx_json.parse_object(make_pair().public.to_bytes())
    fields["sign"] = fields["sign"].upper()
    with pytest.raises(ValueError, match="lower-case"):
        PublicBundle.from_bytes(kfx_json.canonical(fields))


def test_keys_of_another_kind_are_refused() -> None:
    pair = make_pair()
    sign_pem, kem_pem = (
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        for key in (pair.sign, ec.generate_private_key(ec.SECP256R1()))
    )
    for pem in (sign_pem + kem_pem, kem_pem + sign_pem, sign_pem, sign_pem * 3, b"", b"nonsense"):
        with pytest.raises(ValueError, match=r".+"):
            KeyPair.from_private_bytes(pem, tenant="142051", inst=INST, zone="C")
