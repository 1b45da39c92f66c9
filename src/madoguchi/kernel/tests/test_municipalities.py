"""The national list and the question whether an address is ours."""

import pytest

from madoguchi.kernel import municipalities
from madoguchi.kernel.numbers import municipality_code


def test_the_list_is_complete_and_every_code_has_its_check_digit() -> None:
    everyone = municipalities.every()
    assert len(everyone) == 1741
    assert all(municipality_code(one.code) == one.code for one in everyone)
    assert len({one.prefecture for one in everyone}) == 47
    assert len({(one.prefecture, one.name) for one in everyone}) == 1741


def test_a_municipality_is_found_by_its_code() -> None:
    fujisawa = municipalities.find("142051")
    assert fujisawa is not None
    assert (fujisawa.prefecture, fujisawa.name, fujisawa.short_name) == ("神奈川県", "藤沢市", "藤沢市")
    assert municipalities.find("142052") is None


def test_a_town_has_its_district_in_addresses_and_a_name_without_it() -> None:
    kitagata = municipalities.find("214213")
    assert kitagata is not None
    assert (kitagata.name, kitagata.short_name) == ("本巣郡北方町", "北方町")
    names = {one.name: one.short_name for one in municipalities.every()}
    assert names["郡上市"] == "郡上市"
    assert names["大和郡山市"] == "大和郡山市"
    assert names["余市郡余市町"] == "余市町"


@pytest.mark.parametrize(
    ("address", "elsewhere"),
    [
        ("神奈川県藤沢市朝日町１番地", False),
        ("藤沢市朝日町１番地", False),
        ("朝日町１番地", False),
        ("", False),
        ("神奈川県茅ヶ崎市朝日町１番地", True),
        ("茅ヶ崎市朝日町１番地", True),
        ("東京都千代田区一番町１", True),
        ("京都府京都市中京区", True),
        ("北海道札幌市中央区", True),
    ],
)
def test_an_address_that_names_another_municipality_is_elsewhere(address: str, elsewhere: bool) -> None:
    fujisawa = municipalities.find("142051")
    assert fujisawa is not None
    assert fujisawa.is_elsewhere(address) is elsewhere
