"""置き場所を元に戻す: the newest move of today is taken back by a move of its own, and only while nothing came after it."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from madoguchi.delivery.cards.models import Card, CardEvent, DeliveryPlace
from madoguchi.delivery.cards.services import NotAllowed, perform
from madoguchi.delivery.storage import services, undoing
from madoguchi.delivery.storage.models import Box
from madoguchi.kernel.labels import sleeve_code
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor, ActorKind

pytestmark = [pytest.mark.django_db, pytest.mark.urls("madoguchi.zones.delivery.urls")]
MakeCard = Callable[..., Card]
CLERK = Actor(kind=ActorKind.STAFF, user_id="clerk", user_name="窓口 太郎")


@pytest.fixture
def boxes(city: DeliveryPlace) -> tuple[Box, Box]:
    return services.make_box(city, "金庫1", "A", 3, CLERK), services.make_box(city, "金庫1", "B", 3, CLERK)


@pytest.fixture
def moved(make_card: MakeCard, city: DeliveryPlace, boxes: tuple[Box, Box]) -> Card:
    """A card that lay in box A and was put into box B."""
    sleeve = sleeve_code(1)
    make_card(1, progress="preset", place_kind="stored", site=city, sleeve_code=sleeve, custodian="clerk")
    services.put_in_box(sleeve, boxes[0], CLERK)
    return services.put_in_box(sleeve, boxes[1], CLERK).card


def test_the_bar_after_the_move_brings_the_card_back_by_a_new_event(
    moved: Card, boxes: tuple[Box, Box], signed_in_client: Callable[..., Client]
) -> None:
    client = signed_in_client("clerk", user_id="clerk")
    history = list(CardEvent.objects.filter(card=moved).values_list("pk", "after"))
    assert "取り消す" in client.get(f"/storage/put/?box={boxes[1].code}&moved={moved.pk}").content.decode()
    assert "取り消す" in client.get(reverse("storage:custody", args=[moved.pk])).content.decode()
    back = client.post(reverse("storage:undo-move", args=[moved.pk]), follow=True).content.decode()
    assert "金庫1 A 1に戻してください" in back
    moved.refresh_from_db()
    assert (moved.box, moved.slot) == ("A", "1")
    events = list(CardEvent.objects.filter(card=moved).order_by("pk"))
    assert [(event.pk, event.after) for event in events][: len(history)] == history
    assert events[-1].reason == "置き場所の変更の取消"


def test_out_of_the_box_and_back_again(moved: Card, boxes: tuple[Box, Box]) -> None:
    out = perform(moved.pk, "take_to_counter", CLERK, expected_version=moved.version)
    undoing.take_back(out, CLERK)
    out.refresh_from_db()
    assert (out.place_kind, out.box) == ("stored", "B")


def test_what_came_after_another_day_and_a_taken_slot_stay(
    moved: Card, boxes: tuple[Box, Box], make_card: MakeCard, city: DeliveryPlace
) -> None:
    other = sleeve_code(2)
    make_card(2, progress="preset", place_kind="stored", site=city, sleeve_code=other, custodian="clerk")
    services.put_in_box(other, boxes[0], CLERK)
    with pytest.raises(NotAllowed, match="別のカード"):
        undoing.take_back(moved, CLERK)
    out = perform(moved.pk, "take_to_counter", CLERK, expected_version=moved.version)
    colleague = Actor(kind=ActorKind.STAFF, user_id="colleague")
    back = services.put_in_box(str(out.sleeve_code), boxes[1], colleague).card
    assert undoing.way_back(back, colleague) is None, "nobody gives a card back into the hands of somebody else"
    assert undoing.way_back(back, CLERK) is not None
    changed = perform(back.pk, "propose_disposal", CLERK, expected_version=back.version, reason="1年経過")
    assert undoing.way_back(changed, CLERK) is None


def test_yesterdays_move_is_not_taken_back(moved: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    assert undoing.way_back(moved, CLERK) is not None
    tomorrow = clock.today() + dt.timedelta(days=1)
    monkeypatch.setattr(clock, "today", lambda: tomorrow)
    assert undoing.way_back(moved, CLERK) is None
