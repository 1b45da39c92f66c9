"""A small zone for the tests of accounts: one page for everybody, a home, pages of staff, and one that forgot to say whose it is."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from madoguchi.platform.accounts.access import open_to_all, requires, signed_in
from madoguchi.platform.accounts.rights import ACCOUNTS_MANAGE
from madoguchi.platform.ui.shell import Shell
from madoguchi.platform.ui.staff_member import staff_member


def shell(request: HttpRequest) -> Shell:
    return Shell(service="office", staff=staff_member(request))


@open_to_all
def notice(request: HttpRequest) -> HttpResponse:
    return HttpResponse("notice")


@signed_in
def home(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"home of {request.user}")


@signed_in
def desk(request: HttpRequest) -> HttpResponse:
    return HttpResponse("desk")


@signed_in
def board(request: HttpRequest) -> HttpResponse:
    request.unattended = True  # type: ignore[attr-defined]  # read by SessionLimits
    return HttpResponse("board")


@requires(ACCOUNTS_MANAGE)
def administration(request: HttpRequest) -> HttpResponse:
    return HttpResponse("administration")


def forgotten(request: HttpRequest, rest: str = "") -> HttpResponse:
    return HttpResponse("nobody said whose page this is")


urlpatterns = [
    path("", include("madoguchi.platform.accounts.urls")),
    path("", include("madoguchi.platform.approvals.urls")),
    path("", include(([path("", home, name="home")], "office"))),
    path("notice/", notice),
    path("desk/", desk),
    path("board/", board),
    path("administration/", administration),
    path("forgotten/", forgotten),
    path("forgotten/<path:rest>", forgotten),
]
