"""Middleware around every page: its language, and words for refusals that Django leaves empty."""

from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.module_loading import import_string

from madoguchi.platform.ui.furigana import as_ruby
from madoguchi.platform.ui.languages import EASY
from madoguchi.platform.ui.problems import PROBLEMS, render_problem


class PageLanguage:
    """Make the page in the language that ``settings.MADOGUCHI_LANGUAGE`` (dotted path of ``(request) -> code``) names, and say so.

    In やさしい日本語 the marked readings of the finished page are set as ruby here, in one place, so that no template and no form has to
    know of them.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer in the chosen language."""
        path: str = getattr(settings, "MADOGUCHI_LANGUAGE", "")
        if not path:
            return self.get_response(request)
        language: str = import_string(path)(request)
        with translation.override(language):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ["Cookie"])
        if language == EASY and not response.streaming and response.headers.get("Content-Type", "").startswith("text/html"):
            # The attribute exists where nothing is streamed.
            response.content = as_ruby(response.content.decode(response.charset)).encode(response.charset)  # type: ignore[attr-defined]
            if "Content-Length" in response.headers:
                response.headers["Content-Length"] = str(len(response.content))  # type: ignore[attr-defined]  # as above
        return response


class NoNullCharacters:
    """Answer an address with the character NUL in it as what it is: no page of ours.

    No name, number or word has one, and the database refuses it; without this every view that looks up what stands in an address would
    have to think of it. What is typed into forms is refused by their fields.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer with the problem page, or pass the request on."""
        if "\0" in request.path_info:
            return render_problem(request, HTTPStatus.NOT_FOUND)
        if any("\0" in text for name, values in request.GET.lists() for text in (name, *values)):
            return render_problem(request, HTTPStatus.BAD_REQUEST)
        return self.get_response(request)


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
