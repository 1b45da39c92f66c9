"""A small zone with the pages of long work."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from madoguchi.platform.accounts.access import signed_in
from madoguchi.platform.jobs.queries import bell_of
from madoguchi.platform.ui.shell import Shell
from madoguchi.platform.ui.staff_member import staff_member


def shell(request: HttpRequest) -> Shell:
    person = staff_member(request)
    return Shell(staff=person, bell=bell_of(request) if person else None)


@signed_in
def home(request: HttpRequest) -> HttpResponse:
    return HttpResponse("home")


@signed_in
def what_was_counted(request: HttpRequest, pk: int) -> HttpResponse:
    return HttpResponse("what was counted")


urlpatterns = [
    path("", include("madoguchi.platform.accounts.urls")),
    path("", include("madoguchi.platform.approvals.urls")),
    path("", include("madoguchi.platform.jobs.urls")),
    path("counted/<int:pk>/", what_was_counted),
    path("", include(([path("", home, name="home")], "office"))),
]
