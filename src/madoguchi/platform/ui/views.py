"""Handlers for the server's own refusals (``handler404`` and its kin), the same in every zone."""

import sys

from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from madoguchi.platform.ui.problems import render_bare_problem, render_problem

_SECONDS_UNTIL_THE_DATABASE_IS_BACK = 10


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """``handler400``; a body over the limit is named as such (413)."""
    return render_problem(request, 413 if isinstance(exception, RequestDataTooBig) else 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 Django's signature
    """``handler403``; never repeats what the exception says."""
    return render_problem(request, 403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 Django's signature
    """``handler404``; never repeats the address that was asked for."""
    return render_problem(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """``handler500``; touches neither database nor session.

    When the database is away or too busy, nothing is wrong with the page: it says so and asks for another try (503).
    """
    request_id = getattr(request, "request_id", "")
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return render_bare_problem(503, request_id=request_id, retry_after=_SECONDS_UNTIL_THE_DATABASE_IS_BACK)
    return render_bare_problem(500, request_id=request_id)


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 Django's signature
    """``CSRF_FAILURE_VIEW``: to a person this is a page that was left open too long, or cookies that are off."""
    return render_problem(
        request,
        403,
        title=_("送信を受け付けられませんでした"),
        message=_("ページを開いてから時間がたったか、Cookie（クッキー）が使えない設定になっています。何も変更されていません。"),
        next_steps=(
            gettext_lazy("前のページを開き直してから、もう一度送信してください。"),
            gettext_lazy("ブラウザーでCookieが使えるようになっているか確かめてください。"),
        ),
    )
