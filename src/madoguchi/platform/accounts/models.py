"""Tables of staff, sections, roles and their assignment."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models


class Section(models.Model):
    """部課: the part of the office that a member of staff belongs to."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=100)

    def __str__(self) -> str:
        return self.name


class StaffDirectory(BaseUserManager):  # type: ignore[type-arg]  # not generic at run time
    """How accounts are found by their user id."""

    def get_queryset(self) -> "models.QuerySet[Staff]":
        """Return accounts with their section: every request of staff names both in the operation log."""
        accounts: models.QuerySet[Staff] = super().get_queryset().select_related("section")
        return accounts

    def get_by_natural_key(self, username: str | None) -> "Staff":
        staff: Staff = self.get(user_id=username)
        return staff


class Staff(AbstractBaseUser):
    """One person's (or one automatic process's) account. Ids are never used again; an account that is not needed is closed, not deleted."""

    class Kind(models.TextChoices):
        STAFF = "staff", "職員"
        CONTRACTOR = "contractor", "事業者"
        AUTOMATIC = "automatic", "自動処理"

    user_id = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.STAFF)
    section = models.ForeignKey(Section, on_delete=models.PROTECT)
    is_active = models.BooleanField(default=True)
    password_changed_at = models.DateTimeField()
    must_change_password = models.BooleanField(default=False)
    # The one live session of the account: an older one ends when a new one begins, and none lives when this is empty.
    session_ref = models.CharField(max_length=32, blank=True, default="")
    session_started_at = models.DateTimeField(null=True)
    session_seen_at = models.DateTimeField(null=True)
    # What was chosen as 今日の担当 the last time: offered first the next time, and nothing more.
    duty_role = models.CharField(max_length=40, blank=True, default="")
    duty_place = models.CharField(max_length=20, blank=True, default="")
    duty_window = models.CharField(max_length=4, blank=True, default="")
    # 行の高さ: low rows in every table, as this person likes them.
    dense_rows = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    USERNAME_FIELD = "user_id"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects: ClassVar[StaffDirectory] = StaffDirectory()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(kind__in=["staff", "contractor", "automatic"]), name="staff_kind_known"),
            models.CheckConstraint(condition=models.Q(closed_at__isnull=True) | models.Q(is_active=False), name="closed_staff_is_inactive"),
        ]

    def __str__(self) -> str:
        return self.user_id


class Role(models.Model):
    """A named bundle of rights; `rights` holds the codes of madoguchi.platform.accounts.rights.Right."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=100)
    rights = ArrayField(models.CharField(max_length=64))

    def __str__(self) -> str:
        return self.name


class ScreenLock(models.Model):
    """After how many minutes without input the screens of staff lock: one row for the municipality; 0 for never, as without the row."""

    after_minutes = models.PositiveSmallIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(pk=1), name="one_screen_lock_setting"),
            models.CheckConstraint(condition=models.Q(after_minutes__lte=15), name="screen_lock_before_the_session_ends"),
        ]


class Assignment(models.Model):
    """Who has which role, and where: `place` empty means every place of the municipality (data range, seed 003 master management)."""

    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="assignments")
    role = models.ForeignKey(Role, on_delete=models.PROTECT)
    place = models.CharField(max_length=20, blank=True)
    granted_by = models.CharField(max_length=64)
    granted_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["staff", "role", "place"], name="one_assignment_per_role_and_place")]
