import datetime as dt
import itertools
from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from madoguchi.booking.abuse.counting import count_failure, count_person, standing_of, take_pace, windows
from madoguchi.booking.abuse.models import Alarm, Canary, Count, SharedNetwork, SpentProof
from madoguchi.booking.abuse.proofs import Challenge, accepted, challenge_for, challenge_on_entering
from madoguchi.booking.abuse.rules import (
    HOLDS_UNTIL_PROOF,
    NETWORK_HOLDS_RAISE,
    NETWORK_HOLDS_STOP,
    TICKETS_IN_A_WINDOW,
    WITH_CODES,
    Standing,
    proves_work,
)
from madoguchi.booking.abuse.services import (
    forget,
    network_form,
    release_network,
    renew_canaries,
    see_alarm,
    share_network,
    unshare_network,
)
from madoguchi.booking.calendar.models import Place
from madoguchi.booking.reservations.identification import Identified, Refused, identify
from madoguchi.booking.reservations.models import Credential
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import automatic

pytestmark = pytest.mark.django_db
ACTOR = automatic("test")
HERE, THERE = "198.51.100.7", "203.0.113.9"
CODE, MMDD = "12345674", "0908"


@pytest.fixture(autouse=True)
def noon(town: Place) -> Iterator[time_machine.Traveller]:
    """A town at five past twelve; time stands still."""
    with time_machine.travel(dt.datetime.combine(clock.today(), dt.time(12, 5), clock.TOKYO), tick=False) as moved:
        yield moved


def fail(client: str = HERE, serial: str = "Z9Z000001", times: int = 1, *, well_formed: bool = True) -> None:
    for _time in range(times):
        count_failure(client, serial, standing_of(client, serial), WITH_CODES, well_formed=well_formed, unknown=True)


def solution_of(challenge: Challenge) -> str:
    return next(str(number) for number in itertools.count() if proves_work(challenge.work, str(number), challenge.bits))


def alarms() -> list[tuple[str, str, int]]:
    return list(Alarm.objects.order_by("kind").values_list("kind", "network", "times"))


def test_failures_are_counted_for_network_number_and_overall_without_naming_the_number() -> None:
    fail(times=3)
    fail(serial="nonsense", well_formed=False)
    assert standing_of(HERE, "Z9Z000001") == Standing(network_short=4, network_day=4, total_day=3, number_day=3)
    assert standing_of(THERE, "Z9Z000001") == Standing(total_day=3, number_day=3)
    assert standing_of("198.51.100.200") == Standing(network_short=4, network_day=4, total_day=3)
    assert not Count.objects.filter(scope__contains="Z9Z").exists()


def test_windows_end(noon: time_machine.Traveller) -> None:
    fail(times=3)
    noon.shift(dt.timedelta(minutes=5))
    assert standing_of(HERE) == Standing(network_day=3, total_day=3)
    noon.shift(dt.timedelta(days=1))
    assert standing_of(HERE) == Standing()
    noon.shift(dt.timedelta(days=2))
    forget()
    assert not Count.objects.exists()


def test_counting_and_standing_are_one_statement_each(django_assert_num_queries: Callable[..., CaptureQueriesContext]) -> None:
    with django_assert_num_queries(1):
        standing = standing_of(HERE, "Z9Z000001")
    for _again in range(2):
        with django_assert_num_queries(1):
            count_failure(HERE, "Z9Z000001", standing, WITH_CODES, well_formed=True, unknown=True)
    with django_assert_num_queries(1):
        count_person(HERE, 7)


def test_a_decoy_flags_the_network_and_is_brought_before_the_desk() -> None:
    Canary.objects.create(serial="A0A500000", made_at=clock.now())
    for _time in range(2):
        answer = identify("A0A500000", CODE, MMDD, client=HERE)
        assert isinstance(answer, Refused)
    assert alarms() == [("canary", "198.51.100.0/24", 1)], "the second attempt was not looked at"
    assert standing_of("198.51.100.99").network_flagged
    assert not standing_of(THERE).network_flagged


