"""P02: the choice of language, as a plain page and as the links that every page carries."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_safe

from madoguchi.booking.municipality.languages import offered, remember, switch_links, way_back
from madoguchi.platform.accounts.access import open_to_all


@open_to_all
@require_safe
def choose(request: HttpRequest) -> HttpResponse:
    """Every language by its own name; each leads back to the page that the person came from, with all answers kept."""
    return render(request, "citizens/languages.html", {"languages": switch_links(request), "way_back": way_back(request)})


@open_to_all
@require_safe
def change(request: HttpRequest, code: str) -> HttpResponse:
    """Keep the language and go back. Raises Http404 for a language that is not offered."""
    if code not in {language.code for language in offered()}:
        raise Http404
    return remember(HttpResponseRedirect(way_back(request)), code)
