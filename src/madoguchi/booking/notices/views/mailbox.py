"""The mailbox of trials and practice: mails that went nowhere. Where the work itself is done there is no such page.

In a demo anybody reads it, elsewhere staff alone.
"""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from madoguchi.booking.notices.mailbox import folder_of_zone, letter, letters
from madoguchi.platform.accounts.access import ask_to_sign_in, open_to_all
from madoguchi.platform.accounts.models import Staff
from madoguchi.platform.ui.shell import site


def _closed(request: HttpRequest) -> HttpResponse | None:
    """Answer for the page where it is not open to who asks."""
    here = site()
    if not (here.demo or here.mark):
        raise Http404
    return None if here.demo or isinstance(request.user, Staff) else ask_to_sign_in(request)


@open_to_all
@require_safe
def mailbox(request: HttpRequest) -> HttpResponse:
    """Every mail that was to be sent, newest first."""
    template = "notices/mailbox.html" if site().demo else "notices/kept_mails.html"
    return _closed(request) or render(request, template, {"letters": letters(folder_of_zone())})


@open_to_all
@require_safe
def mail(request: HttpRequest, name: str) -> HttpResponse:
    """One mail with its calendar file."""
    if closed := _closed(request):
        return closed
    found = letter(folder_of_zone(), name)
    if found is None:
        raise Http404
    template = "notices/mailbox_letter.html" if site().demo else "notices/kept_mail.html"
    return render(request, template, {"letter": found})
