"""What became of the mails, and whom no mail reaches. No page here shows an address; every look stands in the operation log (BS-06)."""

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from madoguchi.booking.calendar.models import Place
from madoguchi.booking.notices import queries, services
from madoguchi.booking.notices.audited import LOG_VIEWED
from madoguchi.booking.notices.forms import LogForm
from madoguchi.booking.notices.models import Contact, Mail
from madoguchi.booking.notices.rights import HANDLE_RETURNS, SEE_MAILS
from madoguchi.platform.accounts.access import actor_of, may, places_of, requires
from madoguchi.platform.audit.services import record

PAGE = 50


def _visible_places(places: frozenset[str] | None) -> list[Place]:
    found = Place.objects.all()
    return list(found if places is None else found.filter(code__in=places))


@requires(SEE_MAILS)
@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """The mails of some days, newest first, with filters."""
    allowed = places_of(request, SEE_MAILS)
    form = LogForm(request.GET, places=_visible_places(allowed))
    sought = form.sought(allowed)
    page = Paginator(queries.log(sought), PAGE).get_page(request.GET.get("page"))
    record(
        actor_of(request),
        LOG_VIEWED,
        subject=f"place:{sought.place}" if sought.place else "",
        content={
            "from": sought.day_from.isoformat(),
            "until": sought.day_until.isoformat(),
            "kind": sought.kind,
            "state": sought.state,
            "rows": len(page.object_list),
        },
    )
    context = {
        "page": page,
        "form": form,
        "sought": sought,
        "waiting": queries.waiting_mails(),
        "dead": queries.dead_mails(),
        "calls": queries.calls_needed(allowed).count(),
        "may_handle": may(request, HANDLE_RETURNS),
    }
    return render(request, "notices/log.html", context)


@requires(HANDLE_RETURNS)
@require_POST
def again(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Send a mail once more that was given up or refused."""
    mail = Mail.objects.select_related("booking__slot__place").filter(pk=pk).first()
    if mail is None or not may(request, HANDLE_RETURNS, mail.booking.slot.place.code):
        raise Http404
    if services.send_again(actor_of(request), mail):
        messages.success(request, _("もう一度送ります。結果は、この一覧を開き直すと分かります。"))
    else:
        messages.info(request, _("このメールは、いまは送り直せません。すでに送り直したか、予約のメールアドレスがもうありません。"))
    return HttpResponseRedirect(reverse("notices:log"))


@requires(SEE_MAILS)
@require_safe
def calls(request: HttpRequest) -> HttpResponse:
    """The visits ahead whose mail does not arrive: somebody tells these people by telephone."""
    contacts = list(queries.calls_needed(places_of(request, SEE_MAILS)))
    record(actor_of(request), LOG_VIEWED, content={"list": "calls", "rows": len(contacts)})
    return render(request, "notices/calls.html", {"contacts": contacts, "may_handle": may(request, HANDLE_RETURNS)})


@requires(HANDLE_RETURNS)
@require_POST
def called(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Note that the person of a visit was told by telephone."""
    contact = Contact.objects.select_related("booking__slot__place").filter(pk=pk).first()
    if contact is None or not may(request, HANDLE_RETURNS, contact.booking.slot.place.code):
        raise Http404
    if services.note_call(actor_of(request), contact):
        messages.success(request, _("電話で連絡したことを記録しました。"))
    else:
        messages.info(request, _("この予約は、ほかの人が記録したか、メールが届くようになりました。"))
    return HttpResponseRedirect(reverse("notices:calls"))
