"""Certificates of the direct transport: a small authority of the municipality's own, kept in the core zone.

A certificate names a zone of one installation of one municipality, not a machine: that name is what each side asks of the other. The
request and the answer travel on paper's terms, like every file between the zones: signed by the exchange keys that two people compared,
so that nobody has to compare a second fingerprint. Private keys never leave the zone that made them.
"""

import datetime as dt
import json
import os
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.conf import settings

from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record
from madoguchi.platform.exchange import keys
from madoguchi.platform.exchange.audited import CERTIFICATE
from madoguchi.platform.exchange.direct.holdings import AUTHORITY, OWN, Standing, standing_in
from madoguchi.platform.exchange.enrolment import write_whole
from madoguchi.platform.language import Sentence, sentence_of
from madoguchi.platform.verbs import Refusal

PENDING_KEY, AUTHORITY_KEY = "pending-key.pem", "authority-key.pem"
REQUEST_FILE, ANSWER_FILE = "direct-request.json", "direct-certificate.json"
LIFETIME: Final = dt.timedelta(days=397)
AUTHORITY_LIFETIME: Final = dt.timedelta(days=3650)
_SIGNATURE_CONTEXT: Final = b"madoguchi-direct-1\0"
_CLOCK_TOLERANCE: Final = dt.timedelta(minutes=10)
_CURVE: Final = ec.SECP384R1


def folder() -> Path:
    """Return where this zone keeps the keys and certificates of the direct transport."""
    return Path(settings.MADOGUCHI_SECRETS) / "direct"


def name_of(zone: str) -> str:
    """Return the name that the certificate of a zone of this installation carries."""
    return f"urn:madoguchi:{settings.MADOGUCHI_MUNICIPALITY}:{settings.MADOGUCHI_INSTALLATION}:{zone}"


def standing() -> Standing | None:
    """Return how this zone's certificate stands; None when there is none that can be read."""
    return standing_in(folder())


def request(actor: Actor) -> bytes:
    """Make a key and ask for a certificate over it, signed by this zone's exchange key. The one in use stays until the answer is in.

    Raises:
        Refusal: this zone has no exchange keys.
    """
    key = ec.generate_private_key(_CURVE())
    zone = settings.MADOGUCHI_ZONE
    asked = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(_subject(zone))
        .add_extension(x509.SubjectAlternativeName([x509.UniformResourceIdentifier(name_of(zone))]), critical=False)
        .sign(key, hashes.SHA384())
    )
    paper = _sign("request", asked.public_bytes(serialization.Encoding.PEM))
    _make_folder()
    write_whole(folder() / PENDING_KEY, _pem_of(key), 0o600)
    record(actor, CERTIFICATE, content={"act": "request"})
    return paper


def answer(paper: bytes, actor: Actor, *, new_authority: bool = False) -> bytes:
    """Make the other zone's certificate, and renew this zone's own beside it; returns what the other zone installs.

    Args:
        paper: what the other zone asked, as `request` made it.
        actor: who does it.
        new_authority: make a new authority; the old one stays trusted here until the next time.

    Raises:
        Refusal: not a request of the other zone of this installation.
    """
    asked = _read_request(_opened("request", paper))
    other = _other_zone()
    _make_folder()
    authority, authority_key = _authority(renew=new_authority)
    leaf = _certify(asked.public_key(), other, ExtendedKeyUsageOID.SERVER_AUTH, authority, authority_key)  # type: ignore[arg-type]  # checked to be of the curve
    own_key = ec.generate_private_key(_CURVE())
    own = _certify(own_key.public_key(), settings.MADOGUCHI_ZONE, ExtendedKeyUsageOID.CLIENT_AUTH, authority, authority_key)
    write_whole(folder() / OWN, own.public_bytes(serialization.Encoding.PEM) + _pem_of(own_key), 0o600)
    content = {"act": "answer", "until": leaf.not_valid_after_utc.isoformat(), "new_authority": new_authority}
    record(actor, CERTIFICATE, content=content)
    both = leaf.public_bytes(serialization.Encoding.PEM) + (folder() / AUTHORITY).read_bytes()
    return _sign("certificate", both)


def install(paper: bytes, actor: Actor) -> Standing:
    """Put the certificate that the other zone made in the place of the one in use, in one step.

    Raises:
        Refusal: not the answer to what this zone asked last, or not from the other zone.
    """
    pem = _opened("certificate", paper)
    try:
        leaf, *authorities = x509.load_pem_x509_certificates(pem)
        key = serialization.load_pem_private_key((folder() / PENDING_KEY).read_bytes(), None)
    except (OSError, ValueError):
        raise Refusal(Sentence("証明書の申請が残っていません。もう一度、申請から行ってください。何も変えていません。")) from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != leaf.public_key() or not authorities:
        raise Refusal(Sentence("この証明書は、最後の申請への返事ではありません。新しい返事を使ってください。何も変えていません。"))
    # What is trusted comes first: a certificate whose authority is not known yet would be of no use.
    write_whole(folder() / AUTHORITY, b"".join(held.public_bytes(serialization.Encoding.PEM) for held in authorities), 0o600)
    write_whole(folder() / OWN, leaf.public_bytes(serialization.Encoding.PEM) + _pem_of(key), 0o600)
    (folder() / PENDING_KEY).unlink()
    record(actor, CERTIFICATE, content={"act": "install", "until": leaf.not_valid_after_utc.isoformat()})
    found = standing()
    assert found is not None
    return found


