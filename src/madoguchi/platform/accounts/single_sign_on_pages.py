"""The way to the municipality's own sign-in service, and the way back from it."""

from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from madoguchi.platform import clock
from madoguchi.platform.accounts import second_factor, security_keys, sign_in, single_sign_on
from madoguchi.platform.accounts.access import client_of, is_own_address, open_to_all
from madoguchi.platform.accounts.audited import PROVIDER_ACCEPTED, SIGN_IN_FAILED
from madoguchi.platform.accounts.identity_provider import Identity, ProviderFault, Question, address_to_ask
from madoguchi.platform.accounts.models import Staff
from madoguchi.platform.accounts.provider_settings import Provider
from madoguchi.platform.accounts.rules import Obstacle, origin_of
from madoguchi.platform.accounts.views import enter, home_address
from madoguchi.platform.audit.actors import anonymous
from madoguchi.platform.audit.processes import Result
from madoguchi.platform.audit.services import record
from madoguchi.platform.ui.problems import render_problem
from madoguchi.platform.ui.shell import Link

_DOWN = frozenset({"unreachable", "timeout", "certificate"})


@open_to_all
@require_safe
def begin(request: HttpRequest) -> HttpResponse:
    """Send the browser to the sign-in service. A link, not a form: the security policy lets forms lead to the own host alone."""
    provider = _provider()
    asked = str(request.GET.get("next", ""))
    following = asked if is_own_address(request, asked) else ""
    if isinstance(request.user, Staff):
        return HttpResponseRedirect(following or home_address())
    if security_keys.obstacle(request) is Obstacle.ELSEWHERE:
        # What is remembered for the way back has to be remembered where the way back leads.
        return HttpResponseRedirect(security_keys.staff_origin() + request.get_full_path())
    if not origin_of(security_keys.staff_origin()):
        return _failed(request, provider, "not-set")
    question = Question.new(clock.now())
    try:
        endpoints = single_sign_on.endpoints(provider)
    except ProviderFault as fault:
        return _failed(request, provider, fault.fault, fault.detail)
    address = address_to_ask(provider, endpoints, question, come_back_to=single_sign_on.come_back_to())
    response = HttpResponseRedirect(address)
    single_sign_on.remember(response, question, following)
    return response


@open_to_all
@require_safe
def come_back(request: HttpRequest) -> HttpResponse:
    """What the sign-in service sent the browser back with; whatever it is, the question is used up."""
    provider = _provider()
    kept = single_sign_on.remembered(request)
    if kept is None or not constant_time_compare(request.GET.get("state", ""), kept[0].state):
        # Nobody of this browser asked, or another page of it did in the meantime: nothing to write down, anybody can send that.
        response = _start_again(request)
    else:
        response = _answered(request, provider, *kept)
    single_sign_on.forget(response)
    return response


def _answered(request: HttpRequest, provider: Provider, question: Question, following: str) -> HttpResponse:
    said = request.GET.get("error", "")
    if said:
        return _failed(request, provider, "cancelled" if said == "access_denied" else "declined")
    if request.GET.get("iss", provider.issuer) != provider.issuer:  # RFC 9207
        return _failed(request, provider, "token", "iss")
    try:
        identity = single_sign_on.identify(provider, question, request.GET.get("code", ""))
    except ProviderFault as fault:
        return _failed(request, provider, fault.fault, fault.detail)
    staff = single_sign_on.account_of(identity)
    if staff is None:
        return _unlinked(request, provider, identity)
    return _passed_on(request, _recognised(request, staff, identity, following))


def _recognised(request: HttpRequest, staff: Staff, identity: Identity, following: str) -> str:
    """Begin the session, or the step that is still missing; returns where to go on."""
    if identity.strong or not (second_factor.is_required() or second_factor.is_enrolled(staff)):
        content = {"user_id": staff.user_id, "strong": identity.strong}
        record(anonymous(client_of(request)), PROVIDER_ACCEPTED, subject=f"staff:{staff.pk}", content=content)
        return enter(request, staff, following).headers["Location"]
    sign_in.remember_pending(request, staff, following, shown=PROVIDER_ACCEPTED)
    return reverse("accounts:confirm-code" if second_factor.is_enrolled(staff) else "accounts:enrol")


