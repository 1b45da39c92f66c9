"""Staff pages of the forms: own questions as data, what each kind asks, release of locked look-ups."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from madoguchi.booking.applications.lookup import look_up
from madoguchi.booking.applications.models import OwnQuestion
from madoguchi.booking.applications.queries import questions_of
from madoguchi.booking.applications.tests.conftest import FIGURES
from madoguchi.booking.calendar.models import VisitKind
from madoguchi.booking.reservations.models import Booking

pytestmark = pytest.mark.django_db
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
