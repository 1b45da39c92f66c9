import datetime as dt
import hmac
import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from madoguchi.booking.abuse.models import Canary
from madoguchi.booking.abuse.proofs import Challenge
from madoguchi.booking.abuse.rules import WITH_CODES, WITHOUT_CODES, proves_work
from madoguchi.booking.calendar.models import Slot
from madoguchi.booking.municipality.services import change
from madoguchi.booking.reservations import services
from madoguchi.booking.reservations.identification import (
    Identified,
    Refused,
    WhyUnknown,
    digest_of,
    draft_of,
    forget,
    forget_old_drafts,
    identify,
    unlock,
)
from madoguchi.booking.reservations.models import Credential, Draft
from madoguchi.booking.reservations.rules import BookingRefused, Why
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import automatic

pytestmark = pytest.mark.django_db
Person = Callable[..., Credential]
CODE, MMDD, WRONG_CODE = "12345674", "0908", "76543214"
ACTOR = automatic("test")


def attempt(serial: str, code: str = CODE, mmdd: str = MMDD, client: str = "192.0.2.7") -> Identified | Refused:
    return identify(serial, code, mmdd, client=client)


def refused(answer: Identified | Refused) -> Refused:
    assert isinstance(answer, Refused)
    return answer


def solution_of(challenge: Challenge) -> str:
    return next(str(number) for number in itertools.count() if proves_work(challenge.work, str(number), challenge.bits))


@pytest.fixture
def morning() -> Iterator[None]:
    """A moment that stands still within one window of ten minutes."""
    with time_machine.travel(dt.datetime.combine(clock.today(), dt.time(9, 5), clock.TOKYO), tick=False):
        yield


@pytest.mark.parametrize(
    ("serial", "code", "mmdd"),
    [("A0A000001", CODE, MMDD), ("ａ０ａ－０００００１", "１２３４ ５６７４", "９月８日"), (" a0a-000001 ", "1234-5674", "9/8")],
)
def test_the_right_person_is_identified_however_it_is_typed(person: Person, serial: str, code: str, mmdd: str) -> None:
    person(serial="A0A000001")
    answer = attempt(serial, code, mmdd)
    assert isinstance(answer, Identified)
    assert not answer.has_booking
    assert draft_of(answer.key).credential.serial == "A0A000001"


