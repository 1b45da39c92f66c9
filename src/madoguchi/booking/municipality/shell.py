"""What stands around every page of the booking zone."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from madoguchi.booking.municipality.announcements import shown_now
from madoguchi.booking.municipality.languages import switch_links
from madoguchi.booking.municipality.models import Municipality
from madoguchi.booking.municipality.own_words import say, say_or_english, say_sentence
from madoguchi.booking.municipality.queries import current
from madoguchi.platform.jobs.queries import bell_of
from madoguchi.platform.ui import languages
from madoguchi.platform.ui.shell import Link, Notice, Shell, shortcuts_of, site
from madoguchi.platform.ui.staff_member import staff_member


def shell(request: HttpRequest) -> Shell:
    """Return the municipality's words for this request, and who of the staff is signed in.

    Before `madoguchi init` has written the settings the page stands without a name rather than not at all.
    """
    try:
        municipality = current()
    except Municipality.DoesNotExist:
        return Shell(service=_("マイナンバーカード受取予約"))
    person = staff_member(request)
    return Shell(
        municipality=say(municipality.name),
        service=_("マイナンバーカード受取予約"),
        phone=municipality.telephone,
        phone_hours=say_sentence(municipality.telephone_hours),
        footer=_footer(),
        languages=switch_links(request),
        notices=_notices(),
        staff=person,
        shortcuts=person is not None and shortcuts_of(request),
        bell=bell_of(request) if person else None,
    )


def _notices() -> tuple[Notice, ...]:
    """Return what stands above every public page now: in the language of the page, else in English, else in Japanese."""
    found = []
    for one in shown_now():
        words, language = say_or_english(one.text)
        found.append(Notice(words, one.is_urgent, "" if language == languages.current() else language))
    return tuple(found)


def _footer() -> tuple[Link, ...]:
    """Return the links under every public page: help, the notice on personal data (BK-18), the policies, and in a demo the mailbox."""
    links = (
        Link(_("よくある質問"), reverse("citizens:help")),
        Link(_("個人情報の取扱い"), reverse("citizens:privacy")),
        Link(_("アクセシビリティ方針"), reverse("citizens:accessibility")),
        Link(_("サイトマップ"), reverse("citizens:sitemap")),
    )
    return (*links, Link(_("デモの受信箱"), reverse("notices:mailbox"))) if site().demo else links
