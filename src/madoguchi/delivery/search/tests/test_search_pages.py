"""Searching in the register: who is found, what is shown, what stands in the operation log."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.db import connection
from django.test import Client

from madoguchi.delivery.cards.models import Card, Municipality
from madoguchi.delivery.cards.queries import own_municipality
from madoguchi.delivery.cards.rules import HoldKind
from madoguchi.delivery.cards.services import set_hold
from madoguchi.delivery.search import queries
from madoguchi.delivery.search.services import keyed
from madoguchi.delivery.search.terms import Terms
from madoguchi.kernel import names
from madoguchi.kernel.wareki import PartialDate
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.models import AuditEvent
from madoguchi.platform.database.roles import role_name

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("secrets_folder")]
SignIn = Callable[..., Client]
MakeCard = Callable[..., Card]
AsAuditor = Callable[[], AbstractContextManager[None]]
BORN = PartialDate(1980, 9, 8)
TOWN = "神奈川県藤沢市辻堂２丁目３番４号"


@pytest.fixture
def make_person(make_card: MakeCard) -> MakeCard:
    """Return a maker of cards with the keys that the importer folds."""

    def make(number: int = 1, name: str = "髙橋　一郎", kana: str = "タカハシ イチロウ", address: str = TOWN, **columns: object) -> Card:
        keys = {"name_key": names.search_key(name), "kana_key": names.kana_key(kana), "address_key": names.search_key(address)}
        return make_card(number, name=name, kana=kana, address=address, **keys, **columns)

    return make


def found(terms: Terms) -> list[int]:
    return [hit.card_pk for hit in queries.people(terms).hits]


@pytest.mark.parametrize(
    "terms",
    [
        Terms(name="高橋", address="辻堂"),
        Terms(name="一郎", address="辻堂"),
        Terms(name="高橋一郎", address="藤沢市辻堂2丁目"),
        Terms(name="高橋一郎", address="神奈川県藤沢市"),
        Terms(kana="ﾀｶﾊｼ", address="辻堂"),
        Terms(kana="いちろう", address="辻堂"),
        Terms(kana="たか", name="高", address="辻堂"),
        Terms(name="橋　一", born=BORN),
        Terms(kana="ハシ", born=BORN),
        Terms(address="辻堂", born=BORN, sex="m"),
    ],
)
def test_a_person_is_found_by_any_two_in_any_form(make_person: MakeCard, terms: Terms) -> None:
    own = make_person(1)
    make_person(2, name="佐藤　花子", kana="サトウ ハナコ", born="1981-01-01", address="神奈川県藤沢市湘南台１丁目", sex="f")
    assert found(terms) == [own.pk]


def test_variants_are_found_and_shown_as_they_are(make_person: MakeCard, signed_in_client: SignIn) -> None:
    for number, name in enumerate(("渡邊　正", "渡邉　正", "渡辺　正", "山﨑　正"), start=1):
        make_person(number, name=name, kana="ワタナベ タダシ" if number < 4 else "ヤマザキ タダシ")
    page = signed_in_client("clerk").post("/search/", {"name": "渡辺", "born": "S55.9.8", "reveal": ""}).content.decode()
    assert page.count('<td class="person-name">渡＊　＊</td>') == 3
    assert "山＊" not in page


def test_former_names_and_aliases_are_found_with_the_birth_date(make_person: MakeCard) -> None:
    one = make_person(1, former_name="神﨑")
    other = make_person(2, name="LEE SEO YEON", kana="イ ソヨン", alias="木下　明")
    assert found(Terms(name="神崎", born=BORN)) == [one.pk]
    assert found(Terms(name="木下", born=BORN)) == [other.pk]


def test_less_than_two_is_refused_on_the_server_and_on_record(
    make_person: MakeCard, signed_in_client: SignIn, as_auditor: AsAuditor
) -> None:
    make_person(1)
    client = signed_in_client("clerk")
    for given in ({"name": "髙橋"}, {"name": "髙橋", "kana": "タカハシ", "sex": "m"}, {"born": "1980-09-08", "sex": "m"}, {}):
        answer = client.post("/search/", given)
        assert answer.status_code == 422
        assert "二つ以上" in answer.content.decode()
        assert "髙＊" not in answer.content.decode()
    with as_auditor():
        assert AuditEvent.objects.filter(process_code="search.people.search", result="refused").count() == 4
    with pytest.raises(ValueError, match="two of"):
        queries.people(Terms(name="髙橋"))


def test_hits_are_masked_and_each_that_is_revealed_is_on_record(
    make_person: MakeCard, signed_in_client: SignIn, as_auditor: AsAuditor
) -> None:
    one, other = make_person(1), make_person(2, name="髙橋　二郎", kana="タカハシ ジロウ")
    client, terms = signed_in_client("clerk"), {"name": "高橋", "born": "昭和55年9月8日"}
    page = client.post("/search/", terms).content.decode()
    listed = page[page.index("<tbody>") : page.index("</tbody>")]
    for hidden in ("一郎", "二郎", "イチロウ", "2丁目", "２丁目", "09-08"):
        assert hidden not in listed
    shown = client.post("/search/", {**terms, "reveal": str(one.pk)}).content.decode()
    for words in ("髙橋　一郎", "タカハシ イチロウ", "２丁目３番４号", "1980-09-08"):
        assert words in shown
    assert "二郎" not in shown
    with as_auditor():
        assert [event.subject for event in AuditEvent.objects.filter(process_code="search.people.reveal")] == [f"card:{one.pk}"]
        searches = list(AuditEvent.objects.filter(process_code="search.people.search"))
    assert searches[0].content["cards"] == [one.pk, other.pk]
    assert searches[0].content["counted"] == ["name", "born"]


def test_a_hit_is_shown_with_the_reason_that_the_municipality_demands(
    make_person: MakeCard, signed_in_client: SignIn, as_auditor: AsAuditor
) -> None:
    one = make_person(1)
    Municipality.objects.update(reveal_needs_reason=True)
    client, asked = signed_in_client("clerk"), {"name": "高橋", "born": "昭和55年9月8日", "reveal": str(one.pk)}
    for reason in ("", "123456789018"):
        refused = client.post("/search/", {**asked, "reason": reason})
        assert (refused.status_code, "一郎" in refused.content.decode()) == (422, False)
    shown = client.post("/search/", {**asked, "reason": "本人の電話"})
    assert (shown.status_code, "髙橋　一郎" in shown.content.decode()) == (200, True)
    with as_auditor():
        assert [event.reason for event in AuditEvent.objects.filter(process_code="search.people.reveal")] == ["本人の電話"]


def test_nobody_is_revealed_who_was_not_found(make_person: MakeCard, signed_in_client: SignIn, as_auditor: AsAuditor) -> None:
    make_person(1)
    other = make_person(2, name="佐藤　花子", kana="サトウ ハナコ", born="1981-01-01")
    page = signed_in_client("clerk").post("/search/", {"name": "高橋", "born": "1980-09-08", "reveal": str(other.pk)}).content.decode()
    assert "花子" not in page
    with as_auditor():
        assert not AuditEvent.objects.filter(process_code="search.people.reveal").exists()


def test_the_log_holds_digests_of_the_terms_and_no_name(make_person: MakeCard, signed_in_client: SignIn, as_auditor: AsAuditor) -> None:
    make_person(1)
    signed_in_client("clerk").post("/search/", {"name": "高橋", "address": "辻堂"})
    with as_auditor():
        content = AuditEvent.objects.get(process_code="search.people.search").content
    assert content["terms"]["name"] == keyed("name", names.search_key("髙橋")) != keyed("kana", names.search_key("髙橋"))
    assert re.fullmatch("[0-9a-f]{16}", content["terms"]["address"])
    assert not re.search("[橋辻]", str(content))


def test_a_protected_person_is_not_found_by_address_and_shows_none(make_person: MakeCard, signed_in_client: SignIn, chief: Actor) -> None:
    card = make_person(1)
    set_hold(card.pk, HoldKind.PROTECTED, chief, expected_version=1, reason="申出")
    client = signed_in_client("clerk")
    wrong = client.post("/search/", {"name": "佐藤", "address": "辻堂"}).content.decode()
    own = client.post("/search/", {"name": "髙橋", "address": "辻堂"}).content.decode()
    assert "当てはまる人はいません" in own
    assert own.count("<tr>") == wrong.count("<tr>") == 0
    page = client.post("/search/", {"name": "髙橋", "born": "1980-09-08", "reveal": str(card.pk)}).content.decode()
    assert "髙橋　一郎" in page
    assert "表示しません" in page
    assert TOWN not in page


def test_too_many_hits_ask_for_more_and_cost_the_same_statements(
    make_person: MakeCard, signed_in_client: SignIn, django_assert_max_num_queries: Callable[[int], AbstractContextManager[object]]
) -> None:
    client, terms = signed_in_client("clerk"), {"name": "高橋", "born": "1980-09-08"}
    make_person(1)
    client.post("/search/", terms)
    Card.objects.bulk_create(
        Card(
            application_id=f"{number:023d}",
            serial=f"A1B{number:06d}",
            name="髙橋",
            name_key="高橋",
            name_raw=b"",
            address=TOWN,
            address_raw=b"",
            raw_encoding="utf-8",
            born="1980-09-08",
            sex="m",
        )
        for number in range(2, 104)
    )
    with django_assert_max_num_queries(12):
        page = client.post("/search/", terms).content.decode()
    assert "全部は表示していません" in page
    assert page.count('<td class="code">1980-**-**</td>') == 100


def test_roles_without_the_right_may_not_search(make_person: MakeCard, signed_in_client: SignIn) -> None:
    make_person(1)
    for role in ("operator", "administrator", "auditor"):
        client = signed_in_client(role)
        assert client.get("/search/").status_code == 403
        assert client.post("/search/", {"name": "高橋", "born": "1980-09-08"}).status_code == 403


def test_the_page_opens_empty_and_a_wrong_date_says_how_to_write_one(db: None, signed_in_client: SignIn) -> None:
    client = signed_in_client("chief")
    assert "番号で探す" in client.get("/search/").content.decode()
    answer = client.post("/search/", {"name": "高橋", "born": "きのう"})
    assert answer.status_code == 422
    assert "生年月日として読めません" in answer.content.decode()


@pytest.mark.parametrize("typed", ["辻堂", "藤沢市辻堂", "神奈川県藤沢市辻堂神台2丁目", "辻堂神台2"])
@pytest.mark.parametrize("stored", ["神奈川県藤沢市辻堂神台２丁目３番", "藤沢市辻堂神台２丁目３番", "辻堂神台２丁目３番"])
def test_an_address_is_found_with_and_without_our_city_before_it(make_person: MakeCard, stored: str, typed: str) -> None:
    own = make_person(1, address=stored)
    make_person(2, address="東京都中央区辻堂神台２丁目３番")
    assert found(Terms(name="髙橋", address=typed)) == [own.pk]


@pytest.mark.parametrize("kind", ["name", "kana"])
def test_a_name_and_an_address_are_read_from_indexes(make_person: MakeCard, kind: str) -> None:
    """Not only the part of town stands first in the index that is read, but also the name behind it."""
    statement = {"name": queries._BY_NAME, "kana": queries._BY_KANA}[kind]
    make_person(1)
    values = queries._name_values("高橋", "辻堂", own_municipality())
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO cards_card (application_id, application_id_shown, serial, dispatch_no, name, name_raw, kana, born, sex, address,"
            " address_raw, raw_encoding, name_key, kana_key, address_key)"
            " SELECT n::text, n::text, '', n::text, '', '', '', '1980-09-08', 'm', '', '', 'utf-8', 'n' || n, 'k' || n, 'a' || n % 40"
            " FROM generate_series(1, 2000) n"
        )
        cursor.execute(f"SET ROLE {role_name('test', 'migrator')}; ANALYZE cards_card; SET ROLE {role_name('test', 'service')}")
        cursor.execute(f"EXPLAIN {statement}", {**values, "protected": "protected"})
        plan = "\n".join(line for (line,) in cursor.fetchall())
    for condition in (f"({kind}_key ~>=~ '高橋'::text)", f"(reverse({kind}_key) ~>=~ '橋高'::text)"):
        assert f"Index Cond: ((area_key = area.area_key) AND {condition}" in plan


# -- the auditor's way -----------------------------------------------------


def traced(client: Client, **given: str) -> str:
    today = clock.today().isoformat()
    answer = client.post("/search/trace/", {"day_from": today, "day_until": today, **given})
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_auditor_finds_who_searched_for_a_name_by_its_digest(
    make_person: MakeCard, signed_in_client: SignIn, as_auditor: AsAuditor
) -> None:
    make_person(1)
    clerk, other = signed_in_client("clerk"), signed_in_client("clerk", user_id="other")
    clerk.post("/search/", {"name": "高橋", "born": "1980-09-08"})
    other.post("/search/", {"name": "佐藤", "born": "1980-09-08"})
    auditor = signed_in_client("auditor")
    # Written otherwise, folded alike: the digest is the same.
    page = traced(auditor, name="髙橋")
    assert '<span class="code">clerk</span>' in page
    assert '<span class="code">other</span>' not in page
    assert "髙橋　一郎" not in page
    assert "A1B000001" not in page
    assert page.count('<span class="code">') == 1
    assert traced(auditor, born="S55.9.8").count('<span class="code">') == 2
    assert "この語を使った検索はありません" in traced(auditor, name="高")
    with as_auditor():
        events = list(AuditEvent.objects.filter(process_code="search.people.trace").order_by("pk"))
    assert events[0].content["terms"] == {"name": keyed("name", "高橋")}
    assert not any("高橋" in str(event.content) or "髙橋" in str(event.content) for event in events)


def test_searches_that_were_refused_are_found_too_and_days_bound_the_search(make_person: MakeCard, signed_in_client: SignIn) -> None:
    signed_in_client("clerk").post("/search/", {"name": "高橋"})
    auditor = signed_in_client("auditor")
    assert '<span class="code">clerk</span>' in traced(auditor, name="高橋")
    assert "この語を使った検索はありません" in traced(auditor, name="高橋", day_from="2026-01-01", day_until="2026-01-02")
    for wrong in ({"name": ""}, {"name": "高橋", "day_until": "2020-01-01"}, {"name": "高橋", "day_from": "2020-01-01"}):
        today = clock.today().isoformat()
        assert auditor.post("/search/trace/", {"day_from": today, "day_until": today, **wrong}).status_code == 422


def test_only_auditors_trace(db: None, signed_in_client: SignIn) -> None:
    for role in ("clerk", "chief", "operator", "administrator"):
        assert signed_in_client(role).get("/search/trace/").status_code == 403
    assert signed_in_client("auditor").get("/search/trace/").status_code == 200
