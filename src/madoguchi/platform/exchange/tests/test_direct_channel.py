"""The line between the zones over real TLS on the loopback: who is let in, who is not, and what a broken connection leaves (EX-05)."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import time_machine
from pytest_django import Settings

from madoguchi.kernel import kfx
from madoguchi.kernel.kfx_keys import KeyPair
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.exchange import keys
from madoguchi.platform.exchange.direct import certificates, line, listener
from madoguchi.platform.exchange.direct.channel import context
from madoguchi.platform.exchange.direct.line import LineError, Offered, TlsLine
from madoguchi.platform.exchange.direct.listener import Listener
from madoguchi.platform.verbs import Refusal

NAME = "KFX_142051_C2B_targets_1.kfx"
INSTALLATION = "0f5f5a52-90a6-4a4e-8b07-3a0de7bd0f11"
CONTENT = b"KFX1\n" + bytes(range(256)) * 400


@dataclass
class Judged:
    code: str = ""
    receipt_name: str = "KFX_142051_B2C_receipt_1.kfx"
    receipt: bytes = b"a receipt"


class MemoryDesk:
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.opened = True
        self.taken: list[tuple[str, bytes]] = []
        self.noted: list[str] = []

    def is_open(self) -> bool:
        return self.opened

    def offer(self) -> list[dict[str, object]]:
        return [{"name": NAME, "sha256": kfx.hash_of(CONTENT)}]

    @contextmanager
    def handing_out(self, name: str) -> Iterator[bytes | None]:
        yield CONTENT if name == NAME else None

    def take(self, name: str, content: bytes) -> Judged:
        self.taken.append((name, content))
        return Judged()

    def note_cut(self, name: str) -> None:
        self.noted.append(f"cut {name}")

    def note_refused(self, why: str, client: str) -> None:
        self.noted.append(why)


@dataclass
class Rig:
    """A listener on the loopback, and lines to it."""

    listener: Listener
    desk: MemoryDesk
    caller: Path
    peer: str

    @property
    def port(self) -> int:
        return int(self.listener.server_address[1])

    def line(self, place: Path | None = None, peer: str = "", seconds: float = 5) -> TlsLine:
        return TlsLine("127.0.0.1", self.port, place=place or self.caller, peer_name=peer or self.peer, seconds=seconds)

    def settle(self) -> None:
        """Wait until the listener is done with what was said to it."""
        for thread in threading.enumerate():
            if "process_request_thread" in thread.name:
                thread.join(5)


Zones = Callable[[str, Path, str], None]


@pytest.fixture
def certified(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Path, Path]]:
    """Return a function that goes the whole way of the certificates for an installation of a municipality; gives both zones' folders."""
    monkeypatch.setattr(certificates, "record", lambda *_a, **_k: None)

    def make(name: str = "own", *, tenant: str = "142051", inst: str = INSTALLATION) -> tuple[Path, Path]:
        settings.MADOGUCHI_MUNICIPALITY, settings.MADOGUCHI_INSTALLATION = tenant, inst
        pairs = {zone: KeyPair.generate(tenant=tenant, inst=inst, zone=letter) for zone, letter in (("booking", "B"), ("delivery", "C"))}

        def enter(zone: str, other: str) -> None:
            settings.MADOGUCHI_ZONE = zone
            settings.MADOGUCHI_SECRETS = tmp_path / name / zone
            monkeypatch.setattr(keys, "own_keys", lambda: pairs[zone])
            monkeypatch.setattr(keys, "peer", lambda: pairs[other].public)

        actor = automatic("test")
        enter("booking", "delivery")
        asked = certificates.request(actor)
        enter("delivery", "booking")
        answered = certificates.answer(asked, actor)
        enter("booking", "delivery")
        certificates.install(answered, actor)
        enter("delivery", "booking")
        return tmp_path / name / "booking" / "direct", tmp_path / name / "delivery" / "direct"

    return make


@contextmanager
def listening(place: Path, caller: Path, **arguments: Any) -> Iterator[Rig]:
    desk = MemoryDesk()
    with Listener("127.0.0.1", 0, desk, place=place, peer_name=certificates.name_of("delivery"), **arguments) as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield Rig(made, desk, caller, certificates.name_of("booking"))
        finally:
            made.shutdown()
            thread.join()


@pytest.fixture
def rig(certified: Callable[..., tuple[Path, Path]]) -> Iterator[Rig]:
    booking, delivery = certified()
    with listening(booking, delivery) as made:
        yield made


def fault_of(made: TlsLine) -> str:
    with pytest.raises(LineError) as caught, made as opened:
        opened.put(NAME, CONTENT)
    return caught.value.fault


def test_files_go_and_come_over_one_connection(rig: Rig) -> None:
    with rig.line() as opened:
        answer = opened.put(NAME, CONTENT)
        offered = opened.offered()
        assert opened.fetch(offered[0]) == CONTENT
    assert rig.desk.taken == [(NAME, CONTENT)]
    assert (answer.code, answer.receipt_name, answer.receipt) == ("", Judged().receipt_name, b"a receipt")
    assert offered == [Offered(NAME, kfx.hash_of(CONTENT))]
    assert rig.desk.noted == []


