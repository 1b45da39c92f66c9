"""What the second person sees of a list before approving it: card by card, and the result as a file (DL-01)."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest
from django.test import Client

from madoguchi.delivery.cards.models import Card, CardEvent, DeliveryPlace, Hold
from madoguchi.delivery.intake import services
from madoguchi.delivery.intake.models import ImportBatch
from madoguchi.kernel import invented
from madoguchi.kernel.numbers import display_serial
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.audit.models import AuditEvent
from madoguchi.platform.verbs import Silent

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
WriteList = Callable[..., tuple[Path, list[invented.PlantedFault]]]
Read = Callable[..., services.Report]


def taken_in_and_read_again(write_list: WriteList, read: Read) -> tuple[ImportBatch, Card, Card]:
    """Apply a list of four; read another without the last, with two addresses changed and one card more."""
    path = write_list("fixed", 5)[0]
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:4]))
    services.apply(read(path, "fixed").batch or 0, automatic("second"), Silent())
    first, second, third, _fourth = Card.objects.order_by("pk")
    changed = [lines[0], *(line.replace("番".encode("cp932"), "番地".encode("cp932")) for line in lines[1:3]), lines[4]]
    path.write_bytes(b"".join(changed))
    assert lines[1] != changed[1]
    assert first.address
    return ImportBatch.objects.get(pk=read(path, "fixed").batch or 0), second, third


def test_the_second_person_sees_every_card_that_a_list_would_change(
    city: DeliveryPlace,
    write_list: WriteList,
    read: Read,
    signed_in_client: SignIn,
    as_auditor: Callable[[], AbstractContextManager[None]],
) -> None:
    batch, second, third = taken_in_and_read_again(write_list, read)
    Hold.objects.create(card=third, kind="protected", reason="支援措置", set_by="chief")
    chief, address = signed_in_client("chief"), f"/intake/lists/{batch.pk}/"
    page = chief.get(address).content.decode()
    assert all(f"{address}difference/{kind}/" in page for kind in ("new", "changed", "gone"))
    assert "変更されるカード (2 枚)" in page
    changed = chief.get(f"{address}difference/changed/").content.decode()
    assert second.address in changed
    assert second.address.replace("番", "番地") in changed
    assert display_serial(third.serial) in changed
    assert second.name not in changed
    assert third.address not in changed
    assert "停止中のため、値は表示しません" in changed
    gone, new = (chief.get(f"{address}difference/{kind}/").content.decode() for kind in ("gone", "new"))
    last = Card.objects.order_by("pk").last()
    assert last is not None
    assert display_serial(last.serial) in gone
    assert display_serial(second.serial) not in gone + new
    assert new.count("<tr>") == 2  # the head and the one card more
    with as_auditor():
        viewed = AuditEvent.objects.filter(process_code="intake.list.difference").order_by("pk").first()
    assert viewed is not None
    assert second.pk in viewed.content["cards"]


def test_the_result_is_a_file_with_the_lines_of_the_list_and_no_name(
    city: DeliveryPlace, write_list: WriteList, read: Read, signed_in_client: SignIn
) -> None:
    batch, second, _third = taken_in_and_read_again(write_list, read)
    chief, address = signed_in_client("chief"), f"/intake/lists/{batch.pk}/result.csv"
    waiting = chief.get(address).content.decode("utf-8-sig")
    assert f'"2","{second.application_id_shown}","変更","住所"' in waiting
    assert [waiting.count(f'"{word}"') for word in ("新規", "変更", "変更なし", "一覧にない未着カード")] == [1, 2, 1, 1]
    assert second.name not in waiting
    services.apply(batch.pk, replace(automatic("second"), client="10.20.30.40"), Silent())
    assert set(CardEvent.objects.filter(detail__batch=batch.pk).values_list("user_id", "client")) == {("auto:second", "10.20.30.40")}
    done = chief.get(address).content.decode("utf-8-sig")
    assert [done.count(f'"{word}"') for word in ("新規", "変更", "変更なし")] == [1, 2, 0]
    after = chief.get(f"/intake/lists/{batch.pk}/difference/changed/").content.decode()
    assert "この一覧はもう待っていません" in after
    assert display_serial(second.serial) not in after


def test_a_list_is_no_business_of_other_roles(city: DeliveryPlace, write_list: WriteList, read: Read, signed_in_client: SignIn) -> None:
    batch, _second, _third = taken_in_and_read_again(write_list, read)
    auditor = signed_in_client("auditor")
    for address in ("difference/changed/", "result.csv"):
        assert auditor.get(f"/intake/lists/{batch.pk}/{address}").status_code == 403
    assert signed_in_client("chief").get(f"/intake/lists/{batch.pk}/difference/other/").status_code == 404
