"""The entrance: first page, privacy notice, the calendar that anybody may look at."""

import datetime as dt

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from madoguchi.booking.calendar import queries as calendar
from madoguchi.booking.calendar.models import Place, VisitKind
from madoguchi.booking.calendar.rules import ANYBODY, Admission
from madoguchi.booking.citizens.choices import Visit, anybody
from madoguchi.booking.citizens.month_table import month_of, month_table, neighbours
from madoguchi.booking.citizens.privacy import NOTICE_DATE, NOTICE_VERSION
from madoguchi.booking.citizens.queries import form_kinds, number_kinds
from madoguchi.booking.municipality import queries as municipality
from madoguchi.booking.reservations import services
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import open_to_all
from madoguchi.platform.ui.languages import current as current_language
from madoguchi.platform.ui.languages import day_in_words, month_in_words, time_in_words

# A rush asks for the same month hundreds of times a second, and the booking itself looks again anyway. After half a second one reader's
# request makes the page anew while the others get the one that is there, which is never older than a second.
FRESH_SECONDS, OLDEST_SECONDS = 0.5, 0.95
# How the days were shown last; the words `list` or `month` and nothing else.
VIEW_COOKIE = "madoguchi_days"


@open_to_all
@require_safe
def top(request: HttpRequest) -> HttpResponse:
    """The first page: the two ways in, what is needed, the notice on personal data."""
    kinds = {"form_kinds": form_kinds(), "number_kinds": number_kinds()}
    return render(request, "citizens/top.html", {"municipality": municipality.current(), **kinds})


@open_to_all
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """個人情報の取扱い, with its version (BK-18)."""
    return render(
        request,
        "citizens/privacy.html",
        {"municipality": municipality.current(), "version": NOTICE_VERSION, "date": NOTICE_DATE},
    )


@open_to_all
@require_safe
def places(request: HttpRequest) -> HttpResponse:
    """The places whose calendars can be looked at without a booking number."""
    found = calendar.places()
    services.expire_holds()
    first_free = calendar.first_free_days()
    return render(request, "citizens/places.html", {"places": [(place, first_free.get(place.pk)) for place in found]})


@open_to_all
@require_safe
def month(request: HttpRequest, place: str) -> HttpResponse:
    """The month of one place for everybody, rendered about once a second whoever asks (BK-03, P-03).

    Nobody on the way may keep it longer.
    """
    asked = month_of(request.GET.get("month", ""))
    key = f"citizens.page.{current_language()}.{place}.{asked or ''}"
    known: tuple[float, bytes] | None = cache.get(key)
    now = clock.now().timestamp()
    age = now - known[0] if known else OLDEST_SECONDS
    if known is None or age >= OLDEST_SECONDS or (age >= FRESH_SECONDS and cache.add(f"{key}.being-made", True, OLDEST_SECONDS)):
        known = (now, _month_page(place, asked))
        cache.set(key, known, OLDEST_SECONDS)
        cache.delete(f"{key}.being-made")
    return HttpResponse(known[1], headers={"Cache-Control": "public, max-age=0"})


def _month_page(code: str, asked: dt.date | None) -> bytes:
    """Render the page for nobody in particular: what one reader's request carries (messages, a sign-in) never reaches another's screen."""
    place = next((found for found in calendar.places() if found.code == code), None)
    if place is None:
        raise Http404
    services.expire_holds()
    first = shown_month(place, ANYBODY, asked)
    # Drawn anew, not taken from the fragment's own second: two of them one after the other would make two seconds.
    drawn = _drawn("citizens/_month_table.html", place, first, ANYBODY, None, "")
    context = {"place": place, "month": drawn, **month_moves(first)}
    anybody = HttpRequest()
    # Where the links that change the language lead back to.
    anybody.path = reverse("citizens:month", args=[place.code])
    anybody.META["QUERY_STRING"] = f"month={first:%Y-%m}"
    return render_to_string("citizens/month.html", context, anybody).encode()


def last_month(kind: VisitKind | None = None) -> dt.date:
    """Return the last month in which anything can be booked."""
    return calendar.window(kind)[1].replace(day=1)


