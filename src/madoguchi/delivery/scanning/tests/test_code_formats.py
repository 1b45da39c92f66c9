"""The municipality's own forms of codes: read at the desk, and refused where they could be taken for something else."""

from collections.abc import Callable

import pytest
from django.test import Client

from madoguchi.delivery.cards.models import Card, DeliveryPlace
from madoguchi.delivery.scanning.codes import Kind, NotOurs, Read
from madoguchi.delivery.scanning.formats import Check, Form, read_in, why_not
from madoguchi.delivery.scanning.models import CodeFormat
from madoguchi.kernel import labels

SLEEVES = Form("旧スリーブ", "FJ", Kind.SERIAL, 9, Check.NONE, Kind.SLEEVE)
ENVELOPES = Form("封筒", "E", Kind.DISPATCH, 10, Check.WEIGHTS_3_1, Kind.DISPATCH)


@pytest.mark.parametrize(
    ("form", "words"),
    [
        (SLEEVES, ""),
        (ENVELOPES, ""),
        (Form("x", "12", Kind.BOOKING, 10, Check.NONE, Kind.BOOKING), "個人番号"),
        (Form("x", "A", Kind.DISPATCH, 12, Check.NONE, Kind.DISPATCH), "個人番号"),
        (Form("x", "A", Kind.DISPATCH, 11, Check.DAMM, Kind.DISPATCH), "個人番号"),
        (Form("x", "A12", Kind.BOOKING, 10, Check.NONE, Kind.BOOKING), "個人番号"),
        (Form("x", "A", Kind.DISPATCH, 13, Check.NONE, Kind.DISPATCH), ""),
        (Form("x", "S", Kind.DISPATCH, 9, Check.NONE, Kind.DISPATCH), "スリーブのラベル"),
        (Form("x", "B", Kind.DISPATCH, 8, Check.SEVEN, Kind.DISPATCH), "箱のラベル"),
        (Form("x", "Y", Kind.BOOKING, 10, Check.NONE, Kind.BOOKING), "予約の控え"),
        (Form("x", "7", Kind.DISPATCH, 8, Check.NONE, Kind.DISPATCH), "発送番号"),
        (Form("x", "Z", Kind.DISPATCH, 8, Check.NONE, Kind.DISPATCH), "製造管理番号"),
        (Form("x", "Q", Kind.SERIAL, 9, Check.DAMM, Kind.NOTICE), "検査数字は付けられません"),
        (Form("x", "Q", Kind.APPLICATION, 22, Check.NONE, Kind.NOTICE), "23けた"),
        (Form("x", "F", Kind.DISPATCH, 10, Check.NONE, Kind.DISPATCH), "帳票の表紙"),
        (Form("x", "FJ2", Kind.DISPATCH, 8, Check.NONE, Kind.DISPATCH), "登録済みの「旧スリーブ」"),
    ],
)
def test_a_form_that_could_mean_two_things_is_refused_with_the_reason(form: Form, words: str) -> None:
    reasons = why_not(form, [SLEEVES] if form is not SLEEVES else [])
    # `FJ2` and eight figures: the form of the sleeves allows letters and figures there.
    assert bool(reasons) == bool(words), reasons
    assert words in " ".join(reasons)


def test_a_code_is_read_with_its_paper_and_its_number() -> None:
    assert read_in("fj-A1B-000001", [ENVELOPES, SLEEVES]) == Read(Kind.SLEEVE, "A1B000001", Kind.SERIAL)
    # 4901234567894 is a JAN code: its last digit is that of the twelve before it.
    jan = Form("x", "J", Kind.DISPATCH, 14, Check.WEIGHTS_3_1, Kind.DISPATCH)
    assert read_in("J00490123456789" + "4", [jan]) == Read(Kind.DISPATCH, "00490123456789", Kind.DISPATCH)
    damm = Form("x", "D", Kind.BOOKING, 10, Check.DAMM, Kind.BOOKING)
    right = f"D1234567897{labels.check_digit('1234567897')}"
    assert read_in(right, [damm]) == Read(Kind.BOOKING, "1234567897", Kind.BOOKING)
    with pytest.raises(NotOurs) as torn:
        read_in(right[:-1] + str((int(right[-1]) + 1) % 10), [damm])
    assert "検査数字" in torn.value.sentence
    assert read_in("ABC", [damm, SLEEVES]) is None


@pytest.mark.django_db
def test_the_head_registers_a_form_and_the_desk_reads_it(
    city: DeliveryPlace, make_card: Callable[..., Card], signed_in_client: Callable[..., Client]
) -> None:
    card = make_card(1, progress="preset", place_kind="stored", site=city)
    clerk, chief = signed_in_client("clerk"), signed_in_client("chief")
    assert clerk.post("/scan/", {"code": f"FJ{card.serial}"}).status_code == 404
    given = {
        "name": "旧スリーブ",
        "paper": "sleeve",
        "beginning": "FJ",
        "number": "serial",
        "length": "9",
        "check_kind": "none",
        "is_used": "on",
    }
    assert clerk.get("/scan/formats/").status_code == 403
    assert chief.post("/scan/formats/new/", {**given, "sample": "XX123456789"}).status_code == 422
    refused = chief.post("/scan/formats/new/", {**given, "sample": "A123456789018", "beginning": "A", "number": "dispatch", "length": "12"})
    assert "個人番号" in refused.content.decode()
    assert not CodeFormat.objects.exists()
    assert chief.post("/scan/formats/new/", {**given, "sample": f"FJ{card.serial}"}).status_code == 302
    row = CodeFormat.objects.get()
    found = clerk.post("/scan/", {"code": f"fj{card.serial}"}).content.decode()
    assert "スリーブのラベル" in found
    assert f"/cards/{card.pk}/" in found
    assert "旧スリーブ" in chief.get("/scan/formats/").content.decode()
    address, change = f"/scan/formats/{row.pk}/", {**given, "sample": f"FJ{card.serial}", "is_used": "", "version": "1"}
    assert chief.post(address, {**change, "version": "7"}).status_code == 422
    assert chief.post(address, change).status_code == 302
    assert clerk.post("/scan/", {"code": f"FJ{card.serial}"}).status_code == 404
