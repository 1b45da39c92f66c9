"""Words of letters: a closed list of placeholders, versions with their day, a second person."""

import dataclasses
import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pypdfium2
import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.delivery.cards.models import Card, DeliveryPlace
from madoguchi.delivery.dispatch import queries, services, wording
from madoguchi.delivery.dispatch.choosing import choose_by_state
from madoguchi.delivery.dispatch.models import Batch, Kind, LetterText, TextState
from madoguchi.delivery.dispatch.texts import (
    PLACEHOLDERS,
    LetterWords,
    UnknownPlaceholder,
    filled,
    first_text,
    unknown_placeholders,
)
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.verbs import Silent

MakeCard = Callable[..., Card]
SignIn = Callable[..., Client]

_VALUES = {name: f"<{name}>" for name in PLACEHOLDERS}


def test_known_placeholders_are_filled_and_unknown_ones_named() -> None:
    words = LetterWords("{municipality}", "", "題", "{deadline}まで {public_url} {today}")
    assert filled(words, _VALUES).lead == "<deadline>まで <public_url> <today>"
    wrong = dataclasses.replace(words, notes="{name} と {予約コード} と {")
    assert unknown_placeholders(wrong) == ("name", "{", "予約コード")
    with pytest.raises(UnknownPlaceholder):
        filled(wrong, _VALUES)


@given(st.text(alphabet="{}ab deadline今", max_size=40))
def test_no_brace_is_ever_left_over(text: str) -> None:
    words = LetterWords("s", "", "t", text)
    try:
        done = filled(words, _VALUES).lead
    except UnknownPlaceholder:
        return
    assert "{" not in done
    assert "}" not in done


@pytest.mark.parametrize("kind", Kind)
def test_the_first_text_of_every_kind_has_known_placeholders_only(kind: Kind) -> None:
    assert unknown_placeholders(first_text("藤沢市", kind)) == ()


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.django_db
def test_the_first_text_of_every_kind_fits_its_sheet(city: DeliveryPlace, kind: Kind) -> None:
    assert wording.fits(kind, queries.words(kind))


def _write(kind: Kind, actor: Actor, lead: str, *, valid_from: dt.date | None = None) -> LetterText:
    words = dataclasses.replace(queries.words(kind), lead=lead)
    return wording.write_text(kind, words, actor, valid_from=valid_from or clock.today(), reason="名前の変更")


@pytest.mark.django_db
def test_words_print_once_a_second_person_approved_them(make_card: MakeCard, clerk: Actor, chief: Actor, tmp_path: Path) -> None:
    make_card(1)
    version = _write(Kind.NOTICE, clerk, "#text でも *文字* のまま")
    assert queries.words(Kind.NOTICE).lead != version.words["lead"]
    with pytest.raises(wording.AlreadyWaiting):
        _write(Kind.NOTICE, clerk, "別の文")
    with pytest.raises(wording.OwnWords):
        wording.approve_text(version, clerk)
    wording.approve_text(version, chief)
    with pytest.raises(wording.NotWaiting):
        wording.approve_text(version, chief)
    services.print_letters(choose_by_state(None), tmp_path / "out.pdf", clerk, progress=Silent())
    with pypdfium2.PdfDocument(tmp_path / "out.pdf") as document:
        text = "".join(document[0].get_textpage().get_text_range().split())
    assert "#textでも*文字*のまま" in text
    assert Batch.objects.get().text_number == 1


@pytest.mark.django_db
def test_a_version_waits_for_its_day_and_the_newest_that_has_come_prints(city: DeliveryPlace, clerk: Actor, chief: Actor) -> None:
    tomorrow = clock.today() + dt.timedelta(days=1)
    for lead, day in (("今日から", clock.today()), ("あしたから", tomorrow)):
        wording.approve_text(_write(Kind.REMIND, clerk, lead, valid_from=day), chief)
    wording.reject_text(_write(Kind.REMIND, clerk, "いらない文"), chief, reason="元のままでよい")
    assert queries.words(Kind.REMIND).lead == "今日から"
    found = queries.text_in_force(Kind.REMIND, tomorrow)
    assert found is not None
    assert found.words["lead"] == "あしたから"
    assert queries.words(Kind.URGE) == queries.first_words(Kind.URGE)


@pytest.mark.django_db
def test_the_database_refuses_words_approved_by_their_writer(city: DeliveryPlace, clerk: Actor) -> None:
    version = _write(Kind.NOTICE, clerk, "文")
    with pytest.raises(IntegrityError), transaction.atomic():
        LetterText.objects.filter(pk=version.pk).update(state=TextState.APPROVED, decided_by="clerk", decided_at=clock.now())


