"""Every sentence that citizens can read is said in every language, with the same facts in it (BK-14, A18)."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.catalog import Message

from madoguchi.platform.ui.furigana import KANJI, MARKED, without_marked, without_readings
from madoguchi.platform.ui.languages import CODES, EASY, JAPANESE

SCRIPT = Path(__file__).resolve().parent.parent / "scripts" / "collect_messages.py"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%|</?\w+[^>]*>")
KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]")
HANGUL = re.compile("[\uac00-\ud7a3]")
# In Japanese that everybody should understand no sentence is longer.
LONGEST = 40
# What stands in a sentence for a name or number of unknown length is not counted, nor is markup.
SENTENCE_END = re.compile(r"[。！？\n]")


def collector() -> ModuleType:
    spec = importlib.util.spec_from_file_location("collect_messages", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


COLLECT = collector()
LANGUAGES = sorted(COLLECT.CATALOGUES)


def messages(language: str) -> list[Message]:
    return [message for message in COLLECT.read_catalogue(language) if message.id]


def faults_of(language: str, japanese: str, translation: str) -> list[str]:
    """Return what is wrong with one translation."""
    faults = []
    if sorted(PLACEHOLDER.findall(japanese)) != sorted(PLACEHOLDER.findall(translation)):
        faults.append("placeholders or markup differ")
    if language == EASY:
        faults += _faults_of_easy(translation)
    elif KANA.search(translation):
        faults.append("kana left in it")
    if language != "ko" and HANGUL.search(translation):
        faults.append("Korean in it")
    return faults


def _faults_of_easy(text: str) -> list[str]:
    faults = []
    plain = PLACEHOLDER.sub("", text)
    if KANJI.search(without_marked(plain)):
        faults.append("kanji without a reading")
    if "{" in MARKED.sub("", plain):
        faults.append("a reading that stands over nothing")
    faults += [f"longer than {LONGEST}" for part in SENTENCE_END.split(without_readings(plain)) if len(part.strip()) > LONGEST]
    return faults


def test_the_catalogues_are_those_of_the_languages_offered() -> None:
    assert {JAPANESE, *LANGUAGES} == set(CODES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_translated_and_none_is_left_over(language: str) -> None:
    found = {sentence.text for sentence in COLLECT.sentences()}
    known = {COLLECT.text_of(message) for message in messages(language)}
    assert found - known == set(), "python scripts/collect_messages.py collects them"
    assert known - found == set(), "python scripts/collect_messages.py leaves them out"
    assert [COLLECT.text_of(message) for message in messages(language) if message.fuzzy or not all(COLLECT.forms_of(message))] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_translation_says_the_same_facts_in_its_own_language(language: str) -> None:
    faults = [
        f"{COLLECT.text_of(message)!r}: {fault} in {form!r}"
        for message in messages(language)
        for form in COLLECT.forms_of(message)
        if form
        for fault in faults_of(language, COLLECT.text_of(message), form)
    ]
    assert not faults, "\n" + "\n".join(faults)


@pytest.mark.parametrize(
    ("language", "japanese", "translation"),
    [
        ("en", "電話 %(phone)s", "Phone"),
        ("en", "電話 %(phone)s", "Phone %(telephone)s"),
        ("en", "はい <b>今</b>", "Yes now"),
        ("vi", "予約する", "Đặt lịch する"),
        ("pt", "予約する", "예약"),
        (EASY, "予約する", "予約する"),
        (EASY, "予約する", "よやく{する}"),
        (EASY, "長い", "あ" * 41 + "。"),
    ],
)
def test_a_planted_fault_is_found(language: str, japanese: str, translation: str) -> None:
    assert faults_of(language, japanese, translation)


def test_staff_pages_are_not_collected_and_public_ones_are() -> None:
    texts = {sentence.text for sentence in COLLECT.sentences()}
    assert {"予約する", "当日の持ち物", "カードを受け取る", "ページが見つかりません", "交付通知書（はがき）"} <= texts
    assert not texts & {"市区町村の設定", "持ち物案内の規則を変える", "代理予約・照会"}
