"""Nothing that a page shows stays in a browser's cache unless the view says that it may (SF-13)."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


class NoStore:
    """Middleware: answers are `no-store` unless a view chose otherwise (static files never come this way)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        return response
