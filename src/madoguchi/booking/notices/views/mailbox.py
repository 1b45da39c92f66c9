"""The demo's mailbox: what the mail server of a trial has caught. Elsewhere there is no such page."""

from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from madoguchi.booking.notices.mailbox import letter, letters
from madoguchi.platform.accounts.access import open_to_all


def _folder() -> Path:
    if not settings.MADOGUCHI_SITE["demo"]:
        raise Http404
    return Path(settings.MADOGUCHI_FOLDER) / "mailbox"


@open_to_all
@require_safe
def mailbox(request: HttpRequest) -> HttpResponse:
    """Every mail that the demo has sent, newest first."""
    return render(request, "notices/mailbox.html", {"letters": letters(_folder())})


@open_to_all
@require_safe
def mail(request: HttpRequest, name: str) -> HttpResponse:
    """One mail with its calendar file."""
    found = letter(_folder(), name)
    if found is None:
        raise Http404
    return render(request, "notices/mailbox_letter.html", {"letter": found})
