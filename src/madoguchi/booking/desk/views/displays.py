"""Call displays: the staff page that registers them, and the screen itself, which nobody is signed in to (S35)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi.booking.calendar.models import Place
from madoguchi.booking.desk import displays
from madoguchi.booking.desk.display_forms import DisplayForm, PairForm
from madoguchi.booking.desk.models import CallDisplay
from madoguchi.booking.desk.queries import visible_places
from madoguchi.booking.desk.rights import SET_DISPLAYS
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import actor_of, client_of, open_to_all, places_of, requires

COOKIE = "madoguchi_display"
_COOKIE_DAYS = 400


@requires(SET_DISPLAYS)
@require_http_methods(["GET", "HEAD", "POST"])
def manage(request: HttpRequest) -> HttpResponse:
    """The registered displays, a form for one more, and the code that pairs a screen."""
    form = _form(request)
    code, named = "", ""
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        display, code = displays.register(actor_of(request), given["name"], list(given["places"]), speaks=given["speaks"])
        form, named = _form(request, empty=True), display.name
    return _manage_page(request, form, code=code, named=named)


def _form(request: HttpRequest, *, empty: bool = False) -> DisplayForm:
    form = DisplayForm(request.POST if request.method == "POST" and not empty else None)
    allowed = [place.pk for place in visible_places(places_of(request, SET_DISPLAYS))]
    form.fields["places"].queryset = Place.objects.filter(pk__in=allowed)  # type: ignore[attr-defined]  # a field of rows
    return form


def _manage_page(request: HttpRequest, form: DisplayForm, *, code: str = "", named: str = "") -> HttpResponse:
    context = {
        "form": form,
        "code": f"{code[:4]} {code[4:]}" if code else "",
        "named": named,
        "displays": CallDisplay.objects.prefetch_related("places"),
        "now": clock.now(),
        "address": request.build_absolute_uri(reverse("desk:screen")),
    }
    return render(request, "desk/displays.html", context, status=422 if form.errors else 200)


@requires(SET_DISPLAYS)
@require_POST
def renew(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a fresh code for a display, for a new screen in its place."""
    display = _own(request, pk)
    if display is None:
        return HttpResponseRedirect(reverse("desk:displays"))
    return _manage_page(request, _form(request, empty=True), code=displays.new_code(actor_of(request), display), named=display.name)


@requires(SET_DISPLAYS)
@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """End a display: its screen shows nothing any more."""
    if _own(request, pk) is not None and displays.end(actor_of(request), pk):
        messages.success(request, _("呼出表示を停止しました。画面には何も出なくなります。"))
    return HttpResponseRedirect(reverse("desk:displays"))


def _own(request: HttpRequest, pk: int) -> CallDisplay | None:
    """Return the display when all its places are in the person's data range."""
    display = CallDisplay.objects.prefetch_related("places").filter(pk=pk).first()
    allowed = places_of(request, SET_DISPLAYS)
    if display is None or (allowed is not None and not {place.code for place in display.places.all()} <= allowed):
        return None
    return display


@open_to_all
@require_http_methods(["GET", "HEAD", "POST"])
def screen(request: HttpRequest) -> HttpResponse:
    """The screen in the waiting room; a browser that is not paired is asked for the code."""
    display = displays.display_of(request.COOKIES.get(COOKIE, ""))
    form = PairForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        key = displays.pair(form.cleaned_data["code"], client=client_of(request))
        if key is not None:
            answer = HttpResponseRedirect(reverse("desk:screen"))
            answer.set_cookie(
                COOKIE,
                key,
                max_age=_COOKIE_DAYS * 86400,
                path=reverse("desk:screen"),
                httponly=True,
                samesite="Strict",
                secure=request.is_secure(),
            )
            return answer
        form.add_error("code", _("接続コードが違うか、10分を過ぎています。職員の画面で新しいコードを出してください。"))
    if display is None or form.errors:
        return render(request, "desk/pair.html", {"form": form}, status=422 if form.errors else 200)
    return render(request, "desk/screen.html", {"display": display, "screen": displays.screen(display), "now": clock.now()})


@open_to_all
@require_safe
def screen_live(request: HttpRequest) -> HttpResponse:
    """The moving part of the screen; nothing but numbers."""
    display = displays.display_of(request.COOKIES.get(COOKIE, ""))
    if display is None:
        return HttpResponse(status=410, content_type="text/plain", headers={"HX-Redirect": reverse("desk:screen")})
    return render(request, "desk/_screen.html", {"display": display, "screen": displays.screen(display), "now": clock.now()})
