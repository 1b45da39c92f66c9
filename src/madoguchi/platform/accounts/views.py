"""Pages of the sign-in in two steps and of one's own account."""

from http import HTTPStatus

from django.conf import settings
from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from madoguchi.platform import clock
from madoguchi.platform.accounts import passwords, second_factor, security_keys, services, sign_in, single_sign_on, training
from madoguchi.platform.accounts.access import actor_of, client_of, is_own_address, open_to_all, signed_in, staff_of
from madoguchi.platform.accounts.audited import FACTOR_ENROLLED, SIGN_IN_FAILED
from madoguchi.platform.accounts.forms import AddedKeyForm, CodeForm, KeyAnswerForm, OwnAppForm, PasswordForm, PreferencesForm, SignInForm
from madoguchi.platform.accounts.models import Staff
from madoguchi.platform.accounts.second_factor import Answer, Verdict
from madoguchi.platform.audit.actors import anonymous
from madoguchi.platform.audit.processes import Result
from madoguchi.platform.audit.services import record
from madoguchi.platform.ui.shell import keep_shortcuts, shortcuts_of


@open_to_all
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_page(request: HttpRequest) -> HttpResponse:
    """Page one: user id and password."""
    asked = str(request.POST.get("next") or request.GET.get("next") or "")
    following = asked if is_own_address(request, asked) else ""
    if isinstance(request.user, Staff):
        return HttpResponseRedirect(following or home_address())
    form = SignInForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and _may_sign_in_here(request, form):
        checked = passwords.check(
            form.cleaned_data["user_id"], form.cleaned_data["password"], actor=anonymous(client_of(request)), purpose="sign-in"
        )
        if checked.staff is not None:
            return _after_password(request, checked.staff, following)
        form.add_error(
            None, locked_sentence() if checked.locked else _("利用者IDまたはパスワードが違います。確かめて、もう一度入力してください。")
        )
    page = {"form": form, "next": following, "reason": request.GET.get("reason", ""), "lost": request.GET.get("lost", "")}
    page["provider"] = single_sign_on.provider()
    return render(request, "accounts/sign-in.html", page, status=status_of(form))


def _may_sign_in_here(request: HttpRequest, form: SignInForm) -> bool:
    """Tell whether the id may sign in with a password; the same answer for ids that do not exist, and no look at the password."""
    provider, user_id = single_sign_on.provider(), form.cleaned_data["user_id"]
    if provider is None or provider.may_sign_in_here(user_id):
        return True
    content = {"purpose": "sign-in", "answer": "closed"}
    record(anonymous(client_of(request)), SIGN_IN_FAILED, content=content, result=Result.REFUSED)
    form.add_error(None, _("この利用者IDは、%(name)sからログインします。上のリンクを押してください。") % {"name": provider.name})
    return False


def status_of(form: BaseForm) -> int:
    """Return the status of a page that shows `form`: 422 when it was sent and not accepted."""
    return HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound and form.errors else HTTPStatus.OK


def locked_sentence() -> str:
    """Return what somebody reads whose id is locked after wrong passwords."""
    return _(
        "ログインの失敗が続いたため、この利用者IDは一時的に使えません。15分ほど待ってからもう一度試すか、管理者にロックの解除を依頼してください。"
    )


def _after_password(request: HttpRequest, staff: Staff, following: str) -> HttpResponse:
    if second_factor.is_enrolled(staff):
        sign_in.remember_pending(request, staff, following)
        return redirect("accounts:confirm-code")
    if second_factor.is_required():
        sign_in.remember_pending(request, staff, following)
        return redirect("accounts:enrol")
    return enter(request, staff, following)


@open_to_all
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_code_page(request: HttpRequest) -> HttpResponse:
    """Page two: the confirmation code, the authenticator, or the choice of both where the account has both."""
    waiting = sign_in.pending(request)
    if waiting is None:
        return start_again(request)
    staff, following = waiting
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        verdict = second_factor.verify(staff, form.cleaned_data["code"])
        if verdict.answer is Answer.RIGHT:
            return enter(request, staff, following)
        _refuse_code(request, staff, form, verdict)
    return show_second_step(request, staff, form)


