"""The public result page: every examination has figures, and none that is made is left out."""

import datetime as dt

from madoguchi.booking.citizens.accessibility import EXAMINATIONS, last_run
from tests.accessibility import CHECKS, STORIES


def test_every_examination_was_made_and_found_nothing() -> None:
    run = last_run()
    assert run.day >= dt.date(2026, 11, 21)
    assert [finding.examination.code for finding in run.findings if finding.faults or not finding.looks] == []


def test_what_is_examined_is_what_the_page_lists() -> None:
    assert {one.code for one in EXAMINATIONS} == {*CHECKS, *STORIES, "A14"}
