"""Every page of the zone shows own characters: by the municipality's font, by a marked substitute, or as 〓 with its code."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from madoguchi.delivery.cards.own_characters import Known
from madoguchi.delivery.characters.showing import IN_UTF8, shown


class OwnCharactersShown:
    """Middleware: rewrites pages that hold a private-use character; any other page is looked at and left alone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.streaming or not response.headers.get("Content-Type", "").startswith("text/html"):
            return response
        if IN_UTF8.search(response.content):
            known = Known()
            response.content = shown(response.content.decode(), known.drawn, known.substitutes).encode()
        return response
