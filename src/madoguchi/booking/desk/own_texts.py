"""言葉と訳: everything that staff typed and citizens read, where it stands, and in which languages it is still missing (BK-14, BS-02)."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from madoguchi.booking.applications.models import OwnQuestion
from madoguchi.booking.calendar.kinds import STARTING_KINDS
from madoguchi.booking.calendar.models import Place, VisitKind
from madoguchi.booking.guidance.models import OwnRule
from madoguchi.booking.municipality import announcements
from madoguchi.booking.municipality.languages import offered
from madoguchi.booking.municipality.own_words import words_for
from madoguchi.booking.municipality.queries import current
from madoguchi.platform.ui.languages import JAPANESE, SiteLanguage

_BUILT_IN = {name for _code, name, _identification in STARTING_KINDS}


@dataclass(frozen=True, slots=True)
class OwnText:
    """One text, where citizens read it, the languages that lack it, and the page on which they are written."""

    text: str
    where: str | Promise
    missing: tuple[SiteLanguage, ...]
    url: str


def code_of(text: str) -> str:
    """Return what an address calls a text: no word of it stands there."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _typed() -> Iterator[tuple[str, str | Promise]]:
    """Yield every text that is translated here, as it stands now, with where it is read."""
    yield current().name, _("市区町村名")
    yield current().telephone_hours, _("電話を受け付ける日と時間")
    for place in Place.objects.filter(is_open=True):
        yield place.name, _("交付場所の名称")
        yield place.access, _("交付場所の行き方")
    for question in OwnQuestion.objects.all():
        yield question.label, _("申請フォームの質問")
        yield question.help, _("申請フォームの説明")
        yield from ((choice, _("申請フォームの選択肢")) for choice in question.choices)
    for one in announcements.standing():
        yield one.text, _("お知らせ")


def find(code: str) -> tuple[str, str | Promise] | None:
    """Return the text that an address means, with where it is read; None when nothing is called so any more."""
    return next(((text, where) for text, where in _typed() if text and code_of(text) == code), None)


def own_texts() -> list[OwnText]:
    """Return every text once. A constant number of statements."""
    languages = [language for language in offered() if language.code != JAPANESE]
    typed = {text: where for text, where in reversed(list(_typed())) if text}
    known = words_for(typed)
    found = [
        OwnText(
            text, where, _without(languages, {code for said, code in known if said == text}), reverse("desk:own-word", args=[code_of(text)])
        )
        for text, where in reversed(typed.items())
    ]
    return [*found, *_kinds(languages), *_rules(languages)]


def _without(languages: Sequence[SiteLanguage], known: set[str]) -> tuple[SiteLanguage, ...]:
    return tuple(language for language in languages if language.code not in known)


def _kinds(languages: Sequence[SiteLanguage]) -> Iterator[OwnText]:
    """Yield the open kinds of visit: what the product calls itself is translated with it."""
    for kind in VisitKind.objects.filter(is_open=True).prefetch_related("texts"):
        url = reverse("desk:kind", args=[kind.pk])
        texts = list(kind.texts.all())
        if kind.name not in _BUILT_IN:
            yield OwnText(kind.name, _("予約区分の名称"), _without(languages, {text.language for text in texts if text.name}), url)
        described = {text.language: text.description for text in texts if text.description}
        if JAPANESE in described:
            yield OwnText(described[JAPANESE], _("予約区分の説明"), _without(languages, set(described)), url)


def _rules(languages: Sequence[SiteLanguage]) -> Iterator[OwnText]:
    for row in OwnRule.objects.filter(withdrawn_at__isnull=True, hidden=False).exclude(text=""):
        known = {code for code, words in row.translations.items() if words.get("text")}
        yield OwnText(row.text, _("持ち物案内の市の規則"), _without(languages, known), reverse("guidance:rule", args=[row.code]))
