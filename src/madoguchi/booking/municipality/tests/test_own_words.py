"""What a municipality typed in Japanese, in the language of the page (BK-14)."""

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.utils import translation

from madoguchi.booking.municipality.models import OwnWords
from madoguchi.booking.municipality.own_words import place_name, save_words, say, say_or_english, say_sentence
from madoguchi.platform.audit.actors import Actor, ActorKind
from madoguchi.platform.ui.languages import EASY

CHIEF = Actor(kind=ActorKind.STAFF, user_id="chief")
PLACE, WAY = "湘南台市民センター", "駅から歩いて5分"


@pytest.fixture
def known(db: None) -> None:
    cache.clear()
    save_words(CHIEF, PLACE, {"en": "Shonandai Civic Center", EASY: "湘南台{しょうなんだい}市民{しみん}センター"})
    save_words(CHIEF, WAY, {"en": "5 minutes on foot from the station"})
    cache.clear()


def test_a_name_is_said_in_the_language_of_the_page_with_what_stands_over_the_door(known: None) -> None:
    with translation.override("en"):
        assert place_name(PLACE) == "Shonandai Civic Center (湘南台市民センター)"
        assert say(PLACE) == "Shonandai Civic Center"
    with translation.override(EASY):
        assert place_name(PLACE) == "湘南台{しょうなんだい}市民{しみん}センター"
    with translation.override("ja"):
        assert place_name(PLACE) == PLACE


def test_what_nobody_translated_stands_in_japanese_and_says_so(known: None) -> None:
    with translation.override("vi"):
        assert place_name(PLACE) == PLACE
        assert say_sentence(WAY) == f"{WAY} (chỉ có tiếng Nhật)"
        assert say_sentence("") == ""
    with translation.override("en"):
        assert say_sentence(WAY) == "5 minutes on foot from the station"
    with translation.override(EASY):
        assert say_sentence(WAY) == WAY


def test_an_announcement_falls_back_to_english_and_then_to_japanese(known: None) -> None:
    with translation.override("pt"):
        assert say_or_english(WAY) == ("5 minutes on foot from the station", "en")
        assert say_or_english("臨時に閉めます。") == ("臨時に閉めます。", "ja")


@pytest.mark.django_db
def test_japanese_pages_ask_the_database_nothing(django_assert_num_queries: pytest.FixtureRequest) -> None:
    with translation.override("ja"), django_assert_num_queries(0):  # type: ignore[operator]  # pytest-django's own
        assert place_name(PLACE) == PLACE
        assert say_or_english(WAY) == (WAY, "ja")


def test_a_translation_belongs_to_the_text_as_it_stands_and_goes_when_emptied(known: None) -> None:
    with translation.override("en"):
        assert say(f"{PLACE}（別館）") == f"{PLACE}（別館）"
    assert save_words(CHIEF, PLACE, {"en": "Shonandai Civic Center"}) == 0
    assert save_words(CHIEF, PLACE, {"en": " "}) == 1
    assert set(OwnWords.objects.filter(text=PLACE).values_list("language", flat=True)) == {EASY}


@pytest.mark.parametrize(("code", "words"), [(EASY, "よやく{予約}"), (EASY, "予約{よやく"), ("en", "x" * 601), ("tlh", "Qapla'")])
def test_wrong_words_are_refused_and_nothing_is_kept(known: None, code: str, words: str) -> None:
    with pytest.raises(ValidationError):
        save_words(CHIEF, PLACE, {"ko": "쇼난다이 시민센터", code: words})
    assert not OwnWords.objects.filter(language="ko").exists()
