"""Pages about the installation for training: its address, and there the exercises (S34)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from madoguchi.platform.accounts import training
from madoguchi.platform.accounts.access import actor_of, may_open, requires, signed_in, staff_of
from madoguchi.platform.accounts.forms import TrainingSiteForm
from madoguchi.platform.accounts.rights import ACCOUNTS_MANAGE
from madoguchi.platform.accounts.views import status_of


@requires(ACCOUNTS_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def training_site_page(request: HttpRequest) -> HttpResponse:
    """Where people at work find the installation for training."""
    form = TrainingSiteForm(request.POST if request.method == "POST" else None, initial={"address": training.site_address()})
    if request.method == "POST" and form.is_valid():
        training.set_site_address(form.cleaned_data["address"], actor_of(request))
        messages.success(request, _("研修環境のアドレスを変更しました。個人の設定から開けます。"))
        return redirect("accounts:training-site")
    return render(request, "accounts/training-site.html", {"form": form}, status=status_of(form))


@signed_in
@require_safe
def practice_page(request: HttpRequest) -> HttpResponse:
    """練習: the exercises and how far the reader has come; outside an installation for training, the way there."""
    if not training.is_for_training():
        return render(request, "accounts/practice.html", {"elsewhere": True, "training_site": training.site_address()})
    found = training.practised_by(staff_of(request).user_id)
    rows = [(one, address if may_open(request, address := reverse(one.exercise.address)) else "") for one in found]
    return render(request, "accounts/practice.html", {"rows": rows, "done": sum(one.is_done for one in found)})
