"""Pages of the lock of the screen: locking, opening again, telling that somebody is still there, and its setting."""

from contextlib import suppress
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from madoguchi.platform.accounts import kept_input, passwords, screen_lock
from madoguchi.platform.accounts.access import actor_of, is_own_address, page_asked_from, requires, signed_in, staff_of
from madoguchi.platform.accounts.forms import LockTimeForm, ScreenLockForm
from madoguchi.platform.accounts.rights import ACCOUNTS_MANAGE
from madoguchi.platform.accounts.views import home_address, locked_sentence, status_of


def _by_script(request: HttpRequest) -> bool:
    """Tell whether the script asks that hides and shows the page itself."""
    return request.headers.get(screen_lock.LOCKED_HEADER) == screen_lock.BY_SCRIPT


@signed_in
@require_POST
def lock_screen(request: HttpRequest) -> HttpResponse:
    """Lock at once; the page that was left answers with the lock from now on, at its own address."""
    if screen_lock.is_first_told(request) and (typed := request.POST.get("typed", "")):
        with suppress(kept_input.NotTyped):
            kept_input.keep(staff_of(request), typed, actor_of(request))
    screen_lock.lock(request, by_rest=request.POST.get("by") == "rest")
    request.unattended = True  # type: ignore[attr-defined]  # whoever locks the screen leaves
    # The script takes the box for the password out of the locked page.
    return screen_lock.show_locked(request) if _by_script(request) else HttpResponseRedirect(page_asked_from(request) or home_address())


@signed_in
@sensitive_post_parameters("password")
@require_POST
def open_screen(request: HttpRequest) -> HttpResponse:
    """Open the screen with the password of the one who locked it; wrong ones count as wrong ones of the sign-in do.

    The password is asked for also where the session is not locked: a page may have hidden itself while the network was away.
    """
    form, staff = ScreenLockForm(request.POST), staff_of(request)
    if form.is_valid():
        checked = passwords.check(staff.user_id, form.cleaned_data["password"], actor=actor_of(request), purpose="screen-lock")
        if checked.staff is not None:
            screen_lock.open_again(request)
            if _by_script(request):
                # The page stands there again, with what was typed.
                kept_input.forget(staff)
            else:
                kept_input.offer(request, staff)
            return _go_on(request, form)
        form.add_error("password", locked_sentence() if checked.locked else _("パスワードが違います。確かめて、もう一度入力してください。"))
    return screen_lock.show_locked(request, form)


def _go_on(request: HttpRequest, form: ScreenLockForm) -> HttpResponse:
    if _by_script(request):
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    following = str(form.data.get("next", ""))
    return HttpResponseRedirect(following if is_own_address(request, following) else home_address())


@signed_in
@require_POST
def kept_input_page(request: HttpRequest) -> HttpResponse:
    """Give the reader what they had typed when the screen was locked (`open`), and forget it when they have it or do not want it."""
    staff, act = staff_of(request), request.POST.get("act", "")
    if act == "open":
        return JsonResponse({"boxes": kept_input.open_for(staff)})
    kept_input.end(request, staff, actor_of(request), taken_back=act == "taken-back")
    if act == "taken-back":
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    messages.success(request, _("送っていない入力を捨てました。"))
    return HttpResponseRedirect(page_asked_from(request) or home_address())


@signed_in
@require_POST
def still_there(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 the middleware notes the presence
    """Note that somebody types or points on a page that asks for nothing: neither lock nor end of the session come meanwhile."""
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


@requires(ACCOUNTS_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def lock_time_page(request: HttpRequest) -> HttpResponse:
    """After how many minutes without input the screens of all staff lock."""
    form = LockTimeForm(request.POST if request.method == "POST" else None, initial={"minutes": screen_lock.minutes_of_municipality()})
    if request.method == "POST" and form.is_valid():
        screen_lock.set_minutes(form.cleaned_data["minutes"], actor_of(request))
        messages.success(request, _("画面ロックの時間を変更しました。次のログインから効きます。"))
        return redirect("accounts:lock-time")
    return render(request, "accounts/lock-time.html", {"form": form}, status=status_of(form))
