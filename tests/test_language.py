"""The command line speaks Japanese, or English where the locale asks for it, and knows the English of every sentence it says."""

import ast
import copy
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from madoguchi.delivery.cards.rules import ACT_BY_CODE, AXES, Notice, Progress
from madoguchi.delivery.dispatch.models import Kind
from madoguchi.delivery.dispatch.rules import SEND_ACT
from madoguchi.delivery.intake.checking import SENTENCES
from madoguchi.delivery.matching.rules import BookingState, Match
from madoguchi.kernel.kfx_refusals import REFUSALS
from madoguchi.platform.exchange.services import receiving
from madoguchi.platform.language import CATALOGUES, Sentence, language_of, say, say_within
from madoguchi.zones.command import VERBS, main

SOURCE = CATALOGUES.parent
CATALOGUE = CATALOGUES / "en" / "LC_MESSAGES" / "command.po"
JAPANESE = re.compile("[ぁ-んァ-ヶ一-龠]")
ENGLISH = {"LC_ALL": "", "LC_MESSAGES": "", "LANG": "en_US.UTF-8"}


def english() -> dict[str, str]:
    with CATALOGUE.open("rb") as words:
        return {str(message.id): str(message.string) for message in read_po(words) if message.id}


def said() -> Iterator[str]:
    """Every sentence that goes through `say`: literals in the code, the words of the commands, and the tables that commands read from."""
    for file in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="say" | "Sentence"), args=[ast.Constant(value=sentence), *_]):
                    yield str(sentence)
    yield from said_by_the_parser()
    yield from (receiving.NO_SCANNER, receiving.RECEIPT_NOT_WRITTEN, receiving.COPY_NOT_KEPT, *SENTENCES.values())
    yield from (value.label for value in (*BookingState, *Match, *Notice, *Progress))
    yield from (*(ACT_BY_CODE[code].name for code in ("make_notice", *SEND_ACT.values())), *(str(kind.label) for kind in Kind))
    yield from (axis.name for axis in AXES if axis.code == "notice")


def said_by_the_parser() -> Iterator[str]:
    for verb in VERBS:
        yield verb.help
        yield from (str(item.options["help"]) for item in verb.arguments if "help" in item.options)


def unspoken(source: str, known: set[str]) -> Iterator[str]:
    """Yield the Japanese texts of a module that stand neither in a sentence nor in a docstring."""
    waiting: list[ast.AST] = [ast.parse(source)]
    while waiting:
        match node := waiting.pop(0):
            case ast.Call(func=ast.Name(id="say" | "Sentence"), args=[ast.Constant(), *_]) | ast.Expr(value=ast.Constant()):
                continue
            case ast.Constant(value=str(text)) if JAPANESE.search(text) and text not in known:
                yield text
        waiting.extend(ast.iter_child_nodes(node))


def test_every_sentence_has_its_english_and_nothing_is_left_over() -> None:
    assert set(said()) == english().keys()
    assert [
        text for text in english().values() if not text or JAPANESE.search(text.replace("製造管理番号", "").replace("申請書ID", ""))
    ] == []
    assert [
        japanese for japanese, text in english().items() if set(re.findall(r"{(\w+)", japanese)) != set(re.findall(r"{(\w+)", text))
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


SPEAKING = (
    *(f"zones/{name}.py" for name in ("command", "demo", "doctor", "serving", "setting_up")),
    *(f"delivery/{app}/commands.py" for app in ("cards", "dispatch", "intake", "matching")),
    *(f"booking/{app}/commands.py" for app in ("calendar", "reservations")),
    *("delivery/intake/sentences.py", "delivery/intake/services.py", "delivery/dispatch/choosing.py", "platform/database/cluster.py"),
    *(
        "platform/exchange/commands.py",
        "platform/exchange/keys.py",
        "platform/secrets.py",
        "platform/documents/fonts.py",
        "platform/condition/checks.py",
    ),
)
# Names of the first accounts and a reason for the history, which are data; help texts, which the parser says itself.
NOT_SAID = {
    "delivery/dispatch/commands.py": {"コマンドによる刷り直し"},
    "zones/setting_up.py": {"最初の管理者", "責任者"},
    "zones/command.py": set(said_by_the_parser()),
}


@pytest.mark.parametrize("name", SPEAKING)
def test_what_a_verb_says_is_a_sentence_that_can_be_said_in_english(name: str) -> None:
    assert list(unspoken((SOURCE / name).read_text(encoding="utf-8"), NOT_SAID.get(name, set()))) == []


def test_a_bare_sentence_in_a_verb_is_found() -> None:
    assert list(unspoken('raise Refusal(f"予約が{n}件あります。")', set())) == ["予約が", "件あります。"]
    assert list(unspoken('"""予約"""\nraise Refusal(Sentence("予約が{n}件あります。", n=1))', set())) == []


def test_a_sentence_fills_its_blanks_with_sentences_and_survives_a_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    sentence = Sentence("通知は「{label}」です", label=Sentence("発送済"))
    assert copy.deepcopy(sentence) == sentence == "通知は「発送済」です"
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    assert say(copy.deepcopy(sentence)) == 'the notice is "sent"'
    assert say_within({"reason": [sentence], "name": "通知"}) == {"reason": ['the notice is "sent"'], "name": "通知"}


def test_a_sentence_without_a_catalogue_stays_japanese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    assert say("この文は目録にありません。") == "この文は目録にありません。"


def test_wrong_usage_is_named_in_the_language_of_the_locale(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for words, japanese, english_words in (
        (["delivery", "cards", "import"], "足りないものがあります: FILE, --mapping", "something is missing: FILE, --mapping"),
        (["delivery", "cards", "list", "--format", "xml"], "--format に 'xml' は使えません", "'xml' is no value of --format"),
        (["demo", "--port", "x"], "--port は整数で", "--port takes a whole number"),
        (["demo", "--port"], "--port に値がありません", "--port lacks its value"),
        (["doctor", "--fast"], "知らない語があります: --fast", "unknown words: --fast"),
    ):
        for language, wanted in (("ja_JP.UTF-8", japanese), ("en_US.UTF-8", english_words)):
            monkeypatch.setenv("LC_ALL", language)
            with pytest.raises(SystemExit) as ended:
                main(words)
            said_so = capsys.readouterr().err
            assert (ended.value.code, wanted in said_so, said_so.startswith("usage: madoguchi")) == (2, True, True)
