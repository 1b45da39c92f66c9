"""Pages of authenticators: the second step of the sign-in with one, and one's own list of them."""

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from madoguchi.platform.accounts import passwords, second_factor, security_keys, sign_in
from madoguchi.platform.accounts.access import actor_of, client_of, open_to_all, signed_in, staff_of
from madoguchi.platform.accounts.forms import AddedKeyForm, CodeForm, KeyAnswerForm, NewKeyForm, RemoveKeyForm
from madoguchi.platform.accounts.models import Staff
from madoguchi.platform.accounts.security_keys import Fault, KeyRefused
from madoguchi.platform.accounts.views import enter, locked_sentence, show_enrolment, show_second_step, start_again, status_of
from madoguchi.platform.audit.actors import anonymous
from madoguchi.platform.verbs import Refusal


@open_to_all
@require_POST
def confirm_key(request: HttpRequest) -> HttpResponse:
    """Page two with an authenticator: what it answered."""
    waiting = sign_in.pending(request)
    if waiting is None:
        return start_again(request)
    staff, following = waiting
    form = KeyAnswerForm(request.POST)
    if form.is_valid():
        try:
            security_keys.check(request, staff, form.cleaned_data["answer"], actor=anonymous(client_of(request)))
            return enter(request, staff, following)
        except KeyRefused as refused:
            form.add_error(None, sentence_for(refused.fault))
    return show_second_step(request, staff, CodeForm(), form)


@open_to_all
@require_POST
def enrol_key(request: HttpRequest) -> HttpResponse:
    """The first second factor of an account, an authenticator in place of an app, between password and first session."""
    waiting = sign_in.pending(request)
    if waiting is None:
        return start_again(request)
    staff, following = waiting
    if second_factor.is_enrolled(staff):
        return redirect("accounts:confirm-code")
    form = AddedKeyForm(request.POST)
    if form.is_valid():
        try:
            _keep(request, staff, form, by_owner=False)
            messages.success(request, _("認証器を登録しました。次のログインから、パスワードのあとに使います。"))
            return enter(request, staff, following)
        except KeyRefused as refused:
            form.add_error(None, sentence_for(refused.fault))
    return show_enrolment(request, staff, CodeForm(), form)


@signed_in
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def keys_page(request: HttpRequest) -> HttpResponse:
    """One's own authenticators; with name and password sent, the page that speaks with the new one."""
    staff = staff_of(request)
    form = NewKeyForm(request.POST if request.method == "POST" else None, taken=_names(staff))
    if request.method == "POST" and form.is_valid() and _password_is_right(request, staff, form):
        try:
            options = security_keys.ask_to_add(request, staff)
        except Refusal as refusal:
            form.add_error(None, refusal.message)
        else:
            added = AddedKeyForm(initial={"name": form.cleaned_data["name"]})
            return render(request, "accounts/add-key.html", {"form": added, "options": options, "name": form.cleaned_data["name"]})
    return _show_keys(request, staff, form)


@signed_in
@require_POST
def add_key(request: HttpRequest) -> HttpResponse:
    """Keep the authenticator with which the browser has just spoken; the question to it was made behind the password."""
    staff = staff_of(request)
    form = AddedKeyForm(request.POST, taken=_names(staff))
    if form.is_valid():
        try:
            _keep(request, staff, form, by_owner=True)
            messages.success(request, _("認証器「%(name)s」を登録しました。") % {"name": form.cleaned_data["name"]})
            return redirect("accounts:keys")
        except KeyRefused as refused:
            form.add_error(None, sentence_for(refused.fault))
    messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
    return redirect("accounts:keys")


@signed_in
@sensitive_post_parameters("remove-password")
@require_POST
def remove_key(request: HttpRequest) -> HttpResponse:
    """Forget one of one's own authenticators."""
    staff = staff_of(request)
    form = RemoveKeyForm(security_keys.keys_of(staff), request.POST)
    if form.is_valid() and _password_is_right(request, staff, form):
        try:
            security_keys.remove(staff, form.cleaned_data["key"], actor=actor_of(request))
            messages.success(request, _("認証器を外しました。"))
            return redirect("accounts:keys")
        except Refusal as refusal:
            form.add_error("key", refusal.message)
    return _show_keys(request, staff, NewKeyForm(taken=_names(staff)), form)


@signed_in
@require_POST
def ask_witness(request: HttpRequest) -> HttpResponse:
    """Ask for a key of the second person at this screen; the answer goes along with the form of the act (WitnessForm)."""
    staff = Staff.objects.filter(user_id=str(request.POST.get("witness_user_id", ""))[:64], is_active=True).first()
    if staff is None or staff.pk == staff_of(request).pk or security_keys.obstacle(request) is not None:
        return JsonResponse({"message": _("別の人の利用者IDを入力してから押してください。")}, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    options = security_keys.ask_witness(staff, session_ref=actor_of(request).session_ref)
    if not options:
        message = _("この利用者には認証器がありません。パスワードを入力してください。")
        return JsonResponse({"message": message}, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return HttpResponse(options, content_type="application/json")


def sentence_for(fault: Fault) -> str:
    """Return what somebody reads whose authenticator was refused."""
    sentences = {
        Fault.EXPIRED: _("時間がたったか、この答えは使用済みです。もう一度「認証器を使う」を押してください。"),
        Fault.INVALID: _("認証器の答えを確かめられませんでした。もう一度試し、続くときは管理者に連絡してください。"),
        Fault.UNKNOWN: _("この利用者に登録された認証器ではありません。自分の認証器を使ってください。"),
        Fault.COUNTER: _(
            "認証器の使用回数が前より進んでいません。複製された恐れがあります。この認証器は使わず、すぐに管理者へ連絡してください。"
        ),
        Fault.SYNCED: _("ほかの機器に写される種類のパスキーは登録できません。この端末の認証か、USB・ICカードの認証器を選んでください。"),
        Fault.TAKEN: _("この認証器か名前は、すでに登録されています。"),
        Fault.LOCKED: locked_sentence(),
    }
    return sentences[fault]


def _keep(request: HttpRequest, staff: Staff, form: AddedKeyForm, *, by_owner: bool) -> None:
    actor = actor_of(request) if by_owner else anonymous(client_of(request))
    security_keys.add(request, staff, name=form.cleaned_data["name"], answer=form.cleaned_data["answer"], actor=actor)


def _names(staff: Staff) -> list[str]:
    return [key.name for key in security_keys.keys_of(staff)]


def _password_is_right(request: HttpRequest, staff: Staff, form: NewKeyForm | RemoveKeyForm) -> bool:
    checked = passwords.check(staff.user_id, form.cleaned_data["password"], actor=actor_of(request), purpose="key")
    if checked.staff is None:
        form.add_error("password", locked_sentence() if checked.locked else _("パスワードが違います。確かめて、もう一度入力してください。"))
    return checked.staff is not None


def _show_keys(request: HttpRequest, staff: Staff, form: NewKeyForm, remove_form: RemoveKeyForm | None = None) -> HttpResponse:
    keys = security_keys.keys_of(staff)
    page = {
        "keys": keys,
        "form": form,
        "remove_form": remove_form or RemoveKeyForm(keys),
        "obstacle": security_keys.obstacle(request),
        "staff_origin": security_keys.staff_origin(),
        "has_app": second_factor.has_app(staff),
        "verifies": security_keys.asks_for_pin(),
    }
    return render(request, "accounts/keys.html", page, status=max(status_of(form), status_of(remove_form) if remove_form else 0))