def shown_month(place: Place, admission: Admission, asked: dt.date | None, visit: Visit | None = None) -> dt.date:
    """Return the month to show: the one asked for while it lies in the booking window, else the first with a free time, else this one."""
    this_month = clock.today().replace(day=1)
    if asked is not None and this_month <= asked <= last_month(visit["kind"] if visit else None):
        return asked
    found = calendar.first_free_month(place, admission, **(visit or anybody()))
    return dt.date(*found, 1) if found else this_month


def month_fragment(place: Place, first: dt.date, admission: Admission, visit: Visit | None = None, *, links: str) -> SafeString:
    """Return the table of one month at `place` as HTML with its legend and its time, at most a second old.

    `links` is the address behind the days that can be booked; empty makes a table without links.
    """
    return _fragment("citizens/_month_table.html", place, first, admission, visit, links)


def list_fragment(place: Place, first: dt.date, admission: Admission, visit: Visit | None = None, *, links: str) -> SafeString:
    """Return the days of one month at `place` as a list, for large letters, small screens and whoever reads better down than across."""
    return _fragment("citizens/_day_list.html", place, first, admission, visit, links)


def _fragment(template: str, place: Place, first: dt.date, admission: Admission, visit: Visit | None, links: str) -> SafeString:
    chosen = f"{visit['kind'].code}.{visit['party']}" if visit and visit["kind"] else ""
    key = f"{template}.{current_language()}.{place.pk}.{first}.{admission.not_before}.{admission.deadline}.{chosen}.{links}"
    kept: SafeString | None = cache.get(key)
    if kept is None:
        kept = _drawn(template, place, first, admission, visit, links)
        cache.set(key, kept, FRESH_SECONDS)
    return kept


def _drawn(template: str, place: Place, first: dt.date, admission: Admission, visit: Visit | None, links: str) -> SafeString:
    table = month_table(calendar.month(place, first.year, first.month, admission, **(visit or anybody())))
    return mark_safe(render_to_string(template, {"table": table, "links": links, "as_of": clock.now()}))  # noqa: S308 rendered by a template


def shown_view(request: HttpRequest) -> str:
    """Return how the days are shown: `month` or `list`, as asked for last; a list at first where words are kept easy."""
    asked = request.GET.get("view") or request.COOKIES.get(VIEW_COOKIE, "")
    return asked if asked in {"list", "month"} else "list" if current_language() == "ja-x-easy" else "month"


def keep_view(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Let the browser remember how the days were asked for last, if this request asks."""
    if request.GET.get("view") in {"list", "month"}:
        response.set_cookie(VIEW_COOKIE, request.GET["view"], httponly=True, samesite="Lax", secure=request.is_secure())
    return response


def month_moves(first: dt.date, kind: VisitKind | None = None) -> dict[str, object]:
    """Return the months before and behind, as far as they can be looked at, and when new days open."""
    before, after = neighbours(first)
    last = calendar.window(kind)[1]
    moves: dict[str, object] = {"opening": opening_words(last)}
    if before >= clock.today().replace(day=1):
        moves["before"] = {"value": f"{before:%Y-%m}", "words": month_in_words(before)}
    if after <= last.replace(day=1):
        moves["after"] = {"value": f"{after:%Y-%m}", "words": month_in_words(after)}
    return moves


def opening_words(last: dt.date) -> str:
    """Return until when can be booked now and when new days open: who knows it does not have to ask again and again."""
    words = {"last": day_in_words(last), "time": time_in_words(municipality.current().release_time)}
    return _("今は%(last)sまで予約できます。新しい日の受付は、%(time)sに始まります。") % words


def then_of(request: HttpRequest) -> str:
    """Return what the steps are walked for: `check` comes back to the last step, `change` changes a booking that stands, else empty."""
    then = request.GET.get("then", "")
    return then if then in {"check", "change"} else ""


def address_of(name: str, then: str = "") -> str:
    """Return the address of a public page, with what the steps are walked for where it is not a first booking."""
    return reverse(f"citizens:{name}") + (f"?then={then}" if then else "")
