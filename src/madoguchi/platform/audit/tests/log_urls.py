"""A small zone with the operation log."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from madoguchi.platform.accounts.access import signed_in


@signed_in
def home(request: HttpRequest) -> HttpResponse:
    return HttpResponse("home")


urlpatterns = [
    path("", include("madoguchi.platform.accounts.urls")),
    path("", include("madoguchi.platform.audit.urls")),
    path("", include(([path("", home, name="home")], "office"))),
]
