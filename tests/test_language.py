"""The command line speaks Japanese, or English where the locale asks for it, and knows the English of every sentence it says."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from madoguchi.kernel.kfx_refusals import REFUSALS
from madoguchi.platform.exchange.services import receiving
from madoguchi.platform.language import CATALOGUES, language_of, say
from madoguchi.zones.command import VERBS, main

SOURCE = CATALOGUES.parent
CATALOGUE = CATALOGUES / "en" / "LC_MESSAGES" / "command.po"
JAPANESE = re.compile("[ぁ-んァ-ヶ一-龠]")
ENGLISH = {"LC_ALL": "", "LC_MESSAGES": "", "LANG": "en_US.UTF-8"}


def english() -> dict[str, str]:
    with CATALOGUE.open("rb") as words:
        return {str(message.id): str(message.string) for message in read_po(words) if message.id}


def said() -> Iterator[str]:
    """Every sentence that goes through `say`: literals in the code, and the words of the commands."""
    for file in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="say"), args=[ast.Constant(value=sentence)]):
                    yield str(sentence)
    for verb in VERBS:
        yield verb.help
        yield from (str(item.options["help"]) for item in verb.arguments if "help" in item.options)
    yield from (receiving.NO_SCANNER, receiving.RECEIPT_NOT_WRITTEN, receiving.COPY_NOT_KEPT)


def test_every_sentence_has_its_english_and_nothing_is_left_over() -> None:
    assert set(said()) == english().keys()
    assert [
        text for text in english().values() if not text or JAPANESE.search(text.replace("製造管理番号", "").replace("申請書ID", ""))
    ] == []
    assert [
        japanese for japanese, text in english().items() if set(re.findall(r"{\w+}", japanese)) != set(re.findall(r"{\w+}", text))
    ] == []


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "ja"),
        ({"LANG": "C.UTF-8"}, "ja"),
        ({"LANG": "ja_JP.UTF-8"}, "ja"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "en"}, "en"),
        ({"LANG": "ja_JP.UTF-8", "LC_MESSAGES": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "ja_JP.UTF-8"}, "ja"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": ""}, "en"),
        ({"LANG": "eno_XX"}, "ja"),
    ],
)
def test_the_locale_decides(environment: dict[str, str], language: str) -> None:
    assert language_of(environment) == language


def test_help_and_refusals_speak_english_where_they_are_asked_to(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.delenv("MADOGUCHI_DATA", raising=False)
    for name, value in ENGLISH.items():
        monkeypatch.setenv(name, value)
    assert main(["delivery", "cards", "list"]) == 1
    assert capsys.readouterr().err == "No data folder is named. Add --data DIR, or set the environment variable MADOGUCHI_DATA.\n"
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "Look over this installation" in capsys.readouterr().out
    monkeypatch.setenv("LANG", "ja_JP.UTF-8")
    assert main(["delivery", "cards", "list"]) == 1
    assert "データのフォルダーが分かりません" in capsys.readouterr().err


def test_every_refusal_of_an_exchange_file_is_written_in_both_languages() -> None:
    for refusal in REFUSALS.values():
        assert JAPANESE.search(refusal.ja)
        assert JAPANESE.search(refusal.next_ja)
        assert not JAPANESE.search(refusal.en + refusal.next_en)


def test_a_sentence_without_a_catalogue_stays_japanese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    assert say("この文は目録にありません。") == "この文は目録にありません。"
