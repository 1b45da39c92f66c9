"""Names: shown as they are, found however they are typed."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.kernel import names
from madoguchi.kernel.kanji_variants import VARIANT_GROUPS

JAPANESE = st.text(
    alphabet=st.characters(codec="utf-8", categories=["Lo", "Lm", "Ll", "Lu", "Nd", "Zs", "Mn", "Co"])
    | st.sampled_from("髙﨑邊々ガ゙ぱッー・　ｶﾞﾊﾟ\U000e0101\u200d神󠄁𠮷"),
    max_size=12,
)


@pytest.mark.parametrize("text", ["髙橋　一郎", "神\U000e0100田", "\ufa19田", "①㈱ﾔﾏﾀﾞ", "𠮷野", "\ue000田", "O'BRIEN", "か\u3099", "ĐẶNG"])
def test_what_is_shown_is_what_came(text: str) -> None:
    assert names.display(text) == text
    assert not names.has_control_characters(text)


def test_what_would_hide_or_reorder_becomes_visible() -> None:
    assert names.display("佐\x07藤") == "佐␇藤"
    assert names.display("佐\x7f藤\x85") == "佐␡藤‹U+0085›"
    assert names.display("佐\u202e藤") == "佐‹U+202E›藤"
    assert names.display("佐\ud800藤") == "佐‹U+D800›藤"
    assert names.has_control_characters("佐\x07藤")


@given(st.text())
def test_shown_text_is_always_safe(text: str) -> None:
    shown = names.display(text)
    assert not names.has_control_characters(shown)
    assert names.display(shown) == shown
    shown.encode("utf-8")


@pytest.mark.parametrize(
    ("stored", "typed"),
    [
        ("髙橋　一郎", "高橋一郎"),
        ("山﨑", "山崎"),
        ("渡邊", "渡辺"),
        ("渡邉", "渡辺"),
        ("齋藤", "斉藤"),
        ("齊藤", "斉藤"),
        ("斎藤", "斉藤"),
        ("濵田", "浜田"),
        ("濱田", "浜田"),
        ("德永", "徳永"),
        ("桒原", "桑原"),
        ("𠮷野家", "吉野家"),
        ("渡邊\U000e0102", "渡辺"),
        ("\ufa19田", "神田"),
        ("龍之介", "竜之介"),
        ("国嶋", "國島"),
        ("澤田　廣", "沢田広"),
        ("佐々木", "佐佐木"),
        ("ゑい", "ヱイ"),
        ("ﾖｼ", "よし"),
        ("カ\u3099", "が"),
        ("ｶﾞ", "ガ"),
        ("NGUYEN THI ANH", "nguyen thi anh"),
        ("ＮＧＵＹＥＮ", "Nguyen"),
        ("O'BRIEN SEAN", "o’brien  sean"),
        ("José", "JOSE"),
        ("ĐẶNG", "dang"),
        ("マリア・テレサ", "マリア テレサ"),
        ("鎌ヶ谷", "鎌ケ谷"),
        ("朝日町５－１２", "朝日町5−12"),
        ("STRASSE", "Straße"),
    ],
)
def test_a_name_is_found_however_it_is_typed(stored: str, typed: str) -> None:
    assert names.search_key(stored) == names.search_key(typed)
    assert names.search_key(stored)


@pytest.mark.parametrize(("one", "other"), [("佐藤", "加藤"), ("かき", "がき"), ("勇", "湧"), ("大野", "小野"), ("サトウ", "サト")])
def test_different_names_stay_different(one: str, other: str) -> None:
    assert names.search_key(one) != names.search_key(other)


@pytest.mark.parametrize(
    ("stored", "typed"),
    [
        ("ｻﾄｳ ｲﾁﾛｳ", "さとう いちろう"),
        ("ﾔﾏｻﾞｷ", "ヤマサキ"),
        ("ヱイ", "エイ"),
        ("ヰチロウ", "イチロウ"),
        ("ヲサム", "オサム"),
        ("ショウジ", "シヨウシ"),
        ("リュウノスケ", "リユウノスケ"),
        ("ハットリ", "ハツトリ"),
        ("ミツヂ", "ミツジ"),
        ("シヅカ", "シズカ"),
        ("コージ", "コウジ"),
        ("ケーコ", "ケイコ"),
        ("オーノ", "オオノ"),
        ("マリー", "マリイ"),
        ("ﾏﾘｰ", "マリ−"),
        ("ショーン", "ショウン"),
        ("ヴィクトル", "ビクトル"),
        ("グエン ティ フオン アン", "グエンティフオンアン"),
        ("ジョアン・ペドロ", "ジョアンペドロ"),
        ("ハ\u3099ハ\u309a", "ババ"),
        ("テシガワラ", "テシカワラ"),
    ],
)
def test_a_reading_is_found_however_it_is_written(stored: str, typed: str) -> None:
    assert names.kana_key(stored) == names.kana_key(typed)
    assert names.kana_key(stored)


@pytest.mark.parametrize(("one", "other"), [("オオノ", "オノ"), ("サトウ", "サトオ"), ("ユウキ", "ユキ")])
def test_different_readings_stay_different(one: str, other: str) -> None:
    assert names.kana_key(one) != names.kana_key(other)


@given(JAPANESE)
def test_a_key_is_its_own_key(text: str) -> None:
    key = names.search_key(text)
    assert names.search_key(key) == key
    reading = names.kana_key(text)
    assert names.kana_key(reading) == reading


@given(st.text(alphabet="あいうえおかがきぎくぐさざしじただちぢつっとどなのはばぱまみゃやゆよんー", max_size=10))
def test_script_and_width_of_a_reading_do_not_matter(hiragana: str) -> None:
    katakana = "".join(chr(ord(char) + 0x60) if "ぁ" <= char <= "ゖ" else char for char in hiragana)
    assert names.kana_key(hiragana) == names.kana_key(katakana)
    assert names.kana_key(unicodedata.normalize("NFD", katakana)) == names.kana_key(katakana)
    assert names.search_key(hiragana) == names.search_key(katakana)


@given(JAPANESE, JAPANESE)
def test_a_part_is_found_by_its_pairs(before: str, part: str) -> None:
    key = names.search_key(part)
    whole = before + key
    assert set(names.bigrams(key)) <= set(names.bigrams(whole)) or len(key) < 2


def test_bigrams_by_value() -> None:
    assert names.bigrams("") == []
    assert names.bigrams("一") == ["一"]
    assert names.bigrams("佐藤花子") == ["佐藤", "藤花", "花子"]
    assert names.bigrams("ああああ") == ["ああ"]


@pytest.mark.parametrize(
    ("text", "clusters"),
    [
        ("", []),
        ("佐藤　一郎", ["佐", "藤", "　", "一", "郎"]),
        ("神\U000e0100田", ["神\U000e0100", "田"]),
        ("𠮷野", ["𠮷", "野"]),
        ("か\u3099く", ["か\u3099", "く"]),
        ("ﾊﾞﾊﾟ", ["ﾊﾞ", "ﾊﾟ"]),
        ("e\u0301a", ["e\u0301", "a"]),
        ("\U0001f469\u200d\U0001f4bb", ["\U0001f469\u200d\U0001f4bb"]),
        ("\ue000田", ["\ue000", "田"]),
    ],
)
def test_characters_are_counted_as_a_reader_does(text: str, clusters: list[str]) -> None:
    assert names.graphemes(text) == clusters
    assert names.length(text) == len(clusters)


@given(st.text())
def test_nothing_is_lost_between_characters(text: str) -> None:
    clusters = names.graphemes(text)
    assert "".join(clusters) == text
    assert names.length(text) == len(clusters)
    assert all(clusters)


def test_peculiar_characters_are_named() -> None:
    text = "\ue000神\U000e0100\uf8ff𠮷\U000f0000"
    assert names.private_use_positions(text) == [0, 3, 5]
    assert names.has_gaiji(text)
    assert not names.has_gaiji("髙﨑𠮷")
    assert names.variation_sequences(text) == ["神\U000e0100"]


def test_the_source_is_kept_beside_the_text() -> None:
    raw = b"\xf0\x40\x93\x63"
    source = names.SourceText(raw, "cp932", raw.decode("cp932"))
    assert names.has_gaiji(source.text)
    assert source.raw == raw
    with pytest.raises(AttributeError):
        source.text = ""  # type: ignore[misc]  # the point of the test: it is frozen


def test_the_variant_table_is_sound() -> None:
    members = [char for group in VARIANT_GROUPS for char in group]
    assert len(members) == len(set(members)), "a character stands in two groups"
    assert len(VARIANT_GROUPS) > 400
    for group in VARIANT_GROUPS:
        assert len(group) > 1
        assert all(unicodedata.normalize("NFKC", char) == char for char in group), group


def test_the_quick_count_covers_no_character_that_joins() -> None:
    simple = [chr(code) for code in range(0x10000) if names._SIMPLE.fullmatch(chr(code))]
    assert "髙" in simple
    assert [char for char in simple if names._extends(char)] == []