def test_a_caller_with_the_certificate_of_another_authority_is_not_let_in(
    rig: Rig, certified: Callable[..., tuple[Path, Path]], tmp_path: Path
) -> None:
    _booking, other = certified("other")
    # It trusts the true listener, so that only its own certificate is wrong.
    (other / "authority.pem").write_bytes((rig.caller / "authority.pem").read_bytes())
    assert fault_of(rig.line(other)) in {"not_accepted", "cut"}
    rig.settle()
    assert (rig.desk.taken, rig.desk.noted) == ([], ["certificate"])


def test_a_listener_with_the_certificate_of_another_authority_is_told_nothing(
    rig: Rig, certified: Callable[..., tuple[Path, Path]]
) -> None:
    other, _delivery = certified("other")
    with listening(other, rig.caller) as false:
        assert fault_of(false.line()) == "certificate"
        assert false.desk.taken == []


def test_a_caller_without_a_certificate_is_not_let_in(rig: Rig) -> None:
    bare = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    bare.check_hostname = False
    bare.load_verify_locations(rig.caller / "authority.pem")
    with socket.create_connection(("127.0.0.1", rig.port), 5) as raw, bare.wrap_socket(raw) as wrapped:
        answered = b"?"
        with suppress(OSError):
            wrapped.sendall(b"POST /exchange/1/offer HTTP/1.1\r\nContent-Length: 0\r\n\r\n")
            answered = wrapped.recv(100)
        assert answered in {b"", b"?"}
    rig.settle()
    assert (rig.desk.taken, rig.desk.noted) == ([], ["no_certificate"])


def test_an_old_version_of_tls_is_not_spoken(rig: Rig) -> None:
    old = context(rig.caller, calls=True)
    old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2
    with socket.create_connection(("127.0.0.1", rig.port), 5) as raw, pytest.raises(ssl.SSLError):
        old.wrap_socket(raw)
    rig.settle()
    assert rig.desk.noted == ["handshake"]


def test_expired_certificates_are_refused_on_both_sides(rig: Rig, certified: Callable[..., tuple[Path, Path]]) -> None:
    with time_machine.travel(clock.now() - certificates.LIFETIME * 2, tick=False):
        booking, delivery = certified("old")
    # The authority lives longer than what it made: the same one, trusted by both.
    held = certificates.standing()
    assert held is not None
    assert held.is_over
    with listening(booking, delivery) as expired:
        assert fault_of(expired.line()) == "certificate"
        assert expired.desk.taken == []
    own = (delivery / "own.pem").read_bytes()
    (rig.caller / "own.pem").write_bytes(own)
    (rig.listener.place / "authority.pem").write_bytes((delivery / "authority.pem").read_bytes())
    assert fault_of(rig.line()) in {"not_accepted", "cut"}
    rig.settle()
    assert (rig.desk.taken, rig.desk.noted) == ([], ["certificate"])


@pytest.mark.parametrize("other", [{"tenant": "131016"}, {"inst": "11111111-2222-4333-8444-555555555555"}])
def test_another_municipality_or_installation_is_not_let_in_even_by_the_same_authority(
    certified: Callable[..., tuple[Path, Path]], other: dict[str, str]
) -> None:
    booking, delivery = certified("strange", **other)
    strange_listener, strange_caller = certificates.name_of("booking"), certificates.name_of("delivery")
    certified("own")
    with listening(booking, delivery) as made:
        assert fault_of(made.line()) == "stranger"
        assert fault_of(made.line(peer=strange_listener)) == "cut"
        made.settle()
        assert (made.desk.taken, made.desk.noted) == ([], ["stranger", "stranger"])
        made.listener.peer_name = strange_caller
        with made.line(peer=strange_listener) as opened:
            opened.put(NAME, CONTENT)
        assert len(made.desk.taken) == 1


def test_a_listening_zone_cannot_pose_as_the_caller(certified: Callable[..., tuple[Path, Path]]) -> None:
    booking, _delivery = certified()
    with listening(booking, booking) as made:
        assert fault_of(made.line()) in {"not_accepted", "cut"}
        made.settle()
        assert (made.desk.taken, made.desk.noted) == ([], ["certificate"])


def test_a_file_that_is_cut_in_the_middle_is_not_taken_and_then_taken_once(rig: Rig) -> None:
    with socket.create_connection(("127.0.0.1", rig.port), 5) as raw, context(rig.caller, calls=True).wrap_socket(raw) as wrapped:
        wrapped.sendall(f"PUT /exchange/1/files/{NAME} HTTP/1.1\r\nContent-Length: {len(CONTENT)}\r\n\r\n".encode() + CONTENT[:5000])
    rig.settle()
    assert (rig.desk.taken, rig.desk.noted) == ([], [f"cut {NAME}"])
    with rig.line() as opened:
        opened.put(NAME, CONTENT)
    assert rig.desk.taken == [(NAME, CONTENT)]


