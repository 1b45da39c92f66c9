"""S34: the number of an installation says what the installation is for."""

import re
import uuid

import pytest

from madoguchi.kernel.purposes import Purpose, new_installation, purpose_of


@pytest.mark.parametrize("purpose", list(Purpose))
def test_a_new_number_says_its_purpose_and_is_a_uuid(purpose: Purpose) -> None:
    numbers = {new_installation(purpose) for _turn in range(20)}
    assert len(numbers) == 20
    assert {purpose_of(number) for number in numbers} == {purpose}
    assert all(
        str(uuid.UUID(number)) == number and re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", number) for number in numbers
    )
    assert {uuid.UUID(number).version for number in numbers} == {4 if purpose is Purpose.PRODUCTION else 8}


@pytest.mark.parametrize("number", ["", "test", "-", "11111111-90a6-4a4e-8b07-3a0de7bd0f11"])
def test_a_number_without_the_mark_is_for_the_work_itself(number: str) -> None:
    assert purpose_of(number) is Purpose.PRODUCTION
