import logging

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import translation

from madoguchi.booking.municipality.models import Municipality, MunicipalityChange
from madoguchi.booking.municipality.own_words import save_words
from madoguchi.booking.municipality.queries import current
from madoguchi.booking.municipality.rules import warning_about_codes
from madoguchi.booking.municipality.services import change, set_up
from madoguchi.booking.municipality.shell import shell
from madoguchi.kernel.numbers import NumberError
from madoguchi.platform.audit.actors import Actor, ActorKind

pytestmark = pytest.mark.django_db
CHIEF = Actor(kind=ActorKind.STAFF, user_id="chief")


def test_set_up_names_the_municipality_from_the_national_list() -> None:
    assert set_up("142051").name == "藤沢市"
    assert current().code == "142051"


def test_a_second_set_up_changes_nothing() -> None:
    set_up("142051")
    assert set_up("281000").code == "142051"


def test_a_code_with_a_wrong_check_digit_is_refused() -> None:
    with pytest.raises(NumberError):
        set_up("142052")


def test_a_change_leaves_its_author_and_both_values() -> None:
    set_up("142051")
    change(CHIEF, hold_minutes=15, telephone="0466-00-0000")
    assert current().hold_minutes == 15
    assert set(MunicipalityChange.objects.values_list("setting", "before", "after", "by")) == {
        ("hold_minutes", 10, 15, "chief"),
        ("telephone", "", "0466-00-0000", "chief"),
    }
    change(CHIEF, hold_minutes=15)
    assert MunicipalityChange.objects.count() == 2


@pytest.mark.parametrize("wrong", [{"hold_minutes": 0}, {"latest_days_ahead": 400}, {"telephone": "電話"}, {"earliest_days_ahead": 61}])
def test_a_value_out_of_range_is_refused(wrong: dict[str, object]) -> None:
    set_up("142051")
    with pytest.raises(ValidationError):
        change(CHIEF, **wrong)
    assert not MunicipalityChange.objects.exists()


def test_an_unknown_setting_is_refused() -> None:
    set_up("142051")
    with pytest.raises(TypeError):
        change(CHIEF, code="281000")


def test_the_database_keeps_one_row() -> None:
    row = set_up("142051")
    row.pk = 2
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_working_without_codes_warns(caplog: pytest.LogCaptureFixture) -> None:
    assert warning_about_codes(set_up("142051")) is None
    with caplog.at_level(logging.WARNING):
        warned = warning_about_codes(change(CHIEF, uses_booking_codes=False))
    assert "366" in str(warned)
    assert "booking codes are off" in caplog.text


def test_the_hours_of_the_telephone_stand_beside_it_in_the_language_of_the_page() -> None:
    set_up("142051", telephone="0466-00-0000")
    change(CHIEF, telephone_hours="平日 9時から17時まで")
    save_words(CHIEF, "平日 9時から17時まで", {"en": "Weekdays 9 to 17"})
    assert str(shell(HttpRequest()).phone_hours) == "平日 9時から17時まで"
    with translation.override("en"):
        assert str(shell(HttpRequest()).phone_hours) == "Weekdays 9 to 17"
    with translation.override("ko"):
        assert "平日 9時から17時まで" in str(shell(HttpRequest()).phone_hours)


def test_the_shell_names_the_municipality_and_stands_without_one() -> None:
    assert shell(HttpRequest()).municipality == ""
    set_up("142051", telephone="0466-00-0000")
    around = shell(HttpRequest())
    assert (around.municipality, around.phone, around.staff) == ("藤沢市", "0466-00-0000", None)
    assert Municipality.objects.count() == 1
