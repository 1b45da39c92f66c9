"""受付の制限: what is counted today, who is asked for proof or stopped, and what staff can do about it (BK-02)."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi.booking.abuse import queries, services
from madoguchi.booking.abuse.audited import LIMITS_VIEWED
from madoguchi.booking.abuse.forms import ReleaseForm, SharedNetworkForm
from madoguchi.booking.abuse.proofs import limits_for
from madoguchi.booking.abuse.rights import RELEASE_LIMITS, SEE_LIMITS
from madoguchi.booking.abuse.rules import Risk
from madoguchi.booking.municipality.queries import current
from madoguchi.platform.accounts.access import actor_of, may, requires
from madoguchi.platform.audit.services import record

ALARMS_SHOWN = 50


@requires(SEE_LIMITS)
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Show alarms, totals, networks and shared networks."""
    return _page(request, SharedNetworkForm())


def _page(request: HttpRequest, form: SharedNetworkForm, status: int = 200) -> HttpResponse:
    limits = limits_for(uses_codes=current().uses_booking_codes)
    networks = queries.networks(limits)
    record(actor_of(request), LIMITS_VIEWED, content={"networks": len(networks)})
    failures = queries.failures_today()
    context = {
        "form": form,
        "limits": limits,
        "alarms": queries.newest_alarms(ALARMS_SHOWN),
        "failures": failures,
        "over": failures >= limits.total_day,
        "networks": networks,
        "stopped": sum(one.risk is Risk.STOPPED for one in networks),
        "raised": sum(one.risk is Risk.RAISED for one in networks),
        "canaries": queries.canaries(),
        "shared": queries.shared_networks(),
        "may_release": may(request, RELEASE_LIMITS),
    }
    return render(request, "abuse/limits.html", context, status=status)


@requires(RELEASE_LIMITS)
@require_http_methods(["GET", "HEAD", "POST"])
def release(request: HttpRequest) -> HttpResponse:
    """Release one network, with the reason. The network stands in the form, so that no address of this site names one."""
    network = request.POST.get("network", "") or request.GET.get("row", "")
    limits = limits_for(uses_codes=current().uses_booking_codes)
    listed = queries.networks(limits)
    if request.method != "POST":
        chosen = next((one for number, one in enumerate(listed) if str(number) == network), None)
        if chosen is None:
            return HttpResponseRedirect(reverse("abuse:limits"))
        return render(request, "abuse/release.html", {"form": ReleaseForm(), "network": chosen.network})
    if network not in {one.network for one in listed}:
        raise Http404
    form = ReleaseForm(request.POST)
    if not form.is_valid():
        return render(request, "abuse/release.html", {"form": form, "network": network}, status=422)
    services.release_network(actor_of(request), network, form.cleaned_data["reason"])
    messages.success(request, _("%(network)s の制限を解除しました。次の入力から受け付けます。") % {"network": network})
    return HttpResponseRedirect(reverse("abuse:limits"))


@requires(SEE_LIMITS)
@require_POST
def see(request: HttpRequest, pk: int) -> HttpResponse:
    """Note that an alarm was looked at."""
    if services.see_alarm(actor_of(request), pk):
        messages.success(request, _("知らせを確認済みにしました。"))
    return HttpResponseRedirect(reverse("abuse:limits"))


@requires(RELEASE_LIMITS)
@require_POST
def share(request: HttpRequest) -> HttpResponse:
    """Register a shared network, or change its factor."""
    form = SharedNetworkForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    row = services.share_network(actor_of(request), **form.cleaned_data)
    messages.success(request, _("%(network)s を共用ネットワークとして登録しました。") % {"network": row.network})
    return HttpResponseRedirect(reverse("abuse:limits"))


@requires(RELEASE_LIMITS)
@require_POST
def unshare(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a shared network back."""
    if services.unshare_network(actor_of(request), pk):
        messages.success(request, _("共用ネットワークの登録を取り消しました。"))
    return HttpResponseRedirect(reverse("abuse:limits"))