def test_an_answer_that_is_cut_in_the_middle_is_a_fault_of_the_line(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    true_end = listener._Conversation._end

    def break_off(self: Any, status: int, content: bytes = b"", headers: Any = None) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[:5000])
        self.close_connection = True

    monkeypatch.setattr(listener._Conversation, "_end", break_off)
    with pytest.raises(LineError, match="cut"), rig.line() as opened:
        opened.fetch(Offered(NAME, ""))
    monkeypatch.setattr(listener._Conversation, "_end", true_end)
    with rig.line() as opened:
        assert opened.fetch(Offered(NAME, "")) == CONTENT


def test_more_than_a_file_may_have_is_neither_read_nor_asked_for(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "MAX_FILE_BYTES", 1000)
    with pytest.raises(LineError), rig.line() as opened:
        opened.put(NAME, CONTENT)
    monkeypatch.setattr(line, "MAX_FILE_BYTES", 1000)
    with pytest.raises(LineError, match="size"), rig.line() as opened:
        opened.fetch(Offered(NAME, ""))
    assert rig.desk.taken == []
    with rig.line() as opened:
        connection = opened._connection
        assert connection is not None
        connection.putrequest("POST", "/exchange/1/offer")
        connection.putheader("Content-Length", "1001")
        connection.endheaders()
        answered = b""
        with suppress(OSError):
            while more := connection.sock.recv(4096):
                answered += more
    assert answered.count(b"HTTP/1.1 413 ") == answered.count(b"HTTP/1.1 ") == 1
    monkeypatch.undo()
    with rig.line() as opened:
        opened.put(NAME, CONTENT)
    assert len(rig.desk.taken) == 1


@pytest.mark.parametrize("path", ["/", "/exchange/1/files/../../etc/passwd", "/exchange/1/files/x.kfx", "/exchange/2/offer"])
def test_nothing_but_files_of_the_exchange_is_known(rig: Rig, path: str) -> None:
    for method in ("GET", "PUT", "POST"):
        with pytest.raises(LineError), rig.line() as opened:
            opened._ask(method, path, b"", 100)
    assert rig.desk.taken == []


def test_a_switched_off_listener_takes_nothing(rig: Rig) -> None:
    rig.desk.opened = False
    assert fault_of(rig.line()) in {"off", "cut"}
    assert rig.desk.taken == []


def test_a_listener_that_says_nothing_is_left_after_a_while(rig: Rig) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        made = TlsLine("127.0.0.1", silent.getsockname()[1], place=rig.caller, peer_name=rig.peer, seconds=0.2)
        assert fault_of(made) == "timeout"
    assert fault_of(TlsLine("127.0.0.1", rig.port, place=rig.caller.parent, peer_name=rig.peer)) == "no_certificate"


# CPython leaves a socket to the collector when the other side is gone at the very start of wrap_socket.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
def test_callers_beyond_the_bound_are_turned_away_and_the_others_served(certified: Callable[..., tuple[Path, Path]]) -> None:
    booking, delivery = certified()
    with listening(booking, delivery, connections=1) as made:
        with made.line() as first:
            assert fault_of(made.line()) == "cut"
            first.put(NAME, CONTENT)
        made.settle()
        with made.line() as later:
            later.put(NAME, CONTENT)
        assert len(made.desk.taken) == 2


def test_certificates_are_renewed_in_place_and_a_new_authority_ends_the_old(
    rig: Rig, certified: Callable[..., tuple[Path, Path]], tmp_path: Path
) -> None:
    before = certificates.standing()
    certified()
    after = certificates.standing()
    assert before is not None
    assert after is not None
    assert before.fingerprint != after.fingerprint
    with rig.line() as opened:
        opened.put(NAME, CONTENT)
    with time_machine.travel(after.until - certificates.LIFETIME + certificates.LIFETIME * 0.95, tick=False):
        held = certificates.standing()
        assert held is not None
        assert (held.ends_soon, held.is_over) == (True, False)


def test_papers_of_others_are_refused(certified: Callable[..., tuple[Path, Path]], settings: Settings, monkeypatch: Any) -> None:
    certified()
    actor = automatic("test")
    stranger = KeyPair.generate(tenant="142051", inst=INSTALLATION, zone="B")
    settings.MADOGUCHI_ZONE = "booking"
    monkeypatch.setattr(keys, "own_keys", lambda: stranger)
    forged = certificates.request(actor)
    settings.MADOGUCHI_ZONE = "delivery"
    for paper in (forged, b"", b"{}", b"[]", forged.replace(b"BEGIN", b"BEGUN")):
        with pytest.raises(Refusal):
            certificates.answer(paper, actor)
    # The same request counts when its signer is the one that is trusted.
    monkeypatch.setattr(keys, "peer", lambda: stranger.public)
    answered = certificates.answer(forged, actor)
    with pytest.raises(Refusal):
        certificates.install(answered.replace(b'"certificate"', b'"request"'), actor)
