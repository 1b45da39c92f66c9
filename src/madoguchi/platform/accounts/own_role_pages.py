"""The page on which a municipality asks for a role of its own, or for a change of one (S30)."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from madoguchi.platform.accounts import own_roles
from madoguchi.platform.accounts.access import actor_of, requires
from madoguchi.platform.accounts.approvable import OWN_ROLE, OWN_ROLE_END
from madoguchi.platform.accounts.forms import OwnRoleForm, ReasonForm
from madoguchi.platform.accounts.models import Role
from madoguchi.platform.accounts.rights import ACCOUNTS_MANAGE
from madoguchi.platform.accounts.views import status_of
from madoguchi.platform.approvals import services as approvals
from madoguchi.platform.verbs import Refusal


@requires(ACCOUNTS_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def own_role_page(request: HttpRequest) -> HttpResponse:
    """A new role, begun with the rights of another (`?like=`), or a change of an own one (`?role=`)."""
    role = _role(request.GET.get("role", ""))
    if role is not None and (not own_roles.is_own(role) or role.is_retired):
        raise Http404
    if role is not None and request.method == "POST" and "end" in request.POST:
        return _ask_for_its_end(request, role)
    like = role or _role(request.GET.get("like", ""))
    initial = {"name": role.name if role else "", "rights": like.rights if like else []}
    form = OwnRoleForm(role.code if role else "", request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        words = _("役割「%(role)s」を変える") if role else _("役割「%(role)s」を作る")
        try:
            approvals.request(
                OWN_ROLE,
                subject=f"role:{role.code if role else given['name']}",
                title=words % {"role": given["name"]},
                actor=actor_of(request),
                detail={
                    "role": role.code if role else "",
                    "name": given["name"],
                    "rights": given["rights"],
                    "before": list(role.rights) if role else [],
                },
                reason=given["reason"],
            )
        except Refusal as refusal:
            form.add_error("name", refusal.message)
        else:
            messages.success(request, _("役割の変更を依頼しました。別の人が承認すると有効になります。"))
            return redirect("accounts:roles")
    return _page(request, role, form)


def _page(request: HttpRequest, role: Role | None, form: OwnRoleForm, end_form: ReasonForm | None = None) -> HttpResponse:
    page = {
        "form": form,
        "role": role,
        "starting": Role.objects.filter(is_retired=False).order_by("code"),
        "end_form": end_form or ReasonForm(_("使用を終える理由"), prefix="end"),
    }
    return render(request, "accounts/own-role.html", page, status=status_of(end_form or form))


def _ask_for_its_end(request: HttpRequest, role: Role) -> HttpResponse:
    end_form = ReasonForm(_("使用を終える理由"), request.POST, prefix="end")
    if end_form.is_valid():
        try:
            approvals.request(
                OWN_ROLE_END,
                subject=f"role:{role.code}",
                title=_("役割「%(role)s」の使用を終える") % {"role": role.name},
                actor=actor_of(request),
                detail={"role": role.code},
                reason=end_form.cleaned_data["reason"],
            )
        except Refusal as refusal:
            end_form.add_error("reason", refusal.message)
        else:
            messages.success(request, _("役割の使用を終える依頼をしました。別の人が承認すると有効になります。"))
            return redirect("accounts:roles")
    return _page(request, role, OwnRoleForm(role.code, initial={"name": role.name, "rights": role.rights}), end_form)


def _role(code: str) -> Role | None:
    if not code:
        return None
    found = Role.objects.filter(code=code).first() if "\0" not in code else None
    if found is None:
        raise Http404
    return found