def test_a_number_that_is_real_by_now_is_no_decoy(person: Callable[..., Credential]) -> None:
    person(serial="A0A500000")
    Canary.objects.create(serial="A0A500000", made_at=clock.now())
    assert isinstance(identify("A0A500000", CODE, "0101", client=HERE), Refused)
    assert alarms() == []
    assert renew_canaries(ACTOR, {"A0A500000"}) == 100
    assert not Canary.objects.filter(serial="A0A500000").exists()
    placed = set(Canary.objects.values_list("serial", flat=True))
    assert renew_canaries(ACTOR, {"A0A500000"}) == 100
    assert set(Canary.objects.values_list("serial", flat=True)) == placed


def test_without_a_roster_there_are_no_decoys() -> None:
    assert renew_canaries(ACTOR, set()) == 0


def test_people_who_get_in_make_a_network_a_shared_one() -> None:
    for credential in (1, 2, 2, 3):
        count_person(HERE, credential)
    assert standing_of(HERE).people_today == 3
    assert standing_of(THERE).people_today == 0


def test_staff_widen_the_limits_of_a_network_and_take_it_back() -> None:
    share_network(ACTOR, "198.51.0.0/16", 4, "図書館")
    row = share_network(ACTOR, " 198.51.0.0/16 ", 5, "図書館と公民館")
    assert SharedNetwork.objects.count() == 1
    assert (standing_of(HERE).factor, standing_of(THERE).factor, standing_of("").factor) == (5, 1, 1)
    assert unshare_network(ACTOR, row.pk)
    assert not unshare_network(ACTOR, row.pk)
    assert standing_of(HERE).factor == 1


@pytest.mark.parametrize(
    ("typed", "stored"), [("192.0.2.77/24", "192.0.2.0/24"), ("2001:DB8::1/48", "2001:db8::/48"), ("192.0.2.1", "192.0.2.1/32")]
)
def test_networks_are_kept_in_one_form(typed: str, stored: str) -> None:
    assert network_form(typed) == stored


@pytest.mark.parametrize("typed", ["", "here", "0.0.0.0/0", "::/0", "192.0.2.0/33"])
def test_what_is_no_network_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        network_form(typed)


def test_staff_release_a_network(as_auditor: Callable[[], object]) -> None:
    Canary.objects.create(serial="A0A500000", made_at=clock.now())
    identify("A0A500000", CODE, MMDD, client=HERE)
    fail(times=20)
    fail(client=THERE, times=2)
    count_person(HERE, 1)
    assert release_network(ACTOR, "198.51.100.0/24", "図書館だった")
    assert not release_network(ACTOR, "198.51.100.0/24", "図書館だった")
    kept = standing_of(HERE)
    assert (kept.network_short, kept.network_day, kept.network_flagged, kept.people_today) == (0, 0, False, 1)
    assert standing_of(THERE).network_day == 2


def test_alarms_are_raised_where_a_limit_is_reached_and_wait_for_somebody() -> None:
    fail(times=WITH_CODES.number_raises - 1)
    assert alarms() == []
    fail(times=1)
    assert alarms() == [("number", "198.51.100.0/24", 1)]
    for number in range(WITH_CODES.network_short):
        fail(serial=f"Z9Z{number:06d}")
    assert alarms() == [("network", "198.51.100.0/24", 1), ("number", "198.51.100.0/24", 1)]
    first = Alarm.objects.order_by("pk")[0]
    assert see_alarm(ACTOR, first.pk)
    assert not see_alarm(ACTOR, first.pk)
    fail(client=THERE, serial="Z9Z700000", times=WITH_CODES.number_raises)
    assert Alarm.objects.filter(seen_at__isnull=True).count() == 2


def test_the_total_of_the_day_raises_one_alarm() -> None:
    Count.objects.create(scope="all", window_from=windows()["day"], number=WITH_CODES.total_day - 1, last_at=clock.now())
    for number in range(3):
        fail(serial=f"Z9Z{number:06d}")
    assert alarms() == [("total", "", 1)]


