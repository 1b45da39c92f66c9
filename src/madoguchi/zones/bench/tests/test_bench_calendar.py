"""How the calendar bench tells an old page from a new one."""

import pytest

from madoguchi.zones.bench.calendar_page import Turn, oldest_page

CHANGES = [Turn(9.9, 10.0, True), Turn(11.9, 12.0, False), Turn(13.9, 14.0, True), Turn(15.9, 16.0, False)]


@pytest.mark.parametrize(
    ("seen", "age"),
    [
        ([], 0.0),
        ([(9.0, 9.1, False), (10.5, 10.6, True), (11.8, 11.85, True), (12.2, 12.3, False)], 0.0),
        ([(10.4, 10.5, False), (10.9, 11.0, False), (11.0, 11.1, True)], 0.9),
        ([(10.4, 10.5, False), (13.5, 13.6, True)], 1.5),
        ([(15.8, 15.85, False)], 1.8),
        ([(15.8, 15.95, False)], 0.0),  # it came after the next change had begun: it may well show that one
        ([(17.0, 17.1, True)], 1.0),
    ],
)
def test_a_page_is_as_old_as_the_change_that_it_does_not_show(seen: list[tuple[float, float, bool]], age: float) -> None:
    assert oldest_page(CHANGES, seen) == pytest.approx(age)
