"""Who has taken which card: one person at a time, until the work is done, the time is over, or it is let go (S13)."""

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from madoguchi.delivery.cards.models import Card, DeliveryPlace
from madoguchi.delivery.cards.rules import HoldKind
from madoguchi.delivery.cards.services import perform, set_hold
from madoguchi.delivery.queues import charge
from madoguchi.delivery.queues.models import Charge
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import actor_for
from madoguchi.platform.audit.models import AuditEvent

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
MakeCard = Callable[..., Card]
AsAuditor = Callable[[], AbstractContextManager[None]]


@pytest.fixture
def card(city: DeliveryPlace, make_card: MakeCard) -> Card:
    return make_card(1, progress="preset", place_kind="stored", site=city, notice="made", custodian="clerk")


def test_a_card_has_one_person_at_a_time_and_says_so_to_the_others(card: Card, signed_in_client: SignIn, as_auditor: AsAuditor) -> None:
    one, other = signed_in_client("clerk", user_id="one"), signed_in_client("clerk", user_id="other")
    back = one.post("/queues/take/", {"one": card.pk, "query": "queue=to-notify"}, follow=True).content.decode()
    assert "1件を自分の担当にしました。" in back
    assert one.staff.name in back  # type: ignore[attr-defined]  # the fixture's
    refused = other.post("/queues/take/", {"card": [card.pk], "shown": str(card.pk)}, follow=True).content.decode()
    assert "1件はほかの職員が担当しています" in refused
    assert Charge.objects.get().staff.user_id == "one"
    with as_auditor():
        assert AuditEvent.objects.filter(process_code="queues.charge.take", subject=f"card:{card.pk}").count() == 2
    with pytest.raises(IntegrityError), transaction.atomic():  # the database itself keeps a second one out
        Charge.objects.create(card=card, staff=other.staff, taken_at=clock.now(), until=clock.now())  # type: ignore[attr-defined]


def test_lists_of_own_of_the_section_and_of_nobody(city: DeliveryPlace, make_card: MakeCard, signed_in_client: SignIn) -> None:
    one, other = signed_in_client("clerk", user_id="one"), signed_in_client("clerk", user_id="other")
    cards = [make_card(n, progress="preset", place_kind="stored", site=city, notice="made", custodian="c") for n in (1, 2, 3)]
    for client, taken in ((one, cards[0]), (other, cards[1])):
        client.post("/queues/take/", {"one": taken.pk})
    expected = {"own": [0], "section": [0, 1], "nobody": [2], "": [0, 1, 2], "nonsense": [0, 1, 2]}
    for whose, numbers in expected.items():
        page = one.get("/queues/", {"charge": whose}).content.decode()
        assert [card.serial in page for card in cards] == [n in numbers for n in range(3)], whose


def test_an_act_the_time_and_the_head_end_it(card: Card, signed_in_client: SignIn) -> None:
    one, other, chief = (signed_in_client(role, user_id=name) for role, name in (("clerk", "one"), ("clerk", "two"), ("chief", "three")))
    one.post("/queues/take/", {"one": card.pk})
    assert "外せる担当がありません" in other.post("/queues/let-go/", {"one": card.pk}, follow=True).content.decode()
    assert charge.standing().count() == 1
    assert "1件の担当を外しました" in chief.post("/queues/let-go/", {"one": card.pk}, follow=True).content.decode()
    one.post("/queues/take/", {"one": card.pk})
    Charge.objects.filter(ended_at__isnull=True).update(until=clock.now() - dt.timedelta(seconds=1))
    assert not charge.standing().exists()
    other.post("/queues/take/", {"one": card.pk})
    assert charge.charges_of([card.pk])[card.pk].staff.user_id == "two"
    perform(card.pk, "propose_disposal", actor_for(one.staff), expected_version=card.version, reason="1年経過")  # type: ignore[attr-defined]
    assert not charge.standing().exists()
    assert list(Charge.objects.order_by("pk").values_list("ended", "ended_by")) == [("head", "three"), ("time", "two"), ("act", "one")]


def test_the_pane_shows_no_more_than_the_list_and_is_recorded(card: Card, signed_in_client: SignIn, as_auditor: AsAuditor) -> None:
    clerk, elsewhere = signed_in_client("clerk"), signed_in_client("clerk", place="02", user_id="far")
    Card.objects.filter(pk=card.pk).update(address="港一丁目")
    part = clerk.get(f"/queues/cards/{card.pk}/").content.decode()
    assert card.shown_serial in part
    assert card.name not in part
    assert "港一丁目" not in part
    with as_auditor():
        assert AuditEvent.objects.filter(process_code="queues.card.look", subject=f"card:{card.pk}").count() == 1
    page = clerk.get("/queues/", {"look": card.pk}).content.decode()  # the way without JavaScript
    assert 'aria-current="true"' in page
    assert "自分に割り当てる" in page
    assert card.shown_serial not in elsewhere.get(f"/queues/cards/{card.pk}/").content.decode()
    assert signed_in_client("auditor", user_id="aud").get(f"/queues/cards/{card.pk}/").status_code == 403


def test_the_pane_of_a_protected_person_tells_no_place(card: Card, city: DeliveryPlace, signed_in_client: SignIn) -> None:
    clerk = signed_in_client("clerk")
    assert city.name in clerk.get(f"/queues/cards/{card.pk}/").content.decode()
    set_hold(card.pk, HoldKind.PROTECTED, actor_for(clerk.staff), expected_version=card.version, reason="支援措置の申出")  # type: ignore[attr-defined]
    part = clerk.get(f"/queues/cards/{card.pk}/").content.decode()
    assert city.name not in part
    assert "（示しません）" in part
