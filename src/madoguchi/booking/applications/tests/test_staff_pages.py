"""Staff pages of the forms: own questions as data, what each kind asks, release of locked look-ups."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from madoguchi.booking.applications.lookup import look_up
from madoguchi.booking.applications.models import OwnQuestion, SealedApplication
from madoguchi.booking.applications.privacy import NOTICE_VERSION
from madoguchi.booking.applications.queries import questions_of
from madoguchi.booking.applications.tests.conftest import ANSWERS, FIGURES, posted
from madoguchi.booking.calendar.models import Slot, VisitKind
from madoguchi.booking.reservations.models import Booking
from madoguchi.kernel.kfx_keys import KeyPair
from madoguchi.kernel.sealed_answers import open_sealed
from madoguchi.platform import clock
from madoguchi.platform.exchange.models import PeerKey

pytestmark = pytest.mark.django_db
KEY = "6a1f2f8e-5a0b-4c3d-9a86-0d3a2f8b7c11"
SignIn = Callable[..., Client]
CARD = {"code": "own_card", "label": "今のカード", "answer": "choice", "choices": "手元にある\nなくした\nなくした\n", "needed": "on"}


def test_an_own_question_is_added_changed_and_asked(kind: VisitKind, signed_in_client: SignIn) -> None:
    client = signed_in_client("chief")
    assert client.post(reverse("forms:new-question"), CARD).status_code == 302
    question = OwnQuestion.objects.get()
    assert (question.label, question.choices, question.needed) == ("今のカード", ["手元にある", "なくした"], True)
    assert "なくした" in client.get(reverse("forms:question", args=["own_card"])).content.decode()
    changed = {**CARD, "label": "カードの有無", "needed": ""}
    assert client.post(reverse("forms:question", args=["own_card"]), changed).status_code == 302
    sent = {"questions": ["own_card", "name", "request"]}
    assert client.post(reverse("forms:kind", args=[kind.code]), sent).status_code == 302
    kind.refresh_from_db()
    assert kind.questions == ["name", "telephone", "request", "own_card"]
    assert [str(one.label) for one in questions_of(kind)] == ["氏名", "電話番号", "申請内容", "カードの有無"]
    assert "カードの有無" in client.get(reverse("forms:list")).content.decode()


def test_nothing_chosen_asks_the_usual(kind: VisitKind, signed_in_client: SignIn) -> None:
    assert signed_in_client("chief").post(reverse("forms:kind", args=[kind.code]), {}).status_code == 302
    kind.refresh_from_db()
    assert [one.code for one in questions_of(kind)][:3] == ["name", "kana", "born"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"code": "name"}, "own_ で始め"),
        ({"code": "own_カード"}, "own_ で始め"),
        ({"code": ""}, "コードを入力"),
        ({"label": ""}, "質問を入力"),
        ({"answer": "song"}, "答え方を選び直して"),
        ({"choices": "ひとつだけ"}, "2から20まで"),
        ({"choices": "長" * 61 + "\nなし"}, "2から20まで"),
    ],
)
def test_what_is_wrong_with_a_question_is_said(kind: VisitKind, signed_in_client: SignIn, changes: dict[str, str], words: str) -> None:
    answer = signed_in_client("chief").post(reverse("forms:new-question"), {**CARD, **changes})
    assert (answer.status_code, words in answer.content.decode()) == (422, True)
    assert not OwnQuestion.objects.exists()


def test_a_code_is_given_once(kind: VisitKind, signed_in_client: SignIn) -> None:
    client = signed_in_client("chief")
    client.post(reverse("forms:new-question"), CARD)
    assert "もうあります" in client.post(reverse("forms:new-question"), CARD).content.decode()


def test_a_locked_look_up_is_released_with_a_reason(apply: Callable[..., Booking], signed_in_client: SignIn) -> None:
    booking = apply()
    for turn in range(5):
        look_up(booking.number, "2222", client=f"198.51.{turn}.1")
    client = signed_in_client("chief")
    assert booking.number in client.get(reverse("forms:locked")).content.decode()
    assert client.post(reverse("forms:locked"), {"booking": str(booking.pk)}).status_code == 422
    assert client.post(reverse("forms:locked"), {"booking": str(booking.pk), "reason": "電話で日時を確認"}).status_code == 302
    assert booking.number not in client.get(reverse("forms:locked")).content.decode()
    assert look_up(booking.number, FIGURES, client="203.0.113.1") == booking.pk


def test_a_kind_by_number_has_no_form(kind: VisitKind, signed_in_client: SignIn) -> None:
    client = signed_in_client("chief")
    assert client.get(reverse("forms:kind", args=["receive"])).status_code == 404
    assert client.get(reverse("forms:question", args=["own_none"])).status_code == 404


def dictated(client: Client, kind: VisitKind, slot: Slot, **more: str) -> Any:
    address = reverse("desk:take-form", args=[kind.code]) + f"?place={slot.place.code}&day={slot.day}"
    return client.post(address, {**posted(), "slot": str(slot.pk), "source": "phone", "key": KEY, **more})


@pytest.mark.urls("madoguchi.zones.booking.urls")
def test_what_a_caller_says_is_sealed_at_once_and_never_shown_again(
    kind: VisitKind, slot: Slot, signed_in_client: SignIn, delivery_keys: KeyPair
) -> None:
    client = signed_in_client("operator")
    assert reverse("desk:take-form", args=[kind.code]) in client.get(reverse("desk:find")).content.decode()
    for _turn in range(2):  # pressed twice it is one booking
        answer = dictated(client, kind, slot)
        assert answer.status_code == 302
    booking = Booking.objects.get()
    assert (booking.state, booking.source, booking.email, booking.privacy_notice) == ("confirmed", "phone", "", NOTICE_VERSION)
    sealed = bytes(SealedApplication.objects.get().sealed or b"")
    assert open_sealed(sealed, own=delivery_keys, number=booking.number, kind=kind.code) == ANSWERS
    page = client.get(answer["Location"]).content.decode()
    assert f"予約番号 {booking.number} と" in page
    assert not any(told in page for told in ANSWERS.values() if len(told) > 4)
    assert look_up(booking.number, FIGURES, client="203.0.113.1") == booking.pk


@pytest.mark.urls("madoguchi.zones.booking.urls")
def test_a_time_that_is_gone_costs_the_operator_nothing_of_what_was_typed(kind: VisitKind, slot: Slot, signed_in_client: SignIn) -> None:
    client = signed_in_client("operator")
    Slot.objects.filter(pk=slot.pk).update(taken=4, taken_public=3)
    answer = dictated(client, kind, slot)
    assert answer.status_code == 422
    assert ANSWERS["name"] in answer.content.decode()
    # The browser of an office neither offers nor keeps what callers say.
    assert 'autocomplete="name"' not in answer.content.decode()
    assert 'autocomplete="bday-year"' not in answer.content.decode()
    assert dictated(client, kind, slot, name="").status_code == 422
    assert not SealedApplication.objects.exists()


@pytest.mark.urls("madoguchi.zones.booking.urls")
def test_a_full_time_is_given_by_form_with_right_and_reason_alone(kind: VisitKind, slot: Slot, signed_in_client: SignIn) -> None:
    Slot.objects.filter(pk=slot.pk).update(taken=4, taken_public=3)
    chief = signed_in_client("chief")
    assert dictated(chief, kind, slot).status_code == 422
    assert dictated(chief, kind, slot, overbook_reason="期限が今日のため").status_code == 302
    slot.refresh_from_db()
    assert (slot.taken, slot.capacity) == (5, 5)


@pytest.mark.urls("madoguchi.zones.booking.urls")
def test_a_form_is_dictated_only_for_open_kinds_with_a_key_to_seal(kind: VisitKind, signed_in_client: SignIn) -> None:
    client = signed_in_client("operator")
    assert client.get(reverse("desk:take-form", args=["receive"])).status_code == 404
    assert client.get(reverse("desk:take-form", args=[kind.code])).status_code == 200
    PeerKey.objects.update(revoked_at=clock.now())
    assert client.get(reverse("desk:take-form", args=[kind.code])).status_code == 409
    assert signed_in_client("auditor", user_id="a").get(reverse("desk:take-form", args=[kind.code])).status_code == 403
