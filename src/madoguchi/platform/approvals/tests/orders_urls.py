"""A small zone with the approvals' pages."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from madoguchi.platform.accounts.access import signed_in


@signed_in
def home(request: HttpRequest) -> HttpResponse:
    return HttpResponse("home")


@signed_in
def an_order(request: HttpRequest, subject: str) -> HttpResponse:
    return HttpResponse("an order")


urlpatterns = [
    path("", include("madoguchi.platform.accounts.urls")),
    path("", include("madoguchi.platform.approvals.urls")),
    path("orders/<subject>/", an_order),
    path("", include(([path("", home, name="home")], "office"))),
]
