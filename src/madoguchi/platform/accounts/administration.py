"""Pages of those who manage accounts. A change of rights is asked for here and approved by somebody else."""

from http import HTTPStatus

from django.contrib import messages
from django.core.paginator import Paginator
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi.platform.accounts import (
    audited,
    own_roles,
    passwords,
    queries,
    role_table,
    second_factor,
    security_keys,
    services,
    single_sign_on,
)
from madoguchi.platform.accounts.access import actor_of, requires
from madoguchi.platform.accounts.approvable import FACTOR_REMOVAL, IDENTITY_LINK, ROLE_ASSIGNMENT, ROLE_WITHDRAWAL
from madoguchi.platform.accounts.forms import AccountForm, IdentityForm, LostKeyForm, ReasonForm, RoleForm
from madoguchi.platform.accounts.models import Assignment, LinkedIdentity, Staff
from madoguchi.platform.accounts.rights import ACCOUNTS_MANAGE
from madoguchi.platform.accounts.rules import key_as_sent
from madoguchi.platform.approvals import services as approvals
from madoguchi.platform.approvals.models import Approval
from madoguchi.platform.audit.services import record
from madoguchi.platform.verbs import Refusal

_PAGE = 100


@requires(ACCOUNTS_MANAGE)
@require_safe
def list_page(request: HttpRequest) -> HttpResponse:
    """利用者の一覧; `?closed=1` shows closed accounts as well."""
    with_closed = request.GET.get("closed") == "1"
    page = Paginator(queries.accounts(with_closed=with_closed), _PAGE).get_page(request.GET.get("page"))
    record(actor_of(request), audited.ACCOUNTS_LISTED, content={"page": page.number, "with_closed": with_closed})
    context = {
        "page": page,
        "rows": [queries.row_of(staff) for staff in page],
        "with_closed": with_closed,
        "ending": queries.ending_soon().select_related("staff", "role")[:_PAGE],
    }
    return render(request, "accounts/list.html", context)


@requires(ACCOUNTS_MANAGE)
@require_safe
def roles_page(request: HttpRequest) -> HttpResponse:
    """役割と権限の表; it names no person."""
    roles = role_table.roles_with_people()
    own = [role for role, _people in roles if own_roles.is_own(role)]
    page = {"roles": roles, "rows": role_table.rows_for([role for role, _people in roles]), "own": own}
    return render(request, "accounts/roles.html", page)


@requires(ACCOUNTS_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def create_page(request: HttpRequest) -> HttpResponse:
    """A new account; the answer shows its first password, once."""
    form = AccountForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        given, password = form.cleaned_data, passwords.new_password()
        try:
            staff = services.create_staff(
                user_id=given["user_id"],
                name=given["name"],
                kind=given["kind"],
                section=services.section_named(given["section_code"], given["section_name"]),
                actor=actor_of(request),
                password=password,
            )
            return _show_password(request, staff, password)
        except Refusal as refusal:
            form.add_error("user_id", refusal.message)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "accounts/create.html", {"form": form}, status=status)


def _show_password(request: HttpRequest, staff: Staff, password: str) -> HttpResponse:
    """Show a password just made in the answer itself: it is stored nowhere, so there is no address to come back to."""
    return render(request, "accounts/issued.html", {"staff": staff, "password": password})


