"""A municipality's own rules of papers: asked for by one, approved by another, counted from their day."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from madoguchi.delivery.cards.models import Card, DeliveryPlace
from madoguchi.delivery.cards.services import NotAllowed
from madoguchi.delivery.handover import services
from madoguchi.delivery.handover.approvable import request_paper_rule
from madoguchi.delivery.handover.cases import Case, checklist, condition_words
from madoguchi.delivery.handover.forms import counter_rules
from madoguchi.delivery.handover.models import Encounter, OwnPaperRule
from madoguchi.delivery.handover.queries import paper_rules
from madoguchi.delivery.handover.services import Checked, NewPaperRule
from madoguchi.kernel.labels import sleeve_code
from madoguchi.kernel.required_documents import OwnRule, national_rules
from madoguchi.platform import clock
from madoguchi.platform.approvals import services as approvals
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.verbs import Refusal

pytestmark = pytest.mark.django_db
STRICTER = {"papers": ["AA", "AB"], "hidden": False, "until": None, "source": "交付要綱5条"}
GUARDIAN = Case("ward", "guardianship", "representative")


def new(code: str = "escort-id", **columns: Any) -> NewPaperRule:
    return NewPaperRule(**{"code": code, "since": clock.today(), **STRICTER, **columns})


def test_a_guardian_shows_more_where_the_municipality_says_so() -> None:
    day = dt.date(2026, 11, 21)
    own = [OwnRule("escort-id", dt.date(2026, 12, 1), papers=("AA", "AB"))]
    assert checklist(GUARDIAN, day, with_notice=True, own=own).escort == ("A", "BB")
    assert checklist(GUARDIAN, dt.date(2026, 12, 1), with_notice=True, own=own).escort == ("AA", "AB")
    assert "後見" not in "".join(checklist(Case(), day, with_notice=True, own=own).own)


def test_every_rule_says_for_whom_it_is() -> None:
    words = [condition_words(rule) for rule in counter_rules(national_rules())]
    assert len(words) > 20
    assert not [word for word in words if not word or any("a" <= char <= "z" for char in word)]
    assert condition_words(next(rule for rule in national_rules() if rule.code == "own-id-infant")) == (
        "交付、15歳未満の人、法定代理人だけ、1歳未満"
    )


def test_an_own_rule_counts_once_somebody_else_approved_it(city: DeliveryPlace, clerk: Actor, signed_in_client: Callable[..., Any]) -> None:
    chief = signed_in_client("chief").staff
    approval = request_paper_rule(new(), clerk)
    assert paper_rules() == []
    with pytest.raises(Refusal, match="承認待ち"):
        request_paper_rule(new(), clerk)
    approvals.approve(approval.pk, chief)
    assert [(rule.code, rule.papers) for rule in paper_rules()] == [("escort-id", ("AA", "AB"))]


@pytest.mark.parametrize(
    "wrong",
    [new("no-such-rule"), new(papers=[]), new(hidden=True), new("proof-hospital")],
    ids=["unknown", "says nothing", "says two things", "no ways"],
)
def test_a_rule_that_cannot_be_is_refused(city: DeliveryPlace, clerk: Actor, chief: Actor, wrong: NewPaperRule) -> None:
    with pytest.raises(NotAllowed):
        services.add_paper_rule(wrong, requested_by="clerk", approver=chief)


def test_nobody_approves_the_own_rule(city: DeliveryPlace, clerk: Actor) -> None:
    with pytest.raises(NotAllowed, match="別の人"):
        services.add_paper_rule(new(), requested_by="clerk", approver=clerk)
    with pytest.raises(IntegrityError, match="approved_by_another"), transaction.atomic():
        OwnPaperRule.objects.create(code="x", papers=["A"], since=clock.today(), source="x", requested_by="clerk", approved_by="clerk")


def test_the_counter_asks_by_the_own_rule(make_card: Callable[..., Card], clerk: Actor, chief: Actor) -> None:
    site = DeliveryPlace.objects.get(code="01")
    card = make_card(progress="preset", notice="sent", place_kind="stored", site=site, sleeve_code=sleeve_code(1))
    visit = services.receive(card, clerk)
    Encounter.objects.filter(pk=visit.pk).update(notice_matched=True)
    visit.refresh_from_db()
    checked = Checked(["passport"], face_compared=True, certificates_explained=True)
    services.check_documents(visit, checked, clerk, expected_version=visit.version)
    assert services.what_is_missing(visit) == []
    services.add_paper_rule(new("own-id-with-notice"), requested_by="clerk", approver=chief)
    assert "足りません" in services.what_is_missing(visit)[0]


def test_a_change_is_asked_for_on_the_page(city: DeliveryPlace, signed_in_client: Callable[..., Client]) -> None:
    client = signed_in_client("clerk")
    assert "登記事項証明書" in client.get("/counter/papers/").content.decode()
    since = {"since_year": "2027", "since_month": "4", "since_day": "1"}
    given = {"code": "escort-id", "papers": ["AA"], "source": "要綱", **since}
    assert client.post("/counter/papers/", {**given, "hidden": "on"}).status_code == 422
    assert client.post("/counter/papers/", {**given, "code": "proof-hospital"}).status_code == 422
    assert client.post("/counter/papers/", {**given, "until_year": "2026", "until_month": "1", "until_day": "1"}).status_code == 422
    assert client.post("/counter/papers/", given).status_code == 302
    assert client.post("/counter/papers/", given).status_code == 422
    assert not OwnPaperRule.objects.exists()
    assert signed_in_client("operator").get("/counter/papers/").status_code == 403
