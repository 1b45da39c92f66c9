"""What a thief finds who takes everything of the booking zone: every table as the superuser, every file, every secret (BK-11).

No answer of a form is in it, in any spelling that a program or a database would leave, and no key in it opens the sealed ones. Each way of
looking is held against a control: a planted answer is found, and the delivery zone's key, once it lies there, opens them.
"""

import base64
import binascii
import hashlib
import re
import urllib.parse
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client
from psycopg import sql

from madoguchi.booking.applications.models import SealedApplication
from madoguchi.booking.applications.tests.conftest import ANSWERS, posted
from madoguchi.booking.calendar.models import Slot, VisitKind
from madoguchi.booking.reservations.models import Booking
from madoguchi.kernel.kfx_keys import KeyPair
from madoguchi.kernel.sealed_answers import MAGIC, UnreadableAnswersError, open_sealed
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.database.cluster import Cluster
from madoguchi.platform.exchange.services.sending import issue_file

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

# Answers that could stand somewhere by chance, or that are words of the program itself.
TELLING = {code: answer for code, answer in ANSWERS.items() if code not in {"sex", "comer"}}
_SCALAR_BYTES = 48
_ORDER = int("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973", 16)


def spellings(answer: str) -> Iterator[bytes]:
    """Yield the answer as programs, pages, logs and databases would spell it, whole and without its blanks and marks."""
    bare = re.sub(r"[\s\u3000-]", "", answer)
    for text in {answer, bare, answer[::-1]}:
        for encoding in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "cp932", "euc_jp", "iso2022_jp"):
            raw = text.encode(encoding, "replace")
            yield raw
            yield binascii.hexlify(raw)
            yield binascii.hexlify(raw).upper()
            # The middle of a base64 text, whatever stands before it.
            for shift in range(3):
                spelled = base64.b64encode(bytes(shift) + raw)[(shift * 8 + 5) // 6 : -4]
                yield spelled
                yield spelled.translate(bytes.maketrans(b"+/", b"-_"))
        yield urllib.parse.quote(text).encode()
        yield urllib.parse.quote_plus(text, encoding="cp932", errors="replace").encode()
        yield text.encode("unicode_escape")
        yield text.encode("ascii", "xmlcharrefreplace")
        for digest in ("md5", "sha1", "sha256", "sha512"):
            hashed = hashlib.new(digest, text.encode())
            yield hashed.digest()
            yield hashed.hexdigest().encode()


def everything(cluster: Cluster, folder: Path, said: str) -> bytes:
    """Return every row of every table as text and in binary form, every file below the zone's folder, and what was logged."""
    taken = [said.encode()]
    with psycopg.connect(cluster.dsn(str(connection.settings_dict["NAME"])), autocommit=True) as superuser:
        tables = superuser.execute("SELECT schemaname, tablename FROM pg_tables").fetchall()
        assert len(tables) > 50
        for schema, table in tables:
            # The catalogue too: statistics of a column hold values of it. Not all of its types have a binary form.
            for form in ("TEXT", "BINARY") if schema == "public" else ("TEXT",):
                statement = sql.SQL("COPY (SELECT * FROM {}) TO STDOUT (FORMAT {})").format(sql.Identifier(schema, table), sql.SQL(form))
                with superuser.cursor().copy(statement) as copy:
                    taken.extend(bytes(part) for part in copy)
    taken += [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    return b"\n".join(taken)


def found_in(loot: bytes) -> list[str]:
    """Return the questions whose answers are in the loot in some spelling."""
    return [code for code, answer in TELLING.items() if any(len(spelled) > 5 and spelled in loot for spelled in spellings(answer))]


def keys_in(folder: Path) -> Iterator[ec.EllipticCurvePrivateKey]:
    """Yield every private key that the zone's files hold or could be read as: PEM blocks, and each stretch of bytes as a scalar."""
    scalars: set[int] = set()
    for path in folder.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        for block in re.findall(rb"-----BEGIN PRIVATE KEY-----.+?-----END PRIVATE KEY-----\n", content, re.DOTALL):
            key = serialization.load_pem_private_key(block, password=None)
            if isinstance(key, ec.EllipticCurvePrivateKey):
                yield key
            content += base64.b64decode(b"".join(block.split(b"\n")[1:-2]))
        if path.parent.name == "secrets":
            for width in (32, _SCALAR_BYTES):
                scalars |= {int.from_bytes(content[start : start + width], "big") for start in range(max(1, len(content) - width + 1))}
    for scalar in sorted(scalars):
        if 0 < scalar < _ORDER:
            yield ec.derive_private_key(scalar, ec.SECP384R1())


def opened_with(folder: Path, sealed: bytes, number: str, public: KeyPair) -> bool:
    """Tell whether a key in the folder opens the answers; everything else that opening takes is no secret and is given."""
    for key in keys_in(folder):
        own = KeyPair(sign=public.sign, kem=key, public=public.public)
        try:
            open_sealed(sealed, own=own, number=number, kind="renew-certificate")
        except UnreadableAnswersError:
            continue
        return True
    return False


@pytest.fixture
def applied(client: Client, kind: VisitKind, slot: Slot, caplog: pytest.LogCaptureFixture) -> Callable[[], str]:
    """Go the whole way by the pages, with wrong answers before the right ones, and make the file for the delivery zone."""
    caplog.set_level(0)

    def go() -> str:
        address = f"/apply/for/{kind.code}/at/{slot.place.code}/time/?day={slot.day}"
        client.post(address, {"slot": str(slot.pk)})
        for wrong in ({"comer": ""}, {"request": f"{ANSWERS['request']} 1234 5678 9018"}):
            for page in ("/apply/form/", "/apply/check/"):
                assert client.post(page, posted(**wrong)).status_code == 422
        client.post("/apply/form/", posted(extend="1"))
        assert client.post("/apply/form/", posted()).status_code == 200
        assert client.post("/apply/check/", posted()).status_code == 302
        client.post("/apply/manage/", {"number": Booking.objects.get().number, "figures": "2222"})
        issue_file("applications", automatic("test"))
        return caplog.text

    return go


def test_whoever_takes_everything_reads_no_answer_and_opens_none(
    applied: Callable[[], str], cluster: Cluster, delivery_keys: KeyPair, settings: Any
) -> None:
    said = applied()
    folder = Path(django_settings.MADOGUCHI_FOLDER)
    application = SealedApplication.objects.select_related("booking").get()
    sealed, number = bytes(application.sealed or b""), application.booking.number
    loot = everything(cluster, folder, said)
    # The loot is whole: the sealed answers, the pepper and the zone's own private keys are in it.
    assert sealed in loot
    assert sealed.startswith(MAGIC)
    assert (folder / "secrets" / "pepper").read_bytes() in loot
    assert b"BEGIN PRIVATE KEY" in loot
    assert found_in(loot) == []
    assert not opened_with(folder, sealed, number, delivery_keys)

    # Controls: planted answers are found, and the delivery zone's key opens what none here opened.
    for code, answer in TELLING.items():
        for spelled in (answer, answer.encode("utf-16-le").hex(), base64.b64encode(f"x{answer}yz".encode()).decode()):
            assert found_in(b"loot " + spelled.encode() + b" loot") == [code]
    Booking.objects.update(message=ANSWERS["address"])
    assert found_in(everything(cluster, folder, said)) == ["address"]
    (folder / "secrets" / "stray").write_bytes(delivery_keys.to_private_bytes())
    assert opened_with(folder, sealed, number, delivery_keys)


def test_a_raw_scalar_among_the_secrets_would_be_tried(applied: Callable[[], str], delivery_keys: KeyPair) -> None:
    applied()
    folder = Path(django_settings.MADOGUCHI_FOLDER)
    application = SealedApplication.objects.select_related("booking").get()
    scalar = delivery_keys.kem.private_numbers().private_value.to_bytes(_SCALAR_BYTES, "big")
    (folder / "secrets" / "stray").write_bytes(uuid.uuid4().bytes + scalar)
    assert opened_with(folder, bytes(application.sealed or b""), application.booking.number, delivery_keys)