def _passed_on(request: HttpRequest, address: str) -> HttpResponse:
    """Lead on by a page of this site.

    On a redirect the browser would still be on its way from the other site, and keep the session's cookie back (SameSite=Strict).
    """
    response = render(request, "accounts/passed-on.html", {"address": address})
    response.headers["Refresh"] = f"0; url={address}"
    return response


def _provider() -> Provider:
    provider = single_sign_on.provider()
    if provider is None:
        raise Http404
    return provider


def _start_again(request: HttpRequest) -> HttpResponse:
    return render_problem(
        request,
        HTTPStatus.BAD_REQUEST,
        title=_("ログインをはじめからやり直してください"),
        message=_("ログインを始めてから10分が過ぎたか、この答えは使用済みです。何も変更されていません。"),
        next_steps=(_("ログインの画面に戻り、もう一度始めてください。"),),
        links=(_back(),),
    )


def _failed(request: HttpRequest, provider: Provider, fault: str, detail: str = "") -> HttpResponse:
    content = {"purpose": "provider", "answer": fault, "detail": detail}
    record(anonymous(client_of(request)), SIGN_IN_FAILED, content=content, result=Result.REFUSED)
    messages = {
        "unreachable": _("%(name)sにつながりません。止まっているか、回線が切れています。"),
        "timeout": _("%(name)sが時間内に答えません。混んでいるか、止まっています。"),
        "certificate": _("%(name)sの証明書を確かめられません。本物か分からないため、つなぐのをやめました。"),
        "cancelled": _("%(name)sでのログインが取り消されました。"),
        "declined": _("%(name)sがログインを受け付けませんでした。"),
        "refused": _("%(name)sが、確かめるための問い合わせを断りました。"),
        "token": _("%(name)sの答えを確かめられませんでした。本物か分からないため、受け付けていません。"),
        "not-set": _("職員の画面の住所（zone.json の staff_address）が決められていないため、%(name)sは使えません。"),
    }
    message = messages.get(fault, _("%(name)sの答えを読めません。")) % {"name": provider.name}
    down = fault in _DOWN
    return render_problem(
        request,
        HTTPStatus.SERVICE_UNAVAILABLE if down else HTTPStatus.FORBIDDEN,
        title=_("ログインできませんでした"),
        message=_("%(message)s何も変更されていません。") % {"message": message},
        next_steps=(
            _("少し待ってから、もう一度試してください。"),
            _("続くときは、管理者に時刻を伝えてください。急ぎのときは、非常用の利用者IDを持つ人がログインできます。"),
        ),
        links=(_back(),),
        retry_after=30 if down else None,
    )


def _unlinked(request: HttpRequest, provider: Provider, identity: Identity) -> HttpResponse:
    content = {"purpose": "provider", "answer": "unlinked", "issuer": identity.issuer, "sub": identity.subject}
    record(anonymous(client_of(request)), SIGN_IN_FAILED, content=content, result=Result.REFUSED)
    return render_problem(
        request,
        HTTPStatus.FORBIDDEN,
        title=_("このシステムの利用者と結び付いていません"),
        message=_("%(name)sでの本人確認はできましたが、このシステムで使える利用者がありません。何も変更されていません。")
        % {"name": provider.name},
        next_steps=(
            _("管理者に、利用者IDと次の識別子(sub)を伝え、結び付けを頼んでください。"),
            _("識別子(sub): %(sub)s") % {"sub": identity.subject},
        ),
        links=(_back(),),
    )


def _back() -> Link:
    return Link(_("ログインの画面に戻る"), reverse("accounts:sign-in"))
