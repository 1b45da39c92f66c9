"""画面を隠す: what stands on the pages of one session is hidden from whoever looks over the counter, until it is asked for again.

It is a mark in the session on the server: every page of the session comes hidden, and nothing is kept in the browser. The pane is hidden by
the page itself; the lock of the screen, which asks for the password, is for whoever leaves the place.
"""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST

from madoguchi.platform.accounts.access import page_asked_from, signed_in
from madoguchi.platform.accounts.views import home_address

BY_SCRIPT_HEADER = "X-Privacy"
_HIDDEN = "pane_hidden"


def is_hidden(request: HttpRequest) -> bool:
    """Tell whether the pages of this session come hidden."""
    return bool(request.session.get(_HIDDEN))


@signed_in
@require_POST
def hide_pane(request: HttpRequest) -> HttpResponse:
    """Hide the pages of this session (`hide=1`), or show them again; a script hides the page at hand itself and hears 204."""
    if request.POST.get("hide") == "1":
        request.session[_HIDDEN] = True
    else:
        request.session.pop(_HIDDEN, None)
    if request.headers.get(BY_SCRIPT_HEADER) == "ask":
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    return HttpResponseRedirect(page_asked_from(request) or home_address())
