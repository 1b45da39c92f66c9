"""Middleware that gives a page to refusals that Django leaves empty."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponseBase

from madoguchi.platform.ui.problems import PROBLEMS, render_problem


class ProblemPages:
    """Put the problem page into an empty 4xx answer (a wrong method, above all), keeping its headers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, with words where there were none."""
        response = self.get_response(request)
        refused = HTTPStatus.BAD_REQUEST <= response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR
        if not refused or response.status_code not in PROBLEMS or response.streaming or response.content:  # type: ignore[attr-defined]  # HttpResponse where not streaming
            return response
        page = render_problem(request, response.status_code)
        for name, value in response.items():
            if name not in {"Content-Type", "Content-Length"}:
                page.headers[name] = value
        page.cookies = response.cookies
        return page
