"""P21: help, browsers, accessibility policy, and the map of the site."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from madoguchi.booking.citizens.faq import FAQ
from madoguchi.booking.citizens.queries import form_kinds, number_kinds
from madoguchi.booking.municipality import queries as municipality
from madoguchi.platform.accounts.access import open_to_all


@open_to_all
@require_safe
def questions(request: HttpRequest) -> HttpResponse:
    """よくある質問, and where to ask what is not among them."""
    return render(request, "citizens/help.html", {"questions": FAQ, "municipality": municipality.current()})


@open_to_all
@require_safe
def browsers(request: HttpRequest) -> HttpResponse:
    """The browsers that the site is made for and looked at with (BK-19)."""
    return render(request, "citizens/browsers.html")


@open_to_all
@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """アクセシビリティ方針: what is aimed at, for which pages, and where to say that something cannot be used."""
    return render(request, "citizens/accessibility.html", {"municipality": municipality.current()})


@open_to_all
@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    """Every page that can be opened without a booking number."""
    return render(request, "citizens/sitemap.html", {"number_kinds": number_kinds(), "form_kinds": form_kinds()})
