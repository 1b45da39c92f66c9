"""外字: the table and the font by two people, what pages and letters show, which letters wait, and how people are found (DL-17)."""

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from madoguchi.delivery.cards.models import Card, OwnCharacter, OwnFontFile
from madoguchi.delivery.cards.own_characters import Entry, Known, cards_with_unknown, substitutes, write_entries
from madoguchi.delivery.characters.showing import shown
from madoguchi.delivery.characters.tables import read_table
from madoguchi.delivery.dispatch import letters
from madoguchi.delivery.dispatch.choosing import choose_by_state
from madoguchi.delivery.dispatch.models import Kind
from madoguchi.delivery.dispatch.queries import first_words
from madoguchi.delivery.search.queries import people
from madoguchi.delivery.search.terms import Terms
from madoguchi.kernel.own_characters import PRIVATE_USE_PATTERN
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.documents.batches import print_batch
from madoguchi.platform.documents.zone_fonts import own_font_folder, zone_shelf
from madoguchi.platform.verbs import Silent

MakeCard = Callable[..., Card]
SignedIn = Callable[..., Client]


def font_of(*points: int, embedding: int = 0) -> bytes:
    """A font with a triangle for each of `points`."""
    builder = FontBuilder(1000, isTTF=True)
    names = {point: f"own{point:X}" for point in points}
    builder.setupGlyphOrder([".notdef", *names.values()])
    builder.setupCharacterMap(names)
    pen = TTGlyphPen(None)
    for place, corner in enumerate([(100, 0), (500, 800), (900, 0)]):
        (pen.lineTo if place else pen.moveTo)(corner)
    pen.closePath()
    shape = pen.glyph()
    builder.setupGlyf({".notdef": TTGlyphPen(None).glyph(), **dict.fromkeys(names.values(), shape)})
    builder.setupHorizontalMetrics({".notdef": (1000, 0), **dict.fromkeys(names.values(), (1000, 100))})
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    builder.setupNameTable({"familyName": "Town Gaiji", "styleName": "Regular", "psName": "TownGaiji-Regular"})
    builder.setupOS2(sTypoAscender=880, fsType=embedding)
    builder.setupPost()
    out = io.BytesIO()
    builder.save(out)
    return out.getvalue()


@pytest.fixture
def zone_folder(settings: Any, tmp_path: Path) -> Path:
    settings.MADOGUCHI_FOLDER = tmp_path
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "madoguchi.delivery.characters.middleware.OwnCharactersShown"]
    return tmp_path


@pytest.fixture
def chief_page(city: object, signed_in_client: SignedIn, zone_folder: Path) -> Client:
    return signed_in_client("chief", user_id="head")


@pytest.fixture
def second(signed_in_client: SignedIn) -> dict[str, str]:
    signed_in_client("chief", user_id="second")
    return {"witness_user_id": "second", "witness_password": "kawa-no-hotori-7"}


