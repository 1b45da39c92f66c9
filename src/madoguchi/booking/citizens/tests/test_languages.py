"""The choice of language: kept in a cookie of its own, never at the desk, never for a language that is not offered."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from madoguchi.booking.calendar.models import Place, Slot
from madoguchi.booking.citizens.visit import COOKIE as DRAFT_COOKIE
from madoguchi.booking.citizens.visit import signed
from madoguchi.booking.municipality.languages import COOKIE
from madoguchi.booking.municipality.services import change
from madoguchi.booking.reservations import services
from madoguchi.booking.reservations.models import Booking, Draft
from madoguchi.platform.audit.actors import automatic

pytestmark = [pytest.mark.django_db, pytest.mark.urls("madoguchi.zones.booking.urls")]


def test_choosing_a_language_leads_back_and_is_kept(client: Client, town: Place) -> None:
    page = client.get(reverse("citizens:languages"), {"next": "/calendar/?month=2026-12"})
    assert "Tiếng Việt" in page.content.decode()
    answer = client.get(reverse("citizens:choose-language", args=["vi"]), {"next": "/calendar/?month=2026-12"})
    assert answer["Location"] == "/calendar/?month=2026-12"
    assert answer.cookies[COOKIE].value == "vi"
    page = client.get("/")
    assert page["Content-Language"] == "vi"
    assert "Cookie" in page["Vary"]
    assert '<html lang="vi">' in page.content.decode()


@pytest.mark.parametrize("elsewhere", ["https://example.com/", "//example.com/", "javascript:alert(1)", "/\\example.com", ""])
def test_the_way_back_never_leaves_the_site(client: Client, town: Place, elsewhere: str) -> None:
    answer = client.get(reverse("citizens:choose-language", args=["en"]), {"next": elsewhere})
    assert answer["Location"] == "/"


def test_easy_japanese_carries_ruby_and_drops_it_in_the_title(client: Client, town: Place) -> None:
    client.cookies[COOKIE] = "ja-x-easy"
    page = client.get(reverse("citizens:month", args=[town.code])).content.decode()
    assert "<ruby>" in page
    assert "{" not in page.partition("<title>")[2].partition("</title>")[0]


@pytest.mark.parametrize("cookie", ["fr", "", "../../etc", "EN"])
def test_what_is_no_language_of_ours_is_japanese(client: Client, town: Place, cookie: str) -> None:
    client.cookies[COOKIE] = cookie
    assert client.get("/")["Content-Language"] == "ja"


def test_a_language_that_is_not_offered_cannot_be_chosen(client: Client, town: Place) -> None:
    change(automatic("test"), languages=["ja", "en"])
    assert client.get(reverse("citizens:choose-language", args=["vi"])).status_code == 404
    client.cookies[COOKIE] = "vi"
    page = client.get("/")
    assert page["Content-Language"] == "ja"
    assert "Tiếng Việt" not in page.content.decode()
    assert "English" in page.content.decode()


def test_with_japanese_alone_there_is_nothing_to_choose(client: Client, town: Place) -> None:
    change(automatic("test"), languages=["ja"])
    assert reverse("citizens:choose-language", args=["ja"]) not in client.get("/").content.decode()


def test_the_desk_is_japanese_whatever_was_chosen(client: Client, town: Place) -> None:
    client.cookies[COOKIE] = "en"
    assert client.get("/desk/")["Content-Language"] == "ja"


def test_the_booking_keeps_the_language_in_which_the_person_ended(
    client: Client, visitor: Callable[..., tuple[str, Draft]], slot: Slot
) -> None:
    key, draft = visitor()
    client.cookies[DRAFT_COOKIE] = signed(key)
    client.cookies[COOKIE] = "ja-x-easy"
    assert client.get(reverse("citizens:place")).status_code == 200
    held = services.hold(Draft.objects.get(pk=draft.pk), slot.pk, client="192.0.2.7")
    services.confirm(key, held.idempotency_key, client="192.0.2.7")
    assert Booking.objects.get(pk=held.pk).language == "ja-x-easy"


def test_the_kept_month_page_is_kept_by_language(client: Client, town: Place, settings: object) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}  # type: ignore[attr-defined]  # pytest-django's wrapper
    address = reverse("citizens:month", args=[town.code])
    assert "の空き状況" in client.get(address).content.decode()
    client.cookies[COOKIE] = "en"
    english = client.get(address).content.decode()
    assert '<html lang="en">' in english
    assert "month%3D" in english