@pytest.mark.django_db
def test_nothing_is_printed_with_a_placeholder_that_nobody_knows(make_card: MakeCard, clerk: Actor, tmp_path: Path) -> None:
    """Words that came into the table by another road than the form."""
    make_card(1)
    words = dataclasses.asdict(dataclasses.replace(queries.words(Kind.NOTICE), lead="{name} 様"))
    LetterText.objects.create(
        kind="notice", number=1, words=words, state="approved", valid_from=clock.today(), reason="x", written_by="a", decided_by="b",
        decided_at=clock.now(),
    )  # fmt: skip
    with pytest.raises(UnknownPlaceholder):
        services.print_letters(choose_by_state(None), tmp_path / "out.pdf", clerk, progress=Silent())
    assert not (tmp_path / "out.pdf").exists()
    assert Card.objects.get().notice == "none"


def _posted(**given: str) -> dict[str, str]:
    day = clock.today()
    words = {name: str(value) for name, value in dataclasses.asdict(queries.words(Kind.REMIND)).items()}
    dated = {"valid_from_year": str(day.year), "valid_from_month": str(day.month), "valid_from_day": str(day.day)}
    return {**words, **dated, "reason": "名前の変更", **given}


@pytest.mark.django_db
@pytest.mark.urls("madoguchi.zones.delivery.urls")
def test_a_clerk_writes_and_the_chief_approves(city: DeliveryPlace, signed_in_client: SignIn) -> None:
    clerk, chief = signed_in_client("clerk", user_id="a"), signed_in_client("chief", user_id="b")
    assert "督促（1回目）" in clerk.get("/letters/text/").content.decode()
    page = clerk.get("/letters/text/remind/")
    assert page.status_code == 200
    assert "/letters/text/remind/preview.png?v=" in page.content.decode()
    assert clerk.get("/letters/text/remind/preview.png")["Content-Type"] == "image/png"
    for wrong, words in (
        ({"lead": "{name} 様"}, "決められた差し込み項目ではありません"),
        ({"deadline_days": "5"}, "14から365まで"),
        ({"notes": "長い注意\n" * 40}, "1枚に収まりません"),
        ({"reason": ""}, "変える理由を入力"),
    ):
        answer = clerk.post("/letters/text/remind/", _posted(**wrong))
        assert (answer.status_code, words in answer.content.decode()) == (422, True), wrong
    assert not LetterText.objects.exists()
    assert "収まりません" in clerk.post("/letters/text/remind/preview/", _posted(notes="長い注意\n" * 40, reason="")).content.decode()
    assert "preview.png?v=" in clerk.post("/letters/text/remind/preview/", _posted(lead="短い文", reason="")).content.decode()
    as_a_browser_sends_it = queries.words(Kind.REMIND).notes.replace("\n", "\r\n")
    answer = clerk.post("/letters/text/remind/", _posted(lead="新しい文", after_days="45", notes=as_a_browser_sends_it))
    version = LetterText.objects.get()
    assert answer["Location"] == f"/letters/text/version/{version.pk}/"
    assert clerk.post(f"/letters/text/version/{version.pk}/approve/").status_code == 403
    assert chief.get(f"/letters/text/version/{version.pk}/sample/").content.startswith(b"%PDF")
    shown = chief.get(f"/letters/text/version/{version.pk}/").content.decode()
    assert "承認する" in shown
    assert shown.count("tag-warning") == 2  # the two parts that differ
    assert "第1版" in chief.get("/approvals/").content.decode()
    assert chief.post(f"/letters/text/version/{version.pk}/approve/").status_code == 302
    assert chief.post(f"/letters/text/version/{version.pk}/approve/").status_code == 409
    assert (queries.words(Kind.REMIND).lead, queries.words(Kind.REMIND).after_days) == ("新しい文", 45)


@pytest.mark.django_db
@pytest.mark.urls("madoguchi.zones.delivery.urls")
def test_words_are_sent_back_with_a_reason(city: DeliveryPlace, signed_in_client: SignIn, clerk: Actor) -> None:
    version = _write(Kind.URGE, clerk, "文")
    other, chief = signed_in_client("clerk", user_id="a"), signed_in_client("chief", user_id="b")
    address = f"/letters/text/version/{version.pk}/reject/"
    assert other.post(address, {"reason": "x"}).status_code == 409
    assert chief.post(address, {"reason": ""}).status_code == 422
    assert chief.post(address, {"reason": "敬語を直す"}).status_code == 302
    version.refresh_from_db()
    assert version.state == TextState.REJECTED