def test_work_counts_once_and_only_for_its_network(noon: time_machine.Traveller) -> None:
    challenge = challenge_for(HERE, Standing(network_short=10), WITH_CODES)
    solution = solution_of(challenge)
    assert accepted(challenge.token, solution, THERE) is False
    assert accepted(challenge.token + "x", solution, HERE) is False
    assert accepted("", "", HERE) is False
    assert accepted(challenge.token, solution, "198.51.100.200") is True
    assert accepted(challenge.token, solution, HERE) is False
    other = challenge_for(HERE, Standing(network_short=10), WITH_CODES)
    noon.shift(dt.timedelta(minutes=61))
    assert accepted(other.token, solution_of(other), HERE) is False
    noon.shift(dt.timedelta(hours=3))
    forget()
    assert not SpentProof.objects.exists()


def test_whoever_cannot_compute_waits_and_only_so_many_do(noon: time_machine.Traveller) -> None:
    challenges = [challenge_for(HERE, Standing(network_short=20), WITH_CODES) for _one in range(TICKETS_IN_A_WINDOW + 1)]
    noon.shift(59)
    early = accepted(challenges[0].token, "", HERE)
    assert isinstance(early, Challenge)
    assert (early.token, early.wait) == (challenges[0].token, 1)
    noon.shift(1)
    answers = [accepted(challenge.token, "", HERE) for challenge in challenges]
    assert answers == [True] * TICKETS_IN_A_WINDOW + [False]
    assert accepted(challenges[0].token, "", HERE) is False


def test_the_page_asks_for_work_only_at_raised_risk() -> None:
    assert challenge_on_entering(HERE, uses_codes=True) is None
    fail(times=WITH_CODES.network_raises)
    assert challenge_on_entering(HERE, uses_codes=True) is not None
    assert challenge_on_entering(THERE, uses_codes=True) is None


def test_a_number_that_takes_times_again_and_again_waits_and_then_has_to_prove_itself(
    noon: time_machine.Traveller, person: Callable[..., Credential]
) -> None:
    somebody = person()
    waited = []
    for _hold in range(HOLDS_UNTIL_PROOF):
        pace = take_pace(HERE, somebody.serial)
        waited.append(pace.wait)
        if pace.wait:
            # Put into the past rather than waited for: all within one hour.
            Count.objects.filter(scope__startswith="hold-number").update(last_at=clock.now() - dt.timedelta(minutes=10))
            assert take_pace(HERE, somebody.serial).free
    assert waited == [0] * 8 + [15, 30, 60, 120, 240, 480, 600, 600]
    assert take_pace(HERE, somebody.serial).prove
    assert take_pace(HERE, person().serial).free
    assert alarms() == [("grabbing", "198.51.100.0/24", 1)]
    asked = identify(somebody.serial, CODE, MMDD, client=THERE)
    assert isinstance(asked, Refused)
    assert asked.challenge
    proof = (asked.challenge.token, solution_of(asked.challenge))
    assert isinstance(identify(somebody.serial, CODE, MMDD, client=THERE, proof=proof), Identified)
    assert take_pace(THERE, somebody.serial).free


def test_a_network_that_takes_times_again_and_again_is_flagged_and_at_last_refused() -> None:
    hold, short = "hold 198.51.100.0/24", windows()["short"]
    Count.objects.create(scope=hold, window_from=short, number=NETWORK_HOLDS_RAISE - 2, last_at=clock.now())
    assert take_pace(HERE).free
    assert not standing_of(HERE).network_flagged
    assert take_pace(HERE).free
    assert standing_of(HERE).network_flagged
    assert alarms() == [("grabbing", "198.51.100.0/24", 1)]
    Count.objects.filter(scope=hold).update(number=NETWORK_HOLDS_STOP)
    assert take_pace(HERE).wait == 301
    assert take_pace(THERE).free
    assert take_pace("127.0.0.1").free, "a web server in front that was not made known speaks for everybody"


def test_no_count_is_kept_that_the_list_of_columns_does_not_know() -> None:
    with connection.cursor() as cursor, pytest.raises(Exception, match="count_scope_form"):
        cursor.execute("INSERT INTO abuse_count (scope, window_from, number, last_at) VALUES ('day 山田', now(), 1, now())")