def test_every_failure_gets_one_answer_the_same_statements_and_the_same_work(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    person(serial="A0A000001")
    person(serial="A0A000002", status="closed")
    person(serial="A0A000003", locked_at=clock.now())
    person(serial="A0A000004", birthday_mac=None)
    person(serial="A0A000005", code_mac=None)
    failures = {
        "unknown number": ("Z9Z999999", CODE, MMDD),
        "wrong code": ("A0A000001", WRONG_CODE, MMDD),
        "wrong birthday": ("A0A000001", CODE, "0909"),
        "both wrong": ("A0A000001", WRONG_CODE, "0909"),
        "closed": ("A0A000002", CODE, MMDD),
        "locked": ("A0A000003", CODE, MMDD),
        "birthday unknown": ("A0A000004", CODE, MMDD),
        "no code": ("A0A000005", CODE, MMDD),
        "nonsense": ("<script>", "x", "y"),
        "decoy": ("A0A500000", CODE, MMDD),
    }
    Canary.objects.create(serial="A0A500000", made_at=clock.now())
    macs_made: list[object] = []
    digest = hmac.digest

    def counted(*given: Any) -> bytes:
        macs_made.append(given)
        return digest(*given)

    monkeypatch.setattr(hmac, "digest", counted)
    answers, shapes = set(), set()
    hashed: list[int] = []
    for number, (serial, code, mmdd) in enumerate(failures.values()):
        # Each from another network: the decoy raises what its own is asked for.
        with CaptureQueriesContext(connection) as statements:
            answer = refused(attempt(serial, code, mmdd, client=f"10.7.{number}.1"))
        answers.add((answer.why, str(answer.message), answer.telephone))
        shapes.add(tuple(" ".join(query["sql"].split()[:2]) for query in statements if "SAVEPOINT" not in query["sql"]))
        hashed.append(len(macs_made))
        macs_made.clear()
    assert len(answers) == 1
    assert len(shapes) == 1
    assert len(set(hashed)) == 1, "as many keyed hashes are made for nobody as for somebody"
    assert "お電話" in answers.pop()[1]


def test_wrong_codes_never_lock_a_number(person: Person) -> None:
    victim = person()
    for number in range(60):
        attempt(victim.serial, WRONG_CODE, client=f"10.0.{number}.1")
    asked = refused(attempt(victim.serial))
    assert asked.challenge is not None
    answer = (asked.challenge.token, solution_of(asked.challenge))
    assert isinstance(identify(victim.serial, CODE, MMDD, client="192.0.2.7", proof=answer), Identified)


def test_the_right_code_with_five_wrong_birthdays_locks_and_staff_release(person: Person) -> None:
    somebody = person()
    for number in range(5):
        refused(attempt(somebody.serial, mmdd="0101", client=f"10.0.{number}.1"))
    assert refused(attempt(somebody.serial)).why is WhyUnknown.MISMATCH
    assert unlock(ACTOR, somebody.serial, "本人確認済み")
    assert not unlock(ACTOR, somebody.serial, "本人確認済み")
    assert isinstance(attempt(somebody.serial), Identified)


def test_a_success_forgets_earlier_wrong_birthdays_with_codes(person: Person) -> None:
    somebody = person()
    for _round in range(2):
        for number in range(4):
            attempt(somebody.serial, mmdd="0101", client=f"10.{_round}.{number}.1")
        assert isinstance(attempt(somebody.serial), Identified)


def test_a_network_with_many_failures_has_to_prove_work_and_others_do_not(morning: None, person: Person) -> None:
    somebody = person()
    for _ in range(WITH_CODES.network_raises):
        assert refused(attempt("Z9Z999999")).why is WhyUnknown.MISMATCH
    asked = refused(attempt(somebody.serial, client="192.0.2.200"))
    assert asked.why is WhyUnknown.PROVE
    assert asked.challenge is not None
    answer = (asked.challenge.token, solution_of(asked.challenge))
    assert isinstance(identify(somebody.serial, CODE, MMDD, client="192.0.2.200", proof=answer), Identified)
    assert isinstance(attempt(somebody.serial, client="198.51.100.1"), Identified)
    with time_machine.travel(clock.now() + dt.timedelta(minutes=11)):
        assert isinstance(attempt(somebody.serial, client="192.0.2.200"), Identified)


def test_a_network_that_goes_on_all_day_is_stopped_and_others_are_not(person: Person) -> None:
    somebody = person()
    with time_machine.travel(dt.datetime(2026, 12, 1, 0, 5, tzinfo=clock.TOKYO)) as clockwork:
        seen = Counter[WhyUnknown]()
        for _ in range(60):
            for _try in range(WITH_CODES.network_raises):
                seen[refused(attempt("Z9Z999999")).why] += 1
            clockwork.shift(dt.timedelta(minutes=10))
        assert seen == {WhyUnknown.MISMATCH: WITH_CODES.number_raises, WhyUnknown.PROVE: 590}, "the number itself asks for proof by then"
        for number in range(WITH_CODES.network_day):
            seen[refused(attempt(f"Z9Z{number:06d}")).why] += 1
            clockwork.shift(dt.timedelta(minutes=2))
        assert refused(attempt(somebody.serial, client="192.0.2.200")).why is WhyUnknown.TOO_MANY
        assert isinstance(attempt(somebody.serial, client="198.51.100.1"), Identified)


def test_without_codes_five_wrong_birthdays_lock_for_good(person: Person) -> None:
    change(ACTOR, uses_booking_codes=False)
    somebody = person()
    for number in range(4):
        refused(attempt(somebody.serial, "", "0101", client=f"10.0.{number}.1"))
    assert isinstance(attempt(somebody.serial, ""), Identified)
    refused(attempt(somebody.serial, "", "0101"))
    assert refused(attempt(somebody.serial, "")).why is WhyUnknown.MISMATCH


def test_without_codes_fifty_failures_a_day_stop_everybody(person: Person) -> None:
    change(ACTOR, uses_booking_codes=False)
    somebody = person()
    for number in range(WITHOUT_CODES.total_day):
        refused(attempt(f"Z9Z{number:06d}", "", client=f"10.{number}.0.1"))
    assert refused(attempt(somebody.serial, "", client="203.0.113.1")).why is WhyUnknown.TOO_MANY
    with time_machine.travel(clock.now() + dt.timedelta(days=1)):
        assert isinstance(attempt(somebody.serial, "", client="203.0.113.1"), Identified)


def test_input_that_can_be_nobodys_does_not_use_up_the_day(person: Person) -> None:
    change(ACTOR, uses_booking_codes=False)
    for number in range(WITHOUT_CODES.total_day):
        refused(attempt("?", "", client=f"10.{number}.0.1"))
    assert isinstance(attempt(person().serial, "", client="203.0.113.1"), Identified)


def test_the_cookie_key_is_nowhere_in_the_database(person: Person) -> None:
    answer = attempt(person().serial)
    assert isinstance(answer, Identified)
    assert Draft.objects.get().key_digest == digest_of(answer.key) != answer.key


def test_a_draft_ends_and_is_forgotten(person: Person) -> None:
    answer = attempt(person().serial)
    assert isinstance(answer, Identified)
    with time_machine.travel(clock.now() + dt.timedelta(minutes=61)), pytest.raises(BookingRefused) as gone:
        draft_of(answer.key)
    assert gone.value.why is Why.DRAFT_EXPIRED
    forget_old_drafts()
    assert Draft.objects.count() == 1
    with time_machine.travel(clock.now() + dt.timedelta(days=4)):
        forget_old_drafts()
    assert Draft.objects.count() == 0


def test_leaving_ends_the_draft(person: Person) -> None:
    answer = attempt(person().serial)
    assert isinstance(answer, Identified)
    forget(answer.draft)
    with pytest.raises(BookingRefused):
        draft_of(answer.key)


def test_whoever_has_a_booking_is_told_so(person: Person, slot: Slot) -> None:
    somebody = person()
    answer = attempt(somebody.serial)
    assert isinstance(answer, Identified)
    held = services.hold(answer.draft, slot.pk, client="192.0.2.7")
    second = attempt(somebody.serial)
    assert isinstance(second, Identified)
    assert not second.has_booking
    services.confirm(answer.key, held.idempotency_key, client="192.0.2.7")
    third = attempt(somebody.serial)
    assert isinstance(third, Identified)
    assert third.has_booking


def test_success_and_failure_are_audited_without_what_was_typed(
    person: Person, as_auditor: Callable[[], AbstractContextManager[None]]
) -> None:
    somebody = person()
    attempt(somebody.serial)
    attempt(somebody.serial, WRONG_CODE)
    attempt("Z9Z999999")
    with as_auditor(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT subject, result, content::text FROM audit_auditevent WHERE process_code = 'reservations.identify' ORDER BY id"
        )
        events = cursor.fetchall()
    subject = f"credential:{somebody.pk}"
    assert [(who, how) for who, how, _content in events] == [(subject, "done"), (subject, "refused"), ("", "refused")]
    assert not any(typed in content for _who, _how, content in events for typed in (CODE, WRONG_CODE, MMDD, somebody.serial))