def show_second_step(request: HttpRequest, staff: Staff, form: CodeForm, key_form: KeyAnswerForm | None = None) -> HttpResponse:
    """Show page two with what the account has; a form that was refused comes back with its errors."""
    has_key = bool(security_keys.keys_of(staff))
    hindered = security_keys.obstacle(request) if has_key else None
    page = {
        "form": form,
        "has_app": second_factor.has_app(staff),
        "has_key": has_key,
        "obstacle": hindered,
        "staff_origin": security_keys.staff_origin(),
        "key_form": key_form or KeyAnswerForm(),
        "key_options": security_keys.ask_to_sign_in(request, staff) if has_key and hindered is None else "",
    }
    status = status_of(form) if key_form is None else status_of(key_form)
    return render(request, "accounts/confirm-code.html", page, status=status)


@open_to_all
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def enrol_page(request: HttpRequest) -> HttpResponse:
    """Enrolment of an authenticator app: for an account without one, between password and first session, or from one's own session."""
    waiting = sign_in.pending(request)
    staff = request.user if isinstance(request.user, Staff) else waiting[0] if waiting else None
    if staff is None:
        return start_again(request)
    # The password alone gives nobody a further factor: from one's own session an app can join a key, before it nothing joins anything.
    if second_factor.has_app(staff) if isinstance(request.user, Staff) else second_factor.is_enrolled(staff):
        return redirect("accounts:password" if isinstance(request.user, Staff) else "accounts:confirm-code")
    form = (OwnAppForm if isinstance(request.user, Staff) else CodeForm)(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and _password_is_right(request, staff, form):
        verdict = second_factor.finish_enrolment(staff, form.cleaned_data["code"])
        if verdict.answer is Answer.RIGHT:
            actor = actor_of(request) if isinstance(request.user, Staff) else anonymous(client_of(request))
            record(actor, FACTOR_ENROLLED, subject=f"staff:{staff.pk}")
            messages.success(request, _("認証アプリを登録しました。次のログインから確認コードを入力します。"))
            return redirect("accounts:password") if waiting is None else enter(request, staff, waiting[1])
        _refuse_code(request, staff, form, verdict)
    return show_enrolment(request, staff, form)


def _password_is_right(request: HttpRequest, staff: Staff, form: CodeForm) -> bool:
    """Check the password where the form asks for it: from one's own session, which may have been left open."""
    if not isinstance(form, OwnAppForm):
        return True
    checked = passwords.check(staff.user_id, form.cleaned_data["password"], actor=actor_of(request), purpose="factor")
    if checked.staff is None:
        form.add_error("password", locked_sentence() if checked.locked else _("パスワードが違います。確かめて、もう一度入力してください。"))
    return checked.staff is not None


def show_enrolment(request: HttpRequest, staff: Staff, form: CodeForm, key_form: AddedKeyForm | None = None) -> HttpResponse:
    """Show the two ways to a second factor: an authenticator app, and, at the first sign-in, an authenticator."""
    enrolment = second_factor.begin_enrolment(staff)
    with_key = not isinstance(request.user, Staff) and security_keys.obstacle(request) is None
    page = {
        "form": form,
        "secret": enrolment.secret,
        # The picture is drawn by segno from an own address without markup of others.
        "picture": mark_safe(enrolment.picture),  # noqa: S308
        "key_form": key_form or AddedKeyForm(),
        "key_options": security_keys.ask_to_add(request, staff) if with_key else "",
    }
    return render(request, "accounts/enrol.html", page, status=status_of(form) if key_form is None else status_of(key_form))


def _refuse_code(request: HttpRequest, staff: Staff, form: CodeForm, verdict: Verdict) -> None:
    sentences = {
        Answer.WRONG: _("確認コードが違います。認証アプリに今出ている6桁の数字を入力してください。"),
        Answer.USED: _("この確認コードは使用済みです。認証アプリの数字が変わるまで(最大30秒)待って、新しい数字を入力してください。"),
        Answer.TOO_SOON: _("確認コードの間違いが続いています。あと%(wait)d秒待ってから入力してください。") % {"wait": verdict.wait},
    }
    form.add_error("code", sentences[verdict.answer])
    content = {"purpose": "code", "answer": verdict.answer.value, "user_id": staff.user_id}
    record(anonymous(client_of(request)), SIGN_IN_FAILED, subject=f"staff:{staff.pk}", content=content, result=Result.REFUSED)


def start_again(request: HttpRequest) -> HttpResponse:
    """Lead back to page one, or home who came here by the back button after signing in."""
    if isinstance(request.user, Staff):
        return HttpResponseRedirect(home_address())
    messages.info(request, _("利用者IDとパスワードの入力から始めてください。パスワードの確認は10分間だけ有効です。"))
    return redirect("accounts:sign-in")


def enter(request: HttpRequest, staff: Staff, following: str) -> HttpResponse:
    """Begin the session of `staff`, who has shown everything that is asked for, and lead to where they wanted to go."""
    if sign_in.open_session(request, staff):
        messages.info(request, _("同じ利用者IDで使われていたほかの端末またはブラウザーのログインは終了しました。"))
    return HttpResponseRedirect(following or home_address())


def home_address() -> str:
    """Return the address of the zone's first page of staff."""
    return reverse(settings.MADOGUCHI_STAFF_HOME)


@open_to_all
@require_POST
def sign_out_page(request: HttpRequest) -> HttpResponse:
    """End the session; open to all, because a session that is already over is signed out as well."""
    sign_in.close_session(request)
    messages.success(request, _("ログアウトしました。"))
    response = redirect("accounts:sign-in")
    # The browser forgets pages and cookies of this site with the session (ASVS 5.0 14.3.1).
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@signed_in
@sensitive_post_parameters("old_password", "new_password", "repeated_password")
@require_http_methods(["GET", "HEAD", "POST"])
def password_page(request: HttpRequest) -> HttpResponse:
    """Change of one's own password, with its age."""
    staff = staff_of(request)
    form = PasswordForm(staff, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        checked = passwords.check(staff.user_id, form.cleaned_data["old_password"], actor=actor_of(request), purpose="password")
        if checked.staff is None:
            form.add_error("old_password", locked_sentence() if checked.locked else _("今のパスワードが違います。"))
        else:
            services.change_own_password(request, staff, form.cleaned_data["new_password"])
            messages.success(request, _("パスワードを変更しました。"))
            return HttpResponseRedirect(home_address())
    page = {"form": form, "age": (clock.now() - staff.password_changed_at).days, "has_app": second_factor.has_app(staff)}
    return render(request, "accounts/password.html", page, status=status_of(form))


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def preferences_page(request: HttpRequest) -> HttpResponse:
    """個人の設定: what one person sees otherwise than others, at every terminal; the way to password and duty (S34)."""
    staff = staff_of(request)
    initial = {"rows": "compact" if staff.dense_rows else "normal", "shortcuts": shortcuts_of(request)}
    form = PreferencesForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        services.set_dense_rows(staff, dense=form.cleaned_data["rows"] == "compact", actor=actor_of(request))
        messages.success(request, _("個人の設定を変えました。行の高さはどの端末でも、キーの操作はこの端末だけで同じです。"))
        return keep_shortcuts(redirect("accounts:preferences"), on=form.cleaned_data["shortcuts"])
    page = {"form": form, "last_sign_in": sign_in.last_sign_in(request), "training_site": training.site_address()}
    return render(request, "accounts/preferences.html", page, status=status_of(form))