@requires(ACCOUNTS_MANAGE)
@require_safe
def account_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One account: its state, its roles, and what can be done."""
    return _account_page(request, pk)


def _account_page(request: HttpRequest, pk: int, **forms: Form) -> HttpResponse:
    """Show the account; a form in `forms` comes back with its errors."""
    staff = get_object_or_404(queries.accounts(with_closed=True), pk=pk)
    record(actor_of(request), audited.ACCOUNT_VIEWED, subject=f"staff:{pk}")
    keys = security_keys.keys_of(staff)
    page = {
        "row": queries.row_of(staff),
        "locked": staff.is_active and passwords.is_locked(staff.user_id),
        "waiting": Approval.objects.filter(state=Approval.State.OPEN, kind__startswith="accounts.", detail__staff=pk).order_by("pk"),
        "own": actor_of(request).staff_pk == pk,
        "role_form": RoleForm(),
        "close_form": ReasonForm(_("停止の理由"), prefix="close"),
        "keys": keys,
        "provider": single_sign_on.provider(),
        "identity": LinkedIdentity.objects.filter(staff=pk).first(),
        "identity_form": IdentityForm(),
        "unlink_form": ReasonForm(_("解除の理由"), prefix="unlink"),
        "key_form": LostKeyForm(keys),
        "factor_form": ReasonForm(_("取消しの理由"), prefix="factor"),
        **forms,
    }
    return render(request, "accounts/account.html", page, status=HTTPStatus.UNPROCESSABLE_ENTITY if forms else HTTPStatus.OK)


def _told(request: HttpRequest, pk: int, done: str) -> HttpResponse:
    messages.success(request, done)
    return redirect("accounts:account", pk)


def _refused(request: HttpRequest, pk: int, refusal: Refusal) -> HttpResponse:
    messages.error(request, refusal.message)
    return redirect("accounts:account", pk)


@requires(ACCOUNTS_MANAGE)
@require_POST
def request_role(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for a role for an account."""
    staff, form = get_object_or_404(Staff, pk=pk, closed_at=None), RoleForm(request.POST)
    if not form.is_valid():
        return _account_page(request, pk, role_form=form)
    role, place = form.cleaned_data["role"], form.cleaned_data["place"]
    until, where = form.cleaned_data["until"], place or _("すべての場所")
    if until:
        where = _("%(where)s、%(until)s まで") % {"where": where, "until": f"{until:%Y-%m-%d}"}
    try:
        approvals.request(
            ROLE_ASSIGNMENT,
            subject=f"staff:{pk}:{role.code}:{place}",
            title=_("%(user)s に「%(role)s」(%(where)s)を付ける") % {"user": staff.user_id, "role": role.name, "where": where},
            actor=actor_of(request),
            detail={"staff": pk, "role": role.code, "place": place, "until": until.isoformat() if until else ""},
            reason=form.cleaned_data["reason"],
        )
    except Refusal as refusal:
        form.add_error("role", refusal.message)
        return _account_page(request, pk, role_form=form)
    return _told(request, pk, _("役割の付与を依頼しました。別の人が承認すると有効になります。"))


