"""Texts are data: a closed list of placeholders, every kind in every language, nothing filled in twice."""

import re
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.booking.notices.kinds import Kind
from madoguchi.booking.notices.links import Links
from madoguchi.booking.notices.mails import facts_of
from madoguchi.booking.notices.models import MailText
from madoguchi.booking.notices.placeholders import NEEDED, PLACEHOLDERS, faults, fill, known_to, normalised
from madoguchi.booking.notices.queries import wording_of
from madoguchi.booking.notices.samples import sample_appointment, sample_links
from madoguchi.booking.notices.services import TrialAnswer, save_text, send_test, use_built_in
from madoguchi.booking.notices.tests.conftest import SITE, MailServer
from madoguchi.booking.notices.wording import WORDS, built_in, word
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.ui.languages import CODES

CLERK = automatic("test")


@pytest.mark.parametrize("language", CODES)
@pytest.mark.parametrize("kind", list(Kind))
def test_every_built_in_text_can_be_sent(kind: Kind, language: str) -> None:
    text = built_in(kind, language)
    assert list(faults(kind, text.subject, text.body)) == []
    assert (text.subject, text.body) == (normalised(text.subject), normalised(text.body)), "kept as it would be kept"


@pytest.mark.parametrize("language", CODES)
def test_every_language_has_the_small_words(language: str) -> None:
    for name in WORDS:
        assert word(name, language)
        assert ("{リンク}" in word(name, language)) == (name in {"prove", "manage", "site", "stop"})


@pytest.mark.parametrize("kind", list(Kind))
def test_all_languages_say_the_same_facts(kind: Kind) -> None:
    japanese = set(re.findall(r"\{[^}]+\}", built_in(kind, "ja").body))
    for language in CODES:
        assert set(re.findall(r"\{[^}]+\}", built_in(kind, language).body)) == japanese, language


def test_no_language_is_japanese_by_mistake() -> None:
    kana = re.compile("[\u3041-\u3096\u30a1-\u30fa]")
    for language in set(CODES) - {"ja", "ja-x-easy"}:
        for kind in Kind:
            text = built_in(kind, language)
            assert not kana.search(re.sub(r"\{[^}]+\}", "", text.subject + text.body)), (language, kind)


@pytest.mark.parametrize(
    ("subject", "body", "field", "word"),
    [
        ("件名", "{予約番号} {日時} {場所} {確認の案内} {氏名}", "body", "{氏名}"),
        ("件名 {氏名}", "{予約番号} {日時} {場所} {確認の案内}", "subject", "{氏名}"),
        ("{持ち物}", "{予約番号} {日時} {場所} {確認の案内}", "subject", "件名には使えません"),
        ("件名", "{予約番号} {日時} {場所}", "body", "{確認の案内} がありません"),
        ("件名", "{予約番号} {日時} {場所} {確認の案内} {回答期限}", "body", "この種類のメールでは使えません"),
        ("件名", "{予約番号} {日時} {場所} {確認の案内} {", "body", "閉じていません"),
        ("件名", "{予約番号} {日時} {場所} {確認の案内} {{日時}}", "body", "閉じていません"),
    ],
)
def test_a_wrong_text_is_refused_and_says_why(subject: str, body: str, field: str, word: str) -> None:
    assert [(where, words) for where, words in faults(Kind.CONFIRMED, subject, body) if where == field and word in str(words)]


def test_braces_may_be_typed_wide() -> None:
    assert normalised("｛予約番号｝  \r\nつぎ\r") == "{予約番号}\nつぎ"


@given(st.dictionaries(st.sampled_from([item.name for item in PLACEHOLDERS]), st.text(max_size=40), min_size=len(PLACEHOLDERS)))
def test_a_fact_is_never_read_as_a_placeholder(facts: dict[str, str]) -> None:
    for kind in Kind:
        for item in known_to(kind):
            value = facts[item.name].replace("\n", " ")
            assert fill(f"X{{{item.name}}}X", {**facts, item.name: value}) == f"X{value}X"


def test_a_line_of_empty_facts_goes_away_whole() -> None:
    assert fill("a\n\n{所在地}\n\nb {所在地}", {"所在地": ""}) == "a\n\nb"


def test_every_needed_placeholder_is_known_to_its_kind() -> None:
    for kind, names in NEEDED.items():
        assert set(names) <= {item.name for item in known_to(kind)}


@pytest.mark.django_db
@pytest.mark.parametrize("language", CODES)
def test_every_mail_can_be_filled_and_leaves_no_mark(town: Any, language: str) -> None:
    for links in (sample_links(SITE), Links()):
        facts = facts_of(sample_appointment(language), language, links, message="連絡")
        for kind in Kind:
            text = built_in(kind, language)
            body = fill(text.body, facts)
            assert not set("{}｜") & set(body + fill(text.subject, facts)), (kind, body)
            assert ("https://" in body) == bool(links.site), kind


@pytest.mark.django_db
def test_a_municipalitys_text_goes_before_the_built_in_one_and_back(town: Any) -> None:
    own = built_in(Kind.REMINDER, "ja").body.replace("ご予約の日が近づきました", "まもなくご予約の日です")
    first = save_text(CLERK, Kind.REMINDER, "ja", "【大切】", own, version=0)
    assert (first.version, wording_of(Kind.REMINDER, "ja").subject) == (1, "【大切】")
    assert wording_of(Kind.REMINDER, "en") == built_in(Kind.REMINDER, "en"), "the other languages stay"
    use_built_in(CLERK, Kind.REMINDER, "ja", version=1)
    assert wording_of(Kind.REMINDER, "ja") == built_in(Kind.REMINDER, "ja")
    assert [text.version for text in MailText.objects.order_by("version")] == [1, 2], "nothing is lost"


@pytest.mark.django_db
def test_two_authors_do_not_overwrite_each_other(town: Any) -> None:
    body = built_in(Kind.CANCELLED, "ja").body + "\n追伸"
    save_text(CLERK, Kind.CANCELLED, "ja", "一人目", body, version=0)
    with pytest.raises(ValidationError):
        save_text(CLERK, Kind.CANCELLED, "ja", "二人目", body, version=0)
    assert wording_of(Kind.CANCELLED, "ja").subject == "一人目"


@pytest.mark.django_db
def test_a_text_that_cannot_be_sent_is_not_kept(town: Any) -> None:
    with pytest.raises(ValidationError):
        save_text(CLERK, Kind.CANCELLED, "ja", "件名", "{氏名}", version=0)
    assert not MailText.objects.exists()


@pytest.mark.django_db
def test_a_test_mail_goes_out_at_once_and_leaves_no_address(server: MailServer, town: Any, as_auditor: Any, settings: Any) -> None:
    text = built_in(Kind.CONFIRMED, "en")
    assert send_test(CLERK, Kind.CONFIRMED, "en", text, "clerk@city.example") is TrialAnswer.SENT
    assert server.taken[0]["To"] == "clerk@city.example"
    server.answer = "554 5.7.1 no"
    assert send_test(CLERK, Kind.CONFIRMED, "en", text, "clerk@city.example") is TrialAnswer.REFUSED
    settings.EMAIL_PORT = 1
    assert send_test(CLERK, Kind.CONFIRMED, "en", text, "clerk@city.example") is TrialAnswer.SILENT
    from madoguchi.platform.audit.models import AuditEvent

    with as_auditor():
        events = AuditEvent.objects.filter(process_code="notices.text.test")
        assert events.count() == 3
        assert "clerk@" not in str(list(events.values()))
