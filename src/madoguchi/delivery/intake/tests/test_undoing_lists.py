"""An applied list is undone as a whole by two people, only while no card of it moved on; a later list brings its cards back (DL-01)."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from madoguchi.delivery.cards.items import set_items
from madoguchi.delivery.cards.models import Card, CardEvent, DeliveryPlace
from madoguchi.delivery.intake import services, undoing
from madoguchi.delivery.intake.models import ImportBatch, ReplacedRow
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.verbs import Silent

pytestmark = pytest.mark.django_db
Read = Callable[..., services.Report]


@pytest.fixture
def take_in(read: Read, chief: Actor, tmp_path: Path) -> Callable[..., int]:
    """Return a function that reads and applies a list and gives the number of its batch."""

    def taking(content: bytes) -> int:
        path = tmp_path / "list"
        path.write_bytes(content)
        report = read(path, "kobe")
        services.apply(report.batch or 0, chief, Silent())
        return report.batch or 0

    return taking


@pytest.fixture
def content(write_list: Callable[..., tuple[Path, object]]) -> bytes:
    return write_list("kobe", 5)[0].read_bytes()


def test_new_cards_end_and_come_back_with_a_later_list(take_in: Callable[..., int], content: bytes, clerk: Actor) -> None:
    undoing.undo(take_in(content), clerk, "chief", "別の月の一覧")
    assert set(Card.objects.values_list("progress", "import_undone", "version")) == {("withdrawn", True, 2)}
    events = CardEvent.objects.filter(act="undo_import")
    assert {(event.axis, event.before, event.after, event.reason) for event in events} == {
        ("progress", "ordered", "withdrawn", "別の月の一覧")
    }
    assert events.count() == 5
    batch = ImportBatch.objects.get()
    assert (batch.state, batch.undone_by, batch.undone_with) == ("undone", "clerk", "chief")
    again = ImportBatch.objects.get(pk=take_in(content))
    assert (again.new, again.changed) == (0, 5)
    assert set(Card.objects.values_list("progress", "import_undone", "withdrawn_on")) == {("ordered", False, None)}
    undoing.undo(again.pk, clerk, "chief", "やはり違う")
    assert set(Card.objects.values_list("progress", "import_undone")) == {("withdrawn", True)}


def test_changed_cards_say_what_they_said_before(take_in: Callable[..., int], content: bytes, clerk: Actor) -> None:
    take_in(content)
    before = list(Card.objects.order_by("id").values())
    batch = take_in(content.replace("本庁".encode(), "支所".encode()).replace("発行済".encode(), "一時停止".encode()))
    assert ImportBatch.objects.get(pk=batch).changed == 5
    assert set(Card.objects.values_list("listed_place", "terminal")) == {("支所", "suspended")}
    undoing.undo(batch, clerk, "chief", "古い一覧")
    after = list(Card.objects.order_by("id").values())
    assert [{**row, "version": 0} for row in after] == [{**row, "version": 0} for row in before]
    assert {row["version"] for row in after} == {3}
    assert set(CardEvent.objects.filter(act="undo_import").values_list("axis", flat=True)) == {"data", "terminal"}
    assert not ReplacedRow.objects.exists()


def test_nothing_is_undone_when_one_card_moved_on(take_in: Callable[..., int], content: bytes, clerk: Actor) -> None:
    batch = take_in(content)
    card = Card.objects.first()
    assert card is not None
    set_items(card.pk, {"memo": "窓口で確認"}, clerk, expected_version=1)
    with pytest.raises(services.ImportRefused, match="1 枚が先へ"):
        undoing.undo(batch, clerk, "chief", "誤り")
    assert set(Card.objects.values_list("progress", flat=True)) == {"ordered"}
    assert not CardEvent.objects.filter(act="undo_import").exists()
    assert ImportBatch.objects.get().state == "applied"


def test_one_person_no_reason_and_a_second_time_are_refused(take_in: Callable[..., int], content: bytes, clerk: Actor) -> None:
    batch = take_in(content)
    for second, reason in (("clerk", "誤り"), ("chief", " ")):
        with pytest.raises(services.ImportRefused):
            undoing.undo(batch, clerk, second, reason)
    undoing.undo(batch, clerk, "chief", "誤り")
    with pytest.raises(services.ImportRefused, match="取り消せません"):
        undoing.undo(batch, clerk, "chief", "誤り")
    with pytest.raises(IntegrityError), transaction.atomic():
        ImportBatch.objects.filter(pk=batch).update(undone_with="clerk")


def test_the_page_undoes_with_a_witness(
    take_in: Callable[..., int], content: bytes, city: DeliveryPlace, signed_in_client: Callable[..., Client]
) -> None:
    batch, client = take_in(content), signed_in_client("clerk", user_id="first")
    signed_in_client("chief", user_id="head")
    page = f"/intake/lists/{batch}/"
    assert "この取り込みを取り消す" in client.get(page).content.decode()
    witness = {"witness_user_id": "head", "witness_password": "kawa-no-hotori-7"}
    assert client.post(f"{page}undo/", {**witness, "undo_reason": ""}).status_code == 422
    assert client.post(f"{page}undo/", {"undo_reason": "誤り"}).status_code == 422
    assert client.post(f"{page}undo/", {**witness, "undo_reason": "誤り"}).status_code == 302
    shown = client.get(page).content.decode()
    assert "取り消し済" in shown
    assert "この取り込みを取り消す" not in shown
