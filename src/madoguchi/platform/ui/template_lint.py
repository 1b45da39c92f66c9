"""What templates must not do, checked line by line: ``python -m madoguchi.platform.ui.template_lint [FOLDER…]``.

The strict content security policy would silently drop inline styles and scripts; a literal Japanese sentence would
never be translated; a form without its token would fail when somebody presses the button. Each is found here instead.
"""

import dataclasses
import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from django.template.base import DebugLexer, Token, TokenType

SUFFIXES = frozenset({".html", ".txt"})
SHOWN_TO_NOBODY = frozenset({"bench"})
"""Template folders of pages that are measured, not read."""
JAPANESE = re.compile(r"[\u3041-\u3096\u30a1-\u30fa\u3005\u3400-\u9fff]")
QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
TRANSLATED = re.compile(r"_\((?:\"[^\"]*\"|'[^']*')\)")
FOREIGN = re.compile(r"\s*(?:https?:)?//", re.IGNORECASE)
SAYS_NEW_WINDOW = re.compile(r"(?:新しい|別の?)(?:タブ|ウィンドウ|画面)")
LOADING_ATTRIBUTES = frozenset({"src", "srcset", "poster", "data", "action", "formaction", "background"})
BLOCK_TRANSLATE = frozenset({"blocktranslate", "blocktrans"})
TRANSLATE = frozenset({"translate", "trans"})


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing a template does that it must not."""

    line: int
    rule: str
    what: str


def faults_in(source: str, *, is_page: bool = True) -> list[Fault]:
    """Return the faults of one template, by line; a template that is no page (a mail's text) may leave characters unescaped."""
    tokens = DebugLexer(source).tokenize()
    found = {*_faults_of_tokens(tokens), *_faults_of_markup(source, tokens)}
    return sorted(fault for fault in found if is_page or fault.rule != "escape")


def faults_below(folder: Path) -> Iterator[tuple[Path, Fault]]:
    """Yield the faults of every template in a ``templates`` folder somewhere below ``folder``."""
    for path in templates_below(folder):
        for fault in faults_in(path.read_text(encoding="utf-8"), is_page=path.suffix == ".html"):
            yield path, fault


def templates_below(folder: Path) -> list[Path]:
    """Return every template file below ``folder`` that people read."""
    files = (path for path in folder.rglob("templates/**/*") if path.is_file() and path.suffix in SUFFIXES)
    return sorted(path for path in files if path.parent.name not in SHOWN_TO_NOBODY)


def _tag_name(token: Token) -> str:
    return token.contents.split(maxsplit=1)[0] if token.token_type is TokenType.BLOCK and token.contents else ""


def _faults_of_tokens(tokens: list[Token]) -> Iterator[Fault]:
    """Find what is wrong inside ``{% %}`` and ``{{ }}``."""
    names = {_tag_name(token) for token in tokens}
    libraries = {word for token in tokens if _tag_name(token) == "load" for word in token.split_contents()[1:]}
    if names & (TRANSLATE | BLOCK_TRANSLATE) and "i18n" not in libraries:
        yield Fault(1, "i18n", "translates without {% load i18n %}")
    for token in tokens:
        if token.token_type not in {TokenType.BLOCK, TokenType.VAR} or _tag_name(token) == "comment":
            continue
        line, words = token.lineno or 1, token.contents
        if re.search(r"\|\s*safe(?:seq)?\b", words) or re.match(r"autoescape\s+off", words):
            yield Fault(line, "escape", "switches escaping off")
        rest = TRANSLATED.sub("", words)
        if _tag_name(token) in TRANSLATE:
            rest = QUOTED.sub("", rest, count=1)
        for literal in QUOTED.findall(rest):
            if JAPANESE.search(literal):
                yield Fault(line, "translate", f"{literal} is not translated: write _({literal})")


def _faults_of_markup(source: str, tokens: list[Token]) -> Iterator[Fault]:
    """Find what is wrong in the HTML around the template tags."""
    reader = _MarkupReader(source)
    reader.feed(_without_template_tags(source, tokens))
    reader.close()
    yield from reader.faults


def _without_template_tags(source: str, tokens: list[Token]) -> str:
    """Blank out everything that Django replaces or translates, keeping lines and columns.

    Inside an attribute's value a blank is ``~``, so that ``href="#{{ name }}"`` is not taken for ``href="#"``.
    """
    hidden = [False] * len(source)
    skipping_until = ""
    for token in tokens:
        start, end = token.position or (0, 0)
        name = _tag_name(token)
        if token.token_type is not TokenType.TEXT or skipping_until:
            hidden[start:end] = [True] * (end - start)
        if skipping_until:
            skipping_until = "" if name in skipping_until.split() else skipping_until
        elif name in BLOCK_TRANSLATE:
            skipping_until = f"end{name}"
        elif name == "comment":
            skipping_until = "endcomment"
    out: list[str] = []
    in_tag, quote = False, ""
    for character, is_hidden in zip(source, hidden, strict=True):
        if is_hidden:
            out.append("\n" if character == "\n" else ("~" if quote else " "))
            continue
        out.append(character)
        if quote:
            quote = "" if character == quote else quote
        elif in_tag and character in "\"'":
            quote = character
        elif character in "<>":
            in_tag = character == "<"
    return "".join(out)


class _MarkupReader(HTMLParser):
    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[Fault] = []
        self._source = source
        self._line_starts = [0, *(found.end() for found in re.finditer("\n", source))]

    def _fault(self, rule: str, what: str, line: int = 0) -> None:
        self.faults.append(Fault(line or self.getpos()[0], rule, what))

    def _source_until(self, closing: str) -> str:
        """Return the template's own text from here to a closing tag."""
        line, column = self.getpos()
        start = self._line_starts[line - 1] + column
        end = self._source.find(closing, start)
        return self._source[start : end if end >= 0 else len(self._source)]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        for name, value in values.items():
            self._check_attribute(tag, name, value)
        if tag == "style":
            self._fault("style", "<style> in a template")
        if tag == "script" and "src" not in values:
            self._fault("script", "<script> without src")
        if values.get("target") == "_blank" and not SAYS_NEW_WINDOW.search(self._source_until("</a>")):
            self._fault("target", "opens a new window without saying so")
        if tag == "form" and "post" in values.get("method", "").lower():
            if not re.search(r"{%\s*csrf_token\s*%}", self._source_until("</form>")):
                self._fault("csrf", "post form without {% csrf_token %}")
            if "novalidate" not in values:
                self._fault("novalidate", "post form without novalidate: the server explains what is wrong")

    def _check_attribute(self, tag: str, name: str, value: str) -> None:
        if name == "style":
            self._fault("style", "style attribute")
        elif name.startswith("on"):
            self._fault("script", f"{name} attribute")
        elif name == "placeholder":
            self._fault("placeholder", "placeholder text: say it in the help text")
        elif name == "tabindex" and value.isdigit() and int(value) > 0:
            self._fault("tabindex", "positive tabindex")
        elif name == "href" and value.strip() == "#":
            self._fault("href", 'href="#" leads nowhere')
        loads = name in LOADING_ATTRIBUTES or (name == "href" and tag in {"link", "base", "use", "image"})
        if loads and FOREIGN.match(value):
            self._fault("foreign", f"{name} leads to another host")
        if JAPANESE.search(value):
            self._fault("translate", f"{name}={value!r} is not translated")

    def handle_data(self, data: str) -> None:
        found = JAPANESE.search(data)
        if found:
            words = data[found.start() :].split("\n", 1)[0].strip()
            line = self.getpos()[0] + data.count("\n", 0, found.start())
            self._fault("translate", f"「{words[:40]}」 is not translated", line)


def main(arguments: list[str]) -> int:
    """Print every fault as ``file:line: rule: what`` and return 1 when there is one."""
    folders = [Path(argument) for argument in arguments] or [Path(__file__).parents[2]]
    found = [f"{path}:{fault.line}: {fault.rule}: {fault.what}" for folder in folders for path, fault in faults_below(folder)]
    for words in found:
        sys.stdout.write(f"{words}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