def csv_file(*lines: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("table.csv", "\r\n".join(["文字コード,代替文字,説明", *lines]).encode())


def test_a_table_says_of_every_line_what_is_wrong() -> None:
    read = read_table(
        "文字コード,代替文字,説明\nU+E000,辺,しんにょう\nE001,辺,\nU+E002,渡辺,\nF040,邊,\nF041,,字形だけ\nU+8FBA,辺,\n".encode()
    )
    assert [(entry.code_point, entry.substitute) for entry in read.entries] == [(0xE000, "辺"), (0xE001, "")]
    assert [(wrong.line, wrong.column) for wrong in read.wrong] == [
        (3, "文字コード"),
        (4, "代替文字"),
        (5, "文字コード"),
        (7, "文字コード"),
    ]


def test_text_is_marked_and_form_fields_stay_as_they_are() -> None:
    page = '<title>\ue000</title><p class="\ue000">渡\ue000\ue001\ue002</p><input value="\ue000"><textarea>\ue000</textarea>'
    html = shown(page, frozenset([0xE002]), {0xE000: "辺"})
    text = html.partition("<p")[2].partition("</p>")[0]
    assert re.search(r"渡<span [^>]*>辺<span class=\"visually-hidden\">[^<]*U\+E000", text)
    assert re.search(r">〓<span[^>]*>[^<]*U\+E001", text)
    assert text.endswith("\ue002")
    assert '<input value="\ue000"><textarea>\ue000</textarea>' in html
    assert "<title>\ue000</title>" in html
    assert 'class="\ue000"' in html


@pytest.mark.django_db
def test_a_table_is_tried_then_put_into_force_by_two_people(chief_page: Client, second: dict[str, str]) -> None:
    tried = chief_page.post("/characters/import/", {"file": csv_file("U+E000,辺,一点しんにょう", "F041,吉,")})
    assert "新しい文字 2 字" in tried.content.decode()
    assert not OwnCharacter.objects.exists()
    kept = {"kept": tried.context["kept"]}
    alone = chief_page.post("/characters/import/apply/", {**kept, "witness_user_id": "head", "witness_password": "x"})
    assert alone.status_code == 422
    assert not OwnCharacter.objects.exists()
    assert chief_page.post("/characters/import/apply/", {**kept, **second}).status_code == 302
    assert substitutes() == {0xE000: "辺", 0xE001: "吉"}
    page = chief_page.get("/characters/").content.decode()
    assert "F040" in page
    assert "一点しんにょう" in page
    exported = chief_page.get("/characters/table.csv").content
    assert chief_page.post("/characters/import/", {"file": SimpleUploadedFile("t.csv", exported)}).context["same"] == 2


@pytest.mark.django_db
def test_a_changed_character_is_a_new_version_and_the_history_stays(chief_page: Client, second: dict[str, str]) -> None:
    for substitute in ("辺", "邊", "邊"):
        chief_page.post("/characters/save/", {"code": "F040", "substitute": substitute, **second})
    assert list(OwnCharacter.objects.values_list("version", "substitute")) == [(2, "邊"), (1, "辺")]
    assert OwnCharacter.objects.get(replaced_at__isnull=True).second == "second"
    assert chief_page.get(f"/characters/{0xE000}/").content.decode().count("<tr>") == 3
    assert chief_page.post("/characters/save/", {"code": "E000", "substitute": "辺", **second}).status_code == 422


@pytest.mark.django_db
def test_a_wrong_line_keeps_the_whole_table_out(chief_page: Client) -> None:
    tried = chief_page.post("/characters/import/", {"file": csv_file("U+E000,辺,", "U+E001,\ue000,")})
    assert tried.status_code == 422
    assert not tried.context["kept"]
    assert chief_page.post("/characters/import/apply/", {"kept": "forged"}).status_code == 302
    assert not OwnCharacter.objects.exists()


@pytest.mark.django_db
def test_a_font_is_checked_put_in_by_two_people_and_serves_the_pages(
    chief_page: Client, second: dict[str, str], make_card: MakeCard
) -> None:
    card = make_card(name="渡\ue000　一郎", address="藤沢市")

    def put(content: bytes) -> Any:
        return chief_page.post("/characters/font/", {"file": SimpleUploadedFile("town.ttf", content), **second})

    assert put(b"no font at all").status_code == 422
    assert put(font_of(0x4E00)).status_code == 422
    assert put(font_of(0xE000, embedding=2)).status_code == 422
    assert not OwnFontFile.objects.exists()
    opened = f"/cards/{card.pk}/reveal/", {"field": "name"}
    assert "〓" in chief_page.post(*opened, headers={"X-Reveal": "ask"}).content.decode()
    assert put(font_of(0xE000, 0xE001)).status_code == 302
    page = chief_page.post(*opened).content.decode()
    assert "渡\ue000　一郎" in page
    (sheet,) = re.findall(r'href="(/characters/style/[^"]+)"', page)
    rules = chief_page.get(sheet).content.decode()
    assert "U+E000-E001" in rules
    (font,) = re.findall(r'url\("([^"]+)"\)', rules)
    answer = chief_page.get(font)
    assert b"".join(answer.streaming_content) == (next(own_font_folder().glob("*.ttf"))).read_bytes()  # type: ignore[attr-defined]
    assert Client().get(font).status_code in {302, 403}
    assert put(font_of(0xE000)).status_code == 302
    assert len(list(own_font_folder().glob("own-*"))) == 1
    assert chief_page.get(sheet).status_code == 404


@pytest.mark.django_db
def test_a_clerk_reads_the_table_and_changes_nothing(city: object, zone_folder: Path, signed_in_client: SignedIn) -> None:
    clerk = signed_in_client("clerk")
    assert clerk.get("/characters/").status_code == 200
    assert clerk.post("/characters/save/", {}).status_code == 403
    assert clerk.get("/characters/font/").status_code == 403


@pytest.mark.django_db
def test_letters_wait_for_a_character_that_nobody_knows_and_go_with_a_substitute(
    make_card: MakeCard, chief: Actor, signed_in_client: SignedIn, zone_folder: Path
) -> None:
    card = make_card(name="渡\ue000　一郎", address="藤沢市朝日町1", progress="preset", place_kind="counter", site_id=_site())
    plain = make_card(2, name="山田　花子", address="藤沢市朝日町2", progress="preset", place_kind="counter", site_id=_site())
    choice = choose_by_state("preset")
    assert [one.pk for one in choice.cards] == [plain.pk]
    assert "U+E000" in choice.skipped[0].reason
    page = signed_in_client("clerk").get("/characters/unknown/").content.decode()
    assert "U+E000" in page
    assert "渡" in page
    assert "一郎" not in page
    write_entries([Entry(0xE000, "辺", "")], chief, second="second")
    assert cards_with_unknown() == []
    assert [one.pk for one in choose_by_state("preset").cards] == [card.pk, plain.pk]
    card.refresh_from_db()
    assert card.name == "渡\ue000　一郎"
    assert card.name_key == "渡辺一郎"


def _site() -> int:
    from madoguchi.delivery.cards.models import DeliveryPlace

    return DeliveryPlace.objects.get(code="01").pk


@pytest.mark.django_db
def test_a_person_is_found_by_the_substitute_and_by_the_character_itself(make_card: MakeCard, chief: Actor, zone_folder: Path) -> None:
    make_card(name="渡\ue000　一郎", name_key="渡\ue000一郎", address="藤沢市\ue001町1", address_key="藤沢市\ue001町1", kana_key="")
    assert not people(Terms(name="渡辺", address="藤沢市朝")).hits
    write_entries([Entry(0xE000, "邉", ""), Entry(0xE001, "朝", "")], chief, second="second")
    for name in ("渡辺", "渡\ue000", "渡邊一郎"):
        (hit,) = people(Terms(name=name, address="藤沢市朝")).hits
        assert hit.person.name == "渡\ue000　一郎"


@pytest.mark.django_db
def test_a_letter_prints_the_font_before_the_substitute_and_says_what_it_printed(
    city: object, chief: Actor, zone_folder: Path, tmp_path: Path
) -> None:
    own_font_folder().mkdir()
    (own_font_folder() / "own-test.ttf").write_bytes(font_of(0xE000))
    write_entries([Entry(0xE000, "辺", ""), Entry(0xE001, "吉", "")], chief, second="second")
    shelf, today = zone_shelf(), clock.today()
    frame = letters.frame(
        Kind.NOTICE,
        first_words(Kind.NOTICE),
        shelf,
        made_on=today,
        deadline=today,
        public_url="https://yoyaku.example",
        municipality="藤沢市",
    )
    recipient = letters.Recipient("A1B000001", None, "渡\ue000　\ue001太", "2510054", ("藤沢市朝日町1",), "", "", birthday_known=True)
    composed = letters.compose(recipient, frame, sheet_code="SA0000001", order="1 / 1")
    assert composed.missing == ()
    printed = print_batch(
        letters.LAYOUT_OF[Kind.NOTICE],
        letters.common_data(frame),
        [composed.sheet],
        tmp_path / "letter.pdf",
        total=1,
        shelf=shelf,
        progress=Silent(),
    )
    with pypdfium2.PdfDocument(printed.path) as document:
        text = document[0].get_textpage().get_text_range()
    assert "渡\ue000" in text.replace(" ", "")
    assert "吉太" in text.replace(" ", "")
    assert "\ue001" not in text


@pytest.mark.django_db
def test_without_an_own_character_nothing_is_asked_of_the_database(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert Known().unknown_in("髙橋　一郎", "藤沢市") == []
        assert Known().folded("髙橋　一郎") == "髙橋　一郎"
    assert re.search(PRIVATE_USE_PATTERN, "\U000f0000")
