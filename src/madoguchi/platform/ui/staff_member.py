"""Who is signed in, as the bar of both staff sites shows it."""

from django.http import HttpRequest
from django.urls import reverse

from madoguchi.platform.accounts import kept_input, screen_lock
from madoguchi.platform.accounts.duty import duty_of
from madoguchi.platform.accounts.models import Staff
from madoguchi.platform.accounts.reveals import reveals_today
from madoguchi.platform.accounts.sign_in import last_sign_in
from madoguchi.platform.ui.shell import StaffMember


def staff_member(request: HttpRequest) -> StaffMember | None:
    """Return the signed-in member of staff with what the bar offers them; None for everybody else."""
    user = getattr(request, "user", None)
    if not isinstance(user, Staff):
        return None
    duty = duty_of(request)
    kept = kept_input.offered(request)
    return StaffMember(
        name=user.name,
        section=user.section.name,
        window=" ".join(part for part in (duty.role_name, duty.words) if part),
        duty_url=reverse("accounts:duty"),
        sign_out_url=reverse("accounts:sign-out"),
        lock_url=reverse("accounts:lock-screen"),
        open_url=reverse("accounts:open-screen"),
        still_there_url=reverse("accounts:still-there"),
        reveals=reveals_today(user),
        last_sign_in=last_sign_in(request),
        dense=user.dense_rows,
        lock_minutes=screen_lock.minutes_of(request),
        kept_path=kept.path if kept else "",
        kept_url=reverse("accounts:kept-input"),
        kept_at=kept.kept_at if kept else None,
        kept_here=kept is not None and kept.path == request.get_full_path(),
    )
