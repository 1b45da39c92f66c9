"""A small OpenID Provider for tests: real HTTP (or TLS) on this machine, real RSA keys, PKCE and client secret really checked."""

import base64
import contextlib
import datetime as dt
import hashlib
import ipaddress
import json
import secrets
import ssl
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT = "madoguchi-delivery"


class OfficeProvider:
    """What the provider knows. Change `claims`, `signer`, `answers` or `silence` to make it wrong in one way."""

    def __init__(self, key: RSAKey) -> None:
        self.key = self.signer = key
        self.secret = ""
        self.silence = 0.0
        self.codes: dict[str, dict[str, str]] = {}
        self.claims: dict[str, Any] = {}
        self.answers: dict[str, tuple[int, bytes]] = {}
        self.asked: list[str] = []
        self.issuer = ""

    def log_in(self, address: str, subject: str = "sub-of-hanako") -> dict[str, str]:
        """Do what a person does at the authorization endpoint; returns the words with which the browser comes back."""
        words = dict(parse_qsl(urlsplit(address).query))
        assert urlsplit(address).path == "/authorize"
        code = secrets.token_urlsafe(8)
        self.codes[code] = {**words, "sub": subject}
        return {"code": code, "state": words["state"]}

    def documents(self) -> dict[str, dict[str, Any]]:
        """What it publishes."""
        return {
            "/.well-known/openid-configuration": {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
            },
            "/keys": {"keys": [{**self.key.as_dict(private=False), "use": "sig", "kid": "1"}, {"kty": "oct", "k": "c2VjcmV0"}]},
        }

    def token(self, words: dict[str, str]) -> str:
        """Return the ID token that belongs to the words of an authorization request."""
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": words["sub"],
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "auth_time": now,
            "nonce": words["nonce"],
            **self.claims,
        }
        return jwt.encode({"alg": "RS256", "kid": "1"}, {name: one for name, one in claims.items() if one is not None}, self.signer)

    def redeem(self, body: str, authorization: str) -> tuple[int, dict[str, Any]]:
        """Answer at the token endpoint."""
        sent = {name: values[0] for name, values in parse_qs(body).items()}
        words = self.codes.pop(sent.get("code", ""), None)
        wanted = "Basic " + base64.b64encode(f"{CLIENT}:{self.secret}".encode()).decode() if self.secret else ""
        if words is None or authorization != wanted or sent.get("redirect_uri") != words["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        digest = base64.urlsafe_b64encode(hashlib.sha256(sent["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        if digest != words["code_challenge"] or (not self.secret and sent.get("client_id") != CLIENT):
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "not looked at", "token_type": "Bearer", "id_token": self.token(words)}


@contextlib.contextmanager
def running(provider: OfficeProvider, tls: ssl.SSLContext | None = None) -> Iterator[OfficeProvider]:
    """Let `provider` answer on a port of this machine for the block."""

    class Answers(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 the standard library's name
            return

        def do_GET(self) -> None:
            provider.asked.append(self.path)
            document = provider.documents().get(self.path)
            self._say(*provider.answers.get(self.path, (200 if document else 404, json.dumps(document).encode())))

        def do_POST(self) -> None:
            provider.asked.append(self.path)
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            status, said = provider.redeem(body, self.headers.get("Authorization", ""))
            self._say(*provider.answers.get(self.path, (status, json.dumps(said).encode())))

        def _say(self, status: int, body: bytes) -> None:
            time.sleep(provider.silence)
            self.send_response(status)
            self.send_header("Location", "http://127.0.0.1:9/")
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    provider.issuer = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def authority(folder: Path, name: str) -> tuple[Path, ssl.SSLContext]:
    """Make an authority that vouches for 127.0.0.1; returns its certificate and what a server needs."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)  # noqa: TID251 certificates are judged by the machine's clock
    certificate = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    held, secret = folder / f"{name}.pem", folder / f"{name}.key"
    held.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(held, secret)
    return held, tls
