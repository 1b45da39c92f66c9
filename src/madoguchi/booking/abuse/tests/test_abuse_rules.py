import ipaddress
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.booking.abuse.canaries import place_canaries, slips_of
from madoguchi.booking.abuse.rules import (
    WITH_CODES,
    WITHOUT_CODES,
    Limits,
    Risk,
    Standing,
    allowance,
    bits_of_work,
    canaries_wanted,
    is_own_machine,
    network_of,
    pause_after,
    proves_work,
    risk_of,
    seconds_to_wait,
    step_of,
)


@pytest.mark.parametrize(
    ("standing", "limits", "risk"),
    [
        (Standing(), WITH_CODES, Risk.CALM),
        (Standing(network_short=9), WITH_CODES, Risk.CALM),
        (Standing(network_short=10), WITH_CODES, Risk.RAISED),
        (Standing(network_short=60), WITH_CODES, Risk.STOPPED),
        (Standing(network_day=199), WITH_CODES, Risk.CALM),
        (Standing(network_day=200), WITH_CODES, Risk.STOPPED),
        (Standing(number_day=10), WITH_CODES, Risk.RAISED),
        (Standing(number_day=100_000), WITH_CODES, Risk.RAISED),
        (Standing(network_flagged=True), WITH_CODES, Risk.RAISED),
        (Standing(number_flagged=True), WITH_CODES, Risk.RAISED),
        (Standing(total_day=5_000), WITH_CODES, Risk.RAISED),
        (Standing(total_day=5_000, network_short=15), WITH_CODES, Risk.STOPPED),
        (Standing(total_day=5_000, network_day=50), WITH_CODES, Risk.STOPPED),
        (Standing(network_short=10, factor=4), WITH_CODES, Risk.CALM),
        (Standing(network_short=29, people_today=10), WITH_CODES, Risk.CALM),
        (Standing(network_short=30, people_today=10), WITH_CODES, Risk.RAISED),
        (Standing(network_day=600, people_today=100_000), WITH_CODES, Risk.STOPPED),
        (Standing(total_day=49), WITHOUT_CODES, Risk.CALM),
        (Standing(total_day=50), WITHOUT_CODES, Risk.STOPPED),
        (Standing(network_short=3), WITHOUT_CODES, Risk.RAISED),
        (Standing(network_short=5), WITHOUT_CODES, Risk.STOPPED),
    ],
)
def test_what_the_next_attempt_has_to_bring(standing: Standing, limits: Limits, risk: Risk) -> None:
    assert risk_of(standing, limits) is risk


@given(st.builds(Standing, network_short=st.integers(0, 500), network_day=st.integers(0, 500), total_day=st.integers(0, 9_000)))
def test_another_failure_never_makes_it_easier(standing: Standing) -> None:
    more = Standing(standing.network_short + 1, standing.network_day + 1, standing.total_day + 1)
    for limits in (WITH_CODES, WITHOUT_CODES):
        assert risk_of(more, limits) >= risk_of(standing, limits)
        assert step_of(more, limits) >= step_of(standing, limits)


@given(st.integers(0, 10**6))
def test_wrong_codes_at_one_number_alone_never_stop_it(failures: int) -> None:
    assert risk_of(Standing(number_day=failures), WITH_CODES) < Risk.STOPPED


def test_work_and_wait_double_with_the_failures() -> None:
    steps = [step_of(Standing(network_short=failures), WITH_CODES) for failures in (10, 19, 20, 39, 40)]
    assert steps == [0, 0, 1, 1, 2]
    assert [bits_of_work(step) for step in (0, 1, 5, 9)] == [17, 18, 22, 22]
    assert [seconds_to_wait(step) for step in (0, 1, 4, 9)] == [30, 60, 480, 480]
    assert [pause_after(holds) for holds in (7, 8, 9, 15)] == [0, 15, 30, 600]


def test_slips_of_people_who_share_a_network_weigh_less() -> None:
    assert allowance(Standing(), 10) == 10
    assert allowance(Standing(people_today=25), 10) == 60
    assert allowance(Standing(people_today=10_000), 10) == 410
    assert allowance(Standing(factor=3), 10) == 30


# SHA-256("abc:def:21028") = 000030c2…
@pytest.mark.parametrize(
    ("solution", "bits", "proved"),
    [("21028", 18, True), ("21028", 19, False), ("21029", 1, False), ("", 1, False), ("٢", 0, False), ("9" * 17, 0, False)],
)
def test_a_proof_has_enough_zero_bits(solution: str, bits: int, proved: bool) -> None:
    assert proves_work("abc:def", solution, bits) is proved


@pytest.mark.parametrize(
    ("client", "network"),
    [
        ("192.0.2.7", "192.0.2.0/24"),
        ("::ffff:192.0.2.7", "192.0.2.0/24"),
        ("2001:db8:1:2ff::1", "2001:db8:1::/48"),
        ("", "unknown"),
        ("<x>", "unknown"),
    ],
)
def test_network_of(client: str, network: str) -> None:
    assert network_of(client) == network


@given(st.ip_addresses())
def test_an_address_lies_in_its_network(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    network = ipaddress.ip_network(network_of(str(address)))
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    assert (mapped or address) in network


@pytest.mark.parametrize(("client", "own"), [("127.0.0.1", True), ("::1", True), ("192.0.2.7", False), ("", False)])
def test_own_machine(client: str, own: bool) -> None:
    assert is_own_machine(client) is own


def test_decoys_stand_among_the_real_numbers_and_no_slip_of_the_finger_hits_one() -> None:
    real = {f"A0A{number:06d}" for number in range(10_000, 40_000, 60)}
    decoys = place_canaries(real, 100, random.Random(7))
    assert len(decoys) == 100
    assert not set(decoys) & real
    assert all("A0A010000" <= decoy <= "A0A040000" for decoy in decoys)
    slipped = {slip for serial in real for slip in slips_of(serial)}
    assert not set(decoys) & slipped


def test_where_there_is_no_room_there_are_fewer_decoys() -> None:
    assert place_canaries(set(), 10) == []
    assert place_canaries({f"A0A{number:06d}" for number in range(100_000)}, 3, random.Random(1)) == []


@pytest.mark.parametrize(("numbers", "wanted"), [(0, 100), (2_000, 100), (30_000, 1_500)])
def test_one_decoy_for_twenty_numbers(numbers: int, wanted: int) -> None:
    assert canaries_wanted(numbers) == wanted


def test_slips_are_one_digit_or_two_neighbours_swapped() -> None:
    slips = set(slips_of("A0A123456"))
    assert {"A0A123457", "A0A213456", "A0A023456"} <= slips
    assert "A0A123456" not in slips
    assert len(slips) == 6 * 9 + 5
