"""Settings and places of the zone: two people, history, and no place closed over its cards."""

from collections.abc import Callable

import pytest
from django.test import Client

from madoguchi.delivery.cards.models import Card, DeliveryPlace, Municipality, MunicipalityChange

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
PASSWORD = "kawa-no-hotori-7"  # the password of every account that `signed_in_client` makes
BOSS = {"witness_user_id": "boss", "witness_password": PASSWORD}
SENT = {"sends_place": "on", "sends_deadline": "on", "sends_stage": "on"}
WANTED = {
    "uses_booking_codes": "on",
    "second_person_at_handover": "on",
    "mass_change_percent": "10",
    "reveal_seconds": "60",
    "days_without_arrival": "45",
    "days_without_booking": "30",
    "days_before_expiry": "30",
    "days_before_stay_ends": "30",
    "days_of_patience": "90",
    "days_letters_kept": "30",
    "reason": "要綱の改正",
    **SENT,
}


@pytest.fixture
def head(city: DeliveryPlace, signed_in_client: SignIn) -> Client:
    signed_in_client("chief", user_id="boss")
    return signed_in_client("administrator", user_id="head")


def test_settings_are_changed_by_two_and_their_history_stays(head: Client) -> None:
    assert head.get("/settings/").status_code == 200
    assert head.post("/settings/", WANTED).status_code == 422
    own = {"witness_user_id": "head", "witness_password": PASSWORD}
    assert head.post("/settings/", {**WANTED, **own}).status_code == 422
    assert head.post("/settings/", {**WANTED, **BOSS, "mass_change_percent": "0"}).status_code == 422
    assert head.post("/settings/", {**WANTED, **BOSS, "reveal_seconds": "9"}).status_code == 422
    assert head.post("/settings/", {**WANTED, **BOSS, "days_of_patience": "0"}).status_code == 422
    assert head.post("/settings/", {**WANTED, **BOSS}).status_code == 302
    row = Municipality.objects.get()
    assert (row.notice_before_preset, row.mass_change_percent, row.uses_booking_codes) == (False, 10, True)
    changes = set(MunicipalityChange.objects.exclude(setting__startswith="place:").values_list("setting", "by", "second", "reason"))
    assert changes == {(name, "head", "boss", "要綱の改正") for name in ("notice_before_preset", "mass_change_percent")}
    assert "要綱の改正" in head.get("/settings/").content.decode()


def test_what_the_booking_zone_learns_is_a_setting_that_says_what_to_write_down(head: Client) -> None:
    page = head.get("/settings/").content.decode()
    assert page.count("評価書に") == 3
    assert head.post("/settings/", {**WANTED, **BOSS, "sends_place": "", "sends_stage": ""}).status_code == 302
    row = Municipality.objects.get()
    assert (row.sends_place, row.sends_deadline, row.sends_stage) == (False, True, False)
    assert MunicipalityChange.objects.filter(setting__startswith="sends_", second="boss").count() == 2


def test_switching_the_codes_off_warns(head: Client) -> None:
    without = {name: value for name, value in WANTED.items() if name != "uses_booking_codes"}
    page = head.post("/settings/", {**without, **BOSS}, follow=True).content.decode()
    assert "番号を推測されるおそれ" in page


def test_a_place_is_registered_changed_and_closed_by_two(head: Client) -> None:
    new = {"code": "03", "name": "辻堂市民センター", "is_open": "on", "reason": "開設"}
    assert head.post("/places/", new).status_code == 422
    assert head.post("/places/", {**new, **BOSS}).status_code == 302
    assert head.post("/places/", {**new, **BOSS}).status_code == 422  # the code is taken
    place = DeliveryPlace.objects.get(code="03")
    assert head.post(f"/places/{place.pk}/", {"name": "湘南台市民センター", "reason": "改称", "is_open": "on", **BOSS}).status_code == 422
    assert head.post(f"/places/{place.pk}/", {"code": "09", "name": "辻堂", "reason": "閉鎖", **BOSS}).status_code == 302
    place.refresh_from_db()
    assert (place.code, place.name, place.is_open) == ("03", "辻堂", False)
    assert list(MunicipalityChange.objects.filter(setting="place:03").values_list("reason", "second")) == [
        ("開設", "boss"),
        ("閉鎖", "boss"),
    ]
    assert "閉鎖" in head.get(f"/places/{place.pk}/").content.decode()


def test_a_place_with_cards_stays_open(head: Client, city: DeliveryPlace, make_card: Callable[..., Card]) -> None:
    make_card(1, progress="arrived", place_kind="stored", site=city)
    refused = head.post(f"/places/{city.pk}/", {"name": city.name, "reason": "閉鎖", **BOSS})
    assert refused.status_code == 422
    assert "カードが 1 枚" in refused.content.decode()
    city.refresh_from_db()
    assert city.is_open


def test_who_may_not_set_opens_neither(city: DeliveryPlace, signed_in_client: SignIn) -> None:
    for role in ("clerk", "auditor"):
        client = signed_in_client(role)
        for address in ("/settings/", "/places/", f"/places/{city.pk}/"):
            assert client.get(address).status_code == 403