def _other_zone() -> str:
    return next(zone for zone in keys.ZONE_LETTERS if zone != settings.MADOGUCHI_ZONE)


def _subject(zone: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, settings.MADOGUCHI_MUNICIPALITY),
            x509.NameAttribute(NameOID.COMMON_NAME, f"madoguchi {zone}"),
        ]
    )


def _read_request(pem: bytes) -> x509.CertificateSigningRequest:
    try:
        asked = x509.load_pem_x509_csr(pem)
        names = asked.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        known = names.get_values_for_type(x509.UniformResourceIdentifier) == [name_of(_other_zone())]
        public = asked.public_key()
        fits = asked.is_signature_valid and isinstance(public, ec.EllipticCurvePublicKey) and isinstance(public.curve, _CURVE)
    except (ValueError, x509.ExtensionNotFound):
        known = fits = False
    if not (known and fits):
        raise Refusal(Sentence("同じ市区町村・同じ導入環境の、もう一方のシステムの申請ではありません。何も変えていません。"))
    return asked


def _authority(*, renew: bool) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """Return the authority; a new one is made when there is none, when one is asked for, or when it would end before what it makes."""
    held: list[x509.Certificate] = []
    if (folder() / AUTHORITY_KEY).exists():
        held = x509.load_pem_x509_certificates((folder() / AUTHORITY).read_bytes())
        key = serialization.load_pem_private_key((folder() / AUTHORITY_KEY).read_bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        if not renew and held[0].not_valid_after_utc > clock.now() + LIFETIME:
            return held[0], key
    key = ec.generate_private_key(_CURVE())
    moment = clock.now()
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, settings.MADOGUCHI_MUNICIPALITY),
            x509.NameAttribute(NameOID.COMMON_NAME, f"madoguchi direct {moment:%Y-%m-%d} {os.urandom(4).hex()}"),
        ]
    )
    made = (
        _builder(name, name, key.public_key(), moment, AUTHORITY_LIFETIME, key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA384())
    )
    write_whole(folder() / AUTHORITY_KEY, _pem_of(key), 0o600)
    trusted = [made, *held[:1]]
    write_whole(folder() / AUTHORITY, b"".join(one.public_bytes(serialization.Encoding.PEM) for one in trusted), 0o600)
    return made, key


def _certify(
    public: ec.EllipticCurvePublicKey, zone: str, purpose: x509.ObjectIdentifier, issuer: x509.Certificate, key: ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    return (
        _builder(_subject(zone), issuer.subject, public, clock.now(), LIFETIME, key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.UniformResourceIdentifier(name_of(zone))]), critical=False)
        .sign(key, hashes.SHA384())
    )


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    public: ec.EllipticCurvePublicKey,
    moment: dt.datetime,
    lifetime: dt.timedelta,
    issuing: ec.EllipticCurvePublicKey,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - _CLOCK_TOLERANCE)
        .not_valid_after(moment + lifetime)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuing), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _sign(kind: str, pem: bytes) -> bytes:
    try:
        own = keys.own_keys()
    except keys.KeyRefusedError as error:
        raise Refusal(sentence_of(error)) from None
    signature = own.sign.sign(_SIGNATURE_CONTEXT + kind.encode() + b"\0" + pem)
    return json.dumps({"kind": kind, "pem": pem.decode("ascii"), "signature": signature.hex(), "v": 1}).encode()


def _opened(kind: str, paper: bytes) -> bytes:
    """Return what the other zone signed, or refuse."""
    pem = b""
    try:
        fields = json.loads(paper)
        pem, signature = str(fields["pem"]).encode("ascii"), bytes.fromhex(fields["signature"])
        trusted = fields["v"] == 1 and fields["kind"] == kind
        trusted = trusted and keys.peer().verifies(signature, _SIGNATURE_CONTEXT + kind.encode() + b"\0" + pem)
    except keys.KeyRefusedError as error:
        raise Refusal(sentence_of(error)) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        trusted = False
    if not trusted:
        raise Refusal(Sentence("もう一方のシステムが作ったファイルではないか、書き換えられています。何も変えていません。"))
    return pem


def _pem_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _make_folder() -> None:
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
