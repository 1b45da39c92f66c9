"""The demo municipality's own words are there in every language."""

from madoguchi.booking.municipality.own_words import check_reading
from madoguchi.platform.ui.languages import CODES, EASY, JAPANESE
from madoguchi.zones.demo_data import PLACES, TELEPHONE_HOURS
from madoguchi.zones.demo_words import WORDS


def test_every_place_its_way_and_the_hours_of_the_telephone_are_said_in_every_language() -> None:
    for text in (TELEPHONE_HOURS, *(place[1] for place in PLACES), *(place[3] for place in PLACES)):
        assert {JAPANESE, *WORDS[text]} == set(CODES), text
        assert "{" in check_reading(EASY, WORDS[text][EASY])
