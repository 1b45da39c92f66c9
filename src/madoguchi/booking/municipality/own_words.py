"""What a municipality typed in Japanese (names of places, ways, questions, announcements), said in the language of the page (BK-14).

A translation belongs to the Japanese text as it stands, as in a catalogue: one text is translated once wherever it is used, and a text
that is changed has none until somebody writes it, so that no page ever shows the translation of what was there before.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from madoguchi.booking.municipality.audited import WORDS_SAVED
from madoguchi.booking.municipality.languages import offered
from madoguchi.booking.municipality.models import OwnWords
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record
from madoguchi.platform.ui import furigana, languages
from madoguchi.platform.ui.languages import EASY, JAPANESE

_CACHE_KEY = "own_words"
_SECONDS = 5


def say(text: str) -> str:
    """Return `text` in the language of the page; as it stands on Japanese pages and where nobody translated it."""
    code = languages.current()
    return text if code == JAPANESE or not text else _known().get((text, code), text)


def say_sentence(text: str) -> str:
    """Return `text` in the language of the page; where nobody translated it, in Japanese, and that it is so."""
    code = languages.current()
    said = say(text)
    return said if said != text or not text or code in {JAPANESE, EASY} else f"{text} ({_('日本語のみ')})"


def place_name(name: str) -> str:
    """Return the name of a place in the language of the page, and behind it the Japanese name: that is what stands over the door."""
    said = say(name)
    return said if said == name or languages.current() == EASY else f"{said} ({name})"


def say_or_english(text: str) -> tuple[str, str]:
    """Return an announcement for this page and the code of its language: that of the page, else English, else Japanese."""
    wanted = languages.current()
    if wanted in {JAPANESE, EASY}:
        return say(text), wanted
    known = _known()
    return next(((known[text, code], code) for code in (wanted, "en") if (text, code) in known), (text, JAPANESE))


def words_for(texts: Iterable[str]) -> dict[tuple[str, str], str]:
    """Return what is written for these texts, by text and language. One statement."""
    rows = OwnWords.objects.filter(text__in=set(texts)).values_list("text", "language", "words")
    return {(text, language): words for text, language, words in rows}


@transaction.atomic
def save_words(actor: Actor, text: str, words: Mapping[str, str]) -> int:
    """Write what `text` is in each language; an empty word takes a translation away. Returns how many were changed.

    The caller of this function has checked the right of `actor`. Raises ValidationError for words that are too long, for a language that
    the product does not know, and for a reading of easy Japanese that stands over nothing.
    """
    text = text.strip()
    before = words_for([text])
    changed = {code: said.strip() for code, said in words.items() if said.strip() != before.get((text, code), "")}
    for code, said in changed.items():
        if not said:
            OwnWords.objects.filter(text=text, language=code).delete()
            continue
        row = OwnWords(text=text, language=code, words=check_reading(code, said), changed_at=clock.now(), changed_by=actor.user_id)
        row.full_clean(validate_unique=False, validate_constraints=False)
        OwnWords.objects.update_or_create(
            text=text, language=code, defaults={"words": row.words, "changed_at": row.changed_at, "changed_by": row.changed_by}
        )
    if changed:
        record(actor, WORDS_SAVED, content={"languages": sorted(changed)})
        transaction.on_commit(_forget)
    return len(changed)


def check_reading(code: str, words: str) -> str:
    """Return the words; raises ValidationError for a brace of easy Japanese that stands over nothing."""
    if code == EASY and set("{}") & set(furigana.without_marked(words)):
        raise ValidationError(_("読みは、漢字{かんじ} のように、漢字のすぐ後に半角のかっこで書いてください。"))
    return words


def _known() -> dict[tuple[str, str], str]:
    """Return every translation: one statement, kept for five seconds per process."""
    kept: dict[tuple[str, str], str] | None = cache.get(_CACHE_KEY)
    if kept is None:
        kept = {(text, language): words for text, language, words in OwnWords.objects.values_list("text", "language", "words")}
        cache.set(_CACHE_KEY, kept, _SECONDS)
    return kept


def _forget() -> None:
    cache.delete(_CACHE_KEY)


def add_language_fields(form: forms.Form, label: str | Promise, *, longest: int = 600, rows: int = 2) -> None:
    """Give a form a box for each language that the municipality offers besides Japanese, named `in_<code>`."""
    for language in offered():
        if language.code != JAPANESE:
            form.fields[f"in_{language.code}"] = forms.CharField(
                label=_("%(label)s（%(language)s）") % {"label": label, "language": language.name},
                required=False,
                max_length=longest,
                help_text=_("漢字の読みは、漢字{かんじ} のように書きます。") if language.code == EASY else "",
                error_messages={"max_length": _("%(most)d文字以内で入力してください。") % {"most": longest}},
                widget=forms.Textarea({"rows": rows, "lang": "ja" if language.code == EASY else language.code}),
            )


def language_values(form: forms.Form) -> dict[str, str]:
    """Return what was typed into the boxes of `add_language_fields`, by language; faults of a reading become errors of their box."""
    values: dict[str, Any] = form.cleaned_data
    typed = {name.removeprefix("in_"): str(values[name]) for name in form.fields if name.startswith("in_") and name in values}
    for code, words in typed.items():
        try:
            check_reading(code, words)
        except ValidationError as fault:
            form.add_error(f"in_{code}", fault)
    return typed
