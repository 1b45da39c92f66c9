"""Pages about the installation for training: its address."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from madoguchi.platform.accounts import training
from madoguchi.platform.accounts.access import actor_of, requires
from madoguchi.platform.accounts.forms import TrainingSiteForm
from madoguchi.platform.accounts.rights import ACCOUNTS_MANAGE
from madoguchi.platform.accounts.views import status_of


@requires(ACCOUNTS_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def training_site_page(request: HttpRequest) -> HttpResponse:
    """Where people at work find the installation for training."""
    if training.is_for_training():
        raise Http404
    form = TrainingSiteForm(request.POST if request.method == "POST" else None, initial={"address": training.site_address()})
    if request.method == "POST" and form.is_valid():
        training.set_site_address(form.cleaned_data["address"], actor_of(request))
        messages.success(request, _("研修環境のアドレスを変更しました。個人の設定から開けます。"))
        return redirect("accounts:training-site")
    return render(request, "accounts/training-site.html", {"form": form}, status=status_of(form))
