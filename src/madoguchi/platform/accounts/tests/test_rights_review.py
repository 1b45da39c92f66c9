"""権限の棚卸: every role is looked at by somebody else, kept or asked back, printed, and the half of the year has its due date (S30)."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from madoguchi.platform import clock
from madoguchi.platform.accounts import reviewing, rules, services
from madoguchi.platform.accounts.models import Assignment, ReviewedRight, RightsReview
from madoguchi.platform.approvals.models import Approval
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.verbs import Refusal

SignIn = Callable[..., Client]
pytestmark = [pytest.mark.django_db, pytest.mark.urls("madoguchi.zones.delivery.urls")]


@pytest.mark.parametrize(
    ("day", "end"),
    [("2026-04-01", "2026-09-30"), ("2026-09-30", "2026-09-30"), ("2026-10-01", "2027-03-31"), ("2027-03-31", "2027-03-31")],
)
def test_each_half_of_the_year_has_its_last_day(day: str, end: str) -> None:
    assert rules.end_of_half(dt.date.fromisoformat(day)) == dt.date.fromisoformat(end)


def test_a_review_goes_from_its_beginning_to_its_paper(signed_in_client: SignIn, settings: Any, tmp_path: Path) -> None:
    settings.MADOGUCHI_FOLDER = tmp_path
    head, admin = signed_in_client("chief", user_id="head"), signed_in_client("administrator", user_id="admin")
    auditor, clerk = signed_in_client("auditor", user_id="look"), signed_in_client("clerk", user_id="hand")
    assert "今期はまだ" in head.get("/accounts/reviews/").content.decode()
    assert auditor.post("/accounts/reviews/begin/").status_code == 403
    assert clerk.get("/accounts/reviews/").status_code == 403
    page = head.post("/accounts/reviews/begin/")["Location"]
    assert head.post("/accounts/reviews/begin/")["Location"] == "/accounts/reviews/"  # one at a time
    assert RightsReview.objects.count() == 1
    rights = {one.staff.user_id: one.pk for one in ReviewedRight.objects.select_related("staff")}
    assert {"head", "admin", "look", "hand"} <= rights.keys()
    shown = head.get(page).content.decode()
    assert f'value="{rights["hand"]}"' in shown
    assert f'value="{rights["head"]}"' not in shown
    assert head.post(f"{page}decide/", {"decision": "keep"}).status_code == 422
    for pressed in ({}, {"decision": "other"}):
        assert "を押してください" in head.post(f"{page}decide/", {**pressed, "right": rights["hand"]}).content.decode()
    assert "自分の権限" in head.post(f"{page}decide/", {"decision": "keep", "right": rights["head"]}).content.decode()
    assert head.post(f"{page}decide/", {"decision": "withdraw", "right": rights["hand"], "note": " "}).status_code == 422
    assert not ReviewedRight.objects.exclude(decision="").exists()
    others = [rights["admin"], rights["look"]]
    assert head.post(f"{page}decide/", {"decision": "keep", "right": others}).status_code == 302
    assert head.post(f"{page}decide/", {"decision": "withdraw", "right": rights["hand"], "note": "異動した"}).status_code == 302
    asked = Approval.objects.get(kind="accounts.withdraw")
    assert (asked.requested_by, "異動した" in asked.reason) == ("head", True)
    assert Assignment.objects.filter(staff__user_id="hand").exists()  # until somebody else approves
    head.post(f"{page}close/")
    assert RightsReview.objects.get().closed_at is None  # the head's own right waits for somebody else
    left = [pk for user, pk in rights.items() if user not in {"admin", "look", "hand"}]
    assert admin.post(f"{page}decide/", {"decision": "keep", "right": left}).status_code == 302
    assert admin.post(f"/approvals/{asked.pk}/", {"decision": "approve", "reason": ""}).status_code == 302
    assert not Assignment.objects.filter(staff__user_id="hand").exists()
    assert auditor.get(f"{page}print/").content.startswith(b"%PDF")
    head.post(f"{page}close/")
    review = RightsReview.objects.get()
    assert (review.closed_by, review.due_on >= review.opened_at.date()) == ("head", True)
    assert "今期は済" in auditor.get("/accounts/reviews/").content.decode()
    assert "選んだ権限を続ける" not in head.get(page).content.decode()


def test_a_role_that_was_taken_away_meanwhile_needs_no_decision(signed_in_client: SignIn) -> None:
    clerk = signed_in_client("clerk", user_id="hand").staff  # type: ignore[attr-defined]
    robot = automatic("test")
    review = reviewing.begin(robot)
    services.withdraw_role(clerk, "clerk", actor=robot)
    reviewing.close(review.pk, robot)
    assert ReviewedRight.objects.get().decision == "gone"
    with pytest.raises(Refusal):
        reviewing.decide(review.pk, [ReviewedRight.objects.get().pk], ReviewedRight.Decision.KEEP, "", robot)


def test_the_database_keeps_a_decision_with_who_and_why(signed_in_client: SignIn) -> None:
    signed_in_client("clerk", user_id="hand")
    reviewing.begin(automatic("test"))
    unexplained = {"decision": "withdraw", "decided_by": "x", "decided_at": clock.now()}
    for wrong in ({"decision": "keep"}, unexplained):
        with pytest.raises(IntegrityError), transaction.atomic():
            ReviewedRight.objects.update(**wrong)