@requires(ACCOUNTS_MANAGE)
@require_POST
def request_withdrawal(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask that a role be taken from an account."""
    held = get_object_or_404(
        Assignment.objects.select_related("role", "staff"), pk=key_as_sent(request.POST.get("assignment", "")), staff=pk
    )
    try:
        approvals.request(
            ROLE_WITHDRAWAL,
            subject=f"staff:{pk}:{held.role.code}:{held.place}",
            title=_("%(user)s から「%(role)s」(%(where)s)を外す")
            % {"user": held.staff.user_id, "role": held.role.name, "where": held.place or _("すべての場所")},
            actor=actor_of(request),
            detail={"staff": pk, "role": held.role.code, "place": held.place},
        )
    except Refusal as refusal:
        return _refused(request, pk, refusal)
    return _told(request, pk, _("役割の取消しを依頼しました。別の人が承認すると有効になります。"))


@requires(ACCOUNTS_MANAGE)
@require_POST
def request_factor_removal(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask that the authenticator of an account be forgotten, when a device is lost."""
    staff, form = get_object_or_404(Staff, pk=pk, closed_at=None), ReasonForm(_("取消しの理由"), request.POST, prefix="factor")
    if not form.is_valid():
        return _account_page(request, pk, factor_form=form)
    try:
        approvals.request(
            FACTOR_REMOVAL,
            subject=f"staff:{pk}",
            title=_("%(user)s の認証アプリと認証器の登録を取り消す") % {"user": staff.user_id},
            actor=actor_of(request),
            detail={"staff": pk},
            reason=form.cleaned_data["reason"],
        )
    except Refusal as refusal:
        return _refused(request, pk, refusal)
    return _told(request, pk, _("認証アプリと認証器の登録の取消しを依頼しました。別の人が承認すると有効になります。"))


@requires(ACCOUNTS_MANAGE)
@require_POST
def remove_lost_key(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget a lost authenticator of an account at once, as long as another second factor stays; the last one takes two people."""
    staff = get_object_or_404(Staff, pk=pk, closed_at=None)
    form = LostKeyForm(security_keys.keys_of(staff), request.POST)
    if not form.is_valid():
        return _account_page(request, pk, key_form=form)
    try:
        security_keys.remove(staff, form.cleaned_data["key"], actor=actor_of(request), reason=form.cleaned_data["reason"])
    except Refusal as refusal:
        form.add_error("key", refusal.message)
        return _account_page(request, pk, key_form=form)
    return _told(request, pk, _("認証器を外しました。"))


@requires(ACCOUNTS_MANAGE)
@require_POST
def request_identity(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask that an account belong to somebody of the municipality's sign-in service."""
    staff, form, provider = get_object_or_404(Staff, pk=pk, closed_at=None), IdentityForm(request.POST), single_sign_on.provider()
    if provider is None:
        raise Http404
    if not form.is_valid():
        return _account_page(request, pk, identity_form=form)
    subject = form.cleaned_data["subject"]
    try:
        approvals.request(
            IDENTITY_LINK,
            subject=f"staff:{pk}",
            title=_("%(user)s を、職員認証基盤の「%(sub)s」と結び付ける") % {"user": staff.user_id, "sub": subject},
            actor=actor_of(request),
            detail={"staff": pk, "issuer": provider.issuer, "sub": subject},
            reason=form.cleaned_data["reason"],
        )
    except Refusal as refusal:
        form.add_error("subject", refusal.message)
        return _account_page(request, pk, identity_form=form)
    return _told(request, pk, _("結び付けを依頼しました。別の人が承認すると有効になります。"))


@requires(ACCOUNTS_MANAGE)
@require_POST
def unlink_identity(request: HttpRequest, pk: int) -> HttpResponse:
    """Let nobody of the sign-in service sign in as this account any more."""
    staff, form = get_object_or_404(Staff, pk=pk), ReasonForm(_("解除の理由"), request.POST, prefix="unlink")
    if not form.is_valid():
        return _account_page(request, pk, unlink_form=form)
    try:
        services.unlink_identity(staff, actor=actor_of(request), reason=form.cleaned_data["reason"])
    except Refusal as refusal:
        return _refused(request, pk, refusal)
    return _told(request, pk, _("結び付けを解除しました。ログイン中だった場合も終了しています。"))


@requires(ACCOUNTS_MANAGE)
@require_POST
def issue_password(request: HttpRequest, pk: int) -> HttpResponse:
    """Give an account a password to be changed at the next sign-in. The authenticator stays: one manager alone opens no account."""
    staff = get_object_or_404(Staff.objects.exclude(kind=Staff.Kind.AUTOMATIC), pk=pk, closed_at=None)
    if not second_factor.is_enrolled(staff) and not staff.must_change_password:
        sentence = _(
            "認証アプリも認証器も登録されていない間は、仮パスワードを出せません。利用者を停止し、新しい利用者IDを登録してください。"
        )
        return _refused(request, pk, Refusal(sentence))
    return _show_password(request, staff, services.issue_new_password(staff, actor=actor_of(request)))


@requires(ACCOUNTS_MANAGE)
@require_POST
def unlock(request: HttpRequest, pk: int) -> HttpResponse:
    """Open an id that was locked after wrong passwords."""
    services.unlock(get_object_or_404(Staff, pk=pk, closed_at=None), actor=actor_of(request))
    return _told(request, pk, _("ロックを解除しました。"))


@requires(ACCOUNTS_MANAGE)
@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close an account for good. It needs no second person: it takes rights away, and at once."""
    staff, form = get_object_or_404(Staff, pk=pk), ReasonForm(_("停止の理由"), request.POST, prefix="close")
    if not form.is_valid():
        return _account_page(request, pk, close_form=form)
    try:
        services.close_account(staff, actor=actor_of(request), reason=form.cleaned_data["reason"])
    except Refusal as refusal:
        return _refused(request, pk, refusal)
    return _told(request, pk, _("利用者を停止しました。ログイン中だった場合も終了しています。"))
