"""Reads of accounts for the pages of administration."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django_otp.plugins.otp_totp.models import TOTPDevice

from madoguchi.platform import clock
from madoguchi.platform.accounts import rules
from madoguchi.platform.accounts.models import Assignment, SecurityKey, Staff


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account as the list shows it."""

    staff: Staff
    roles: list[Assignment]
    has_app: bool
    has_key: bool

    @property
    def has_factor(self) -> bool:
        """Tell whether there is a second factor of either kind."""
        return self.has_app or self.has_key

    @property
    def state(self) -> tuple[str, str]:
        """Return the word for its state and the tone of the tag."""
        if self.staff.closed_at is not None:
            return "停止", ""
        if self.staff.must_change_password:
            return "仮パスワード", "warning"
        if not self.has_factor and self.staff.kind != Staff.Kind.AUTOMATIC:
            return "第二認証未登録", "warning"
        return "利用中", "success"


def accounts(*, with_closed: bool) -> QuerySet[Staff]:
    """Return the accounts in the order of their ids, with what their rows need."""
    found: QuerySet[Staff] = (
        Staff.objects.prefetch_related(Prefetch("assignments", Assignment.objects.select_related("role").order_by("role__code", "place")))
        .annotate(
            has_app=Exists(TOTPDevice.objects.filter(user=OuterRef("pk"), confirmed=True)),
            has_key=Exists(SecurityKey.objects.filter(staff=OuterRef("pk"))),
        )
        .order_by("user_id")
    )
    return found if with_closed else found.filter(closed_at=None)


def row_of(staff: Staff) -> AccountRow:
    """Return the row of an account that `accounts` returned."""
    return AccountRow(staff, list(staff.assignments.all()), bool(getattr(staff, "has_app", False)), bool(getattr(staff, "has_key", False)))


def ending_soon() -> QuerySet[Assignment]:
    """Return the roles of open accounts that end by themselves within a fortnight, the next first."""
    last = clock.today() + dt.timedelta(days=rules.DAYS_BEFORE_THE_END)
    return Assignment.objects.in_force().filter(until__lte=last, staff__closed_at=None).order_by("until", "staff__user_id", "role__code")
