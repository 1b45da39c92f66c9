"""The page on which somebody says as what and where they work today (S02)."""

from dataclasses import replace

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from madoguchi.platform.accounts import duty
from madoguchi.platform.accounts.access import actor_of, is_own_address, signed_in, staff_of
from madoguchi.platform.accounts.forms import DutyForm
from madoguchi.platform.accounts.views import home_address, status_of


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def duty_page(request: HttpRequest) -> HttpResponse:
    """今日の担当: role, place and window, as the last time; asked once after the sign-in where there is a choice, and from the bar."""
    staff, now = staff_of(request), duty.duty_of(request)
    choices = duty.choices_of(staff)
    last = {"role": now.role or staff.duty_role, "place": now.place or staff.duty_place, "window": now.window or staff.duty_window}
    form = DutyForm(choices, request.POST if request.method == "POST" else None, initial=last)
    following = str(request.POST.get("next") or request.GET.get("next") or "")
    if request.method == "POST" and form.is_valid():
        chosen = form.chosen()
        # The event of the choice already says where it was made.
        duty.choose(request, staff, chosen, replace(actor_of(request), role=chosen.role, window=chosen.words))
        return HttpResponseRedirect(following if is_own_address(request, following) else home_address())
    return render(request, "accounts/duty.html", {"form": form, "next": following}, status=status_of(form))
