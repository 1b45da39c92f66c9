"""S30: a role given until a day ends by itself; what ends soon, and a review of rights that is due, is shown in time."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from madoguchi.platform import clock
from madoguchi.platform.accounts import reviewing, rules, services
from madoguchi.platform.accounts.access import actor_for, rights_of
from madoguchi.platform.accounts.duty import choices_of
from madoguchi.platform.accounts.models import Assignment, RightsReview, Staff
from madoguchi.platform.accounts.queries import ending_soon
from madoguchi.platform.approvals import services as approvals
from madoguchi.platform.approvals.models import Approval
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.audit.models import AuditEvent
from madoguchi.platform.verbs import Refusal

AsAuditor = Callable[[], AbstractContextManager[None]]
SignedIn = Callable[..., Client]
NOBODY = automatic("test")
START = dt.datetime(2026, 11, 20, 9, 0, tzinfo=clock.TOKYO)
UNTIL = dt.date(2026, 12, 31)

pytestmark = [pytest.mark.django_db, pytest.mark.urls("madoguchi.platform.accounts.tests.office_urls")]


@pytest.fixture(autouse=True)
def moment(settings: Any) -> Iterator[time_machine.Traveller]:
    settings.MADOGUCHI_SHELL = settings.MADOGUCHI_MENU = ""
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


def midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), clock.TOKYO)


@pytest.fixture
def temp(signed_in_client: SignedIn) -> Staff:
    staff: Staff = signed_in_client("auditor", user_id="temp").staff  # type: ignore[attr-defined]  # the fixture's
    services.assign_role(staff, "clerk", place="01", until=UNTIL, actor=NOBODY)
    return staff


def test_a_role_holds_on_its_last_day_and_no_longer(temp: Staff, as_auditor: AsAuditor, moment: time_machine.Traveller) -> None:
    of_clerks = set(rights_of(temp))
    moment.move_to(midnight(UNTIL) + dt.timedelta(hours=23, minutes=59))
    assert set(rights_of(temp)) == of_clerks
    assert services.end_roles() == 0
    moment.move_to(midnight(UNTIL + dt.timedelta(days=1)))
    assert "clerk" not in {code for code, _name in choices_of(temp).roles}
    assert set(rights_of(temp)) < of_clerks
    assert Assignment.objects.filter(staff=temp, role__code="clerk").exists()  # it ended though nobody has cleared it away
    assert services.end_roles() == 1
    assert not Assignment.objects.filter(staff=temp, role__code="clerk").exists()
    assert Assignment.objects.filter(staff=temp, role__code="auditor").exists()
    with as_auditor():
        ended = AuditEvent.objects.get(process_code="accounts.role.ended")
    assert (ended.subject, ended.content) == (f"staff:{temp.pk}", {"role": "clerk", "place": "01", "until": "2026-12-31"})


def test_the_end_is_asked_for_and_approved_with_the_role(signed_in_client: SignedIn) -> None:
    manager, second = signed_in_client("administrator", user_id="manager"), signed_in_client("administrator", user_id="second")
    staff: Staff = signed_in_client("auditor", user_id="hanako").staff  # type: ignore[attr-defined]  # the fixture's
    address = reverse("accounts:request-role", args=[staff.pk])
    asked = {"role": "clerk", "place": "", "reason": "繁忙期"}
    assert "今日より後の日" in manager.post(address, {**asked, "until": "2026-11-19"}).content.decode()
    assert "年月日で入力" in manager.post(address, {**asked, "until": "来月"}).content.decode()
    assert manager.post(address, {**asked, "until": "2026-12-31"}).status_code == 302
    request = Approval.objects.get()
    assert "2026-12-31 まで" in request.title
    approvals.approve(request.pk, second.staff, actor=actor_for(second.staff))  # type: ignore[attr-defined]  # the fixture's
    assert Assignment.objects.get(staff=staff, role__code="clerk").until == UNTIL
    assert "2026年12月31日" in manager.get(reverse("accounts:account", args=[staff.pk])).content.decode()


def test_giving_a_role_again_changes_its_end(temp: Staff, as_auditor: AsAuditor) -> None:
    services.assign_role(temp, "clerk", place="01", until=UNTIL, actor=NOBODY)
    services.assign_role(temp, "clerk", place="01", actor=NOBODY)
    assert Assignment.objects.get(staff=temp, role__code="clerk").until is None
    with as_auditor():
        contents = AuditEvent.objects.filter(process_code="accounts.role.assigned", subject=f"staff:{temp.pk}").order_by("pk")
        assert [one.content.get("until") for one in contents if one.content["role"] == "clerk"] == ["2026-12-31", ""]
    with pytest.raises(Refusal, match="期限の日を過ぎて"):
        services.assign_role(temp, "clerk", place="01", until=dt.date(2026, 11, 19), actor=NOBODY)


def test_what_ends_within_a_fortnight_is_shown_to_those_who_give_roles(
    temp: Staff, signed_in_client: SignedIn, moment: time_machine.Traveller
) -> None:
    assert list(ending_soon()) == []
    assert "14日以内に終わる役割" not in signed_in_client("administrator").get(reverse("accounts:list")).content.decode()
    moment.move_to(midnight(UNTIL - dt.timedelta(days=14)))
    assert [one.staff_id for one in ending_soon()] == [temp.pk]
    assert "14日以内に終わる役割" in signed_in_client("administrator", user_id="other").get(reverse("accounts:list")).content.decode()
    moment.move_to(midnight(UNTIL + dt.timedelta(days=1)))
    assert list(ending_soon()) == []


@pytest.mark.parametrize(
    ("day", "before"),
    [
        (dt.date(2026, 4, 1), dt.date(2026, 3, 31)),
        (dt.date(2026, 9, 30), dt.date(2026, 3, 31)),
        (dt.date(2026, 10, 1), dt.date(2026, 9, 30)),
        (dt.date(2027, 3, 31), dt.date(2026, 9, 30)),
    ],
)
def test_the_half_before(day: dt.date, before: dt.date) -> None:
    assert rules.end_of_half_before(day) == before


def test_a_review_of_rights_is_due_before_the_half_ends_and_late_behind_it(temp: Staff, moment: time_machine.Traveller) -> None:
    end = dt.date(2027, 3, 31)
    assert reviewing.due() is None  # nobody had a role in the half before
    moment.move_to(midnight(end - dt.timedelta(days=30)))
    assert reviewing.due() == reviewing.Due(end, is_late=False)
    moment.move_to(midnight(end + dt.timedelta(days=1)))
    assert reviewing.due() == reviewing.Due(end, is_late=True)  # never begun
    RightsReview.objects.create(opened_at=clock.now(), opened_by="a", due_on=dt.date(2027, 9, 30), closed_at=clock.now(), closed_by="b")
    assert reviewing.due() is None
    moment.move_to(midnight(dt.date(2027, 10, 1)))
    RightsReview.objects.create(opened_at=clock.now() - dt.timedelta(days=20), opened_by="a", due_on=dt.date(2027, 9, 29))
    assert reviewing.due() == reviewing.Due(dt.date(2027, 9, 29), is_late=True)  # begun and not ended
