"""Which languages this municipality offers, which one a person chose, and the links that change it (BK-14).

The choice is a cookie that holds the code of the language and nothing else. Nothing is guessed from the browser: a telephone bought abroad
says little of what its owner reads, and every page offers the choice.
"""

from collections.abc import Sequence
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from madoguchi.booking.municipality.models import Municipality
from madoguchi.booking.municipality.queries import current
from madoguchi.platform.ui import languages
from madoguchi.platform.ui.languages import JAPANESE, SiteLanguage
from madoguchi.platform.ui.shell import Language

COOKIE = "madoguchi_language"
REMEMBERED_SECONDS = 365 * 24 * 3600


def offered() -> list[SiteLanguage]:
    """Return the languages that this municipality offers, in the order of the product; before `madoguchi init` Japanese alone."""
    try:
        codes = set(current().languages)
    except Municipality.DoesNotExist:
        codes = {JAPANESE}
    return [language for language in languages.LANGUAGES if language.code in codes]


def chosen(request: HttpRequest) -> str:
    """Return the code of the language for the answer to `request`: the desk's is Japanese, a citizen's the one chosen and still offered."""
    code = request.COOKIES.get(COOKIE, JAPANESE)
    if code == JAPANESE or code not in languages.BY_CODE or request.path.startswith(reverse(settings.MADOGUCHI_STAFF_HOME)):
        return JAPANESE
    return code if any(language.code == code for language in offered()) else JAPANESE


def remember(response: HttpResponse, code: str) -> HttpResponse:
    """Keep the choice for a year."""
    response.set_cookie(
        COOKIE, code, max_age=REMEMBERED_SECONDS, httponly=True, samesite="Lax", secure=settings.CSRF_COOKIE_SECURE, path="/"
    )
    return response


def way_back(request: HttpRequest) -> str:
    """Return the page of this site to go back to behind a change of language; the first page where none of ours is named."""
    wanted = request.GET.get("next", "")
    ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if ours else reverse("citizens:top")


def switch_links(request: HttpRequest) -> Sequence[Language]:
    """Return a link for every language offered that comes back to this very page; none where there is nothing to choose."""
    found = offered()
    if len(found) < 2:
        return ()
    here = way_back(request) if request.path.startswith(reverse("citizens:languages")) else request.get_full_path()
    active = languages.current()
    return tuple(
        Language(
            code=language.code,
            name=language.name,
            url=f"{reverse('citizens:choose-language', args=[language.code])}?{urlencode({'next': here}, safe='/')}",
            current=language.code == active,
        )
        for language in found
    )
