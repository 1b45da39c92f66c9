"""Tables of staff, sections, roles and their assignment."""

import datetime as dt
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual

from madoguchi.platform import clock


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
    # 本日の表示: how many masked values this person opened on the last day on which they opened any.
    reveals = models.PositiveIntegerField(default=0)
    revealed_on = models.DateField(null=True)
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


class SecurityKey(models.Model):
    """認証器: a passkey, FIDO2 key or FIDO2 card of a person, their second factor beside the password (Web Authentication level 2).

    `credential` is the name that the authenticator gave its key pair and `public_key` the COSE key (both base64url), `sign_count` the
    highest count it has signed with.
    """

    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="security_keys")
    name = models.CharField(max_length=40)
    credential = models.CharField(max_length=1400, unique=True)
    public_key = models.CharField(max_length=2000)
    sign_count = models.BigIntegerField()
    transports = ArrayField(models.CharField(max_length=12))
    aaguid = models.CharField(max_length=36)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["created_at", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(sign_count__gte=0), name="security_key_count_not_negative"),
            models.UniqueConstraint(fields=["staff", "name"], name="security_key_name_once_a_person"),
        ]

    def __str__(self) -> str:
        return f"security-key:{self.pk}"


class LinkedIdentity(models.Model):
    """Whom of the municipality's sign-in service an account belongs to. Made by two people, never by a sign-in."""

    staff = models.OneToOneField(Staff, on_delete=models.PROTECT, related_name="identity")
    issuer = models.CharField(max_length=255)
    subject = models.CharField(max_length=255)
    linked_by = models.CharField(max_length=64)
    linked_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["issuer", "subject"], name="identity_belongs_to_one_account")]

    def __str__(self) -> str:
        return f"identity:{self.pk}"


class KeyChallenge(models.Model):
    """A question that was put to an authenticator and not answered yet; the session holds it, here stands its SHA-256 alone.

    That for a second person is not held: the answer brings it along, and the SHA-256 is over the session of the first person as well.
    """

    class Purpose(models.TextChoices):
        ADD = "add", "登録"
        USE = "use", "ログイン"
        WITNESS = "witness", "二人目の確認"

    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=7, choices=Purpose.choices)
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(purpose__in=["add", "use", "witness"]), name="key_challenge_purpose_known")
        ]


class Role(models.Model):
    """A named bundle of rights; `rights` holds the codes of madoguchi.platform.accounts.rights.Right."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=100)
    rights = ArrayField(models.CharField(max_length=64))
    # Given to nobody any more; it stays for what was recorded of it.
    is_retired = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["name"], condition=models.Q(code__startswith="own-"), name="own_role_name_once")
        ]

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


class KeptInput(models.Model):
    """What somebody had typed and not sent when the screen was locked: sealed, one for each person, until `expires_at` (S03)."""

    staff = models.OneToOneField("Staff", models.CASCADE, related_name="kept_input")
    path = models.CharField(max_length=500)
    sealed = models.BinaryField()
    kept_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(expires_at__lte=models.F("kept_at") + dt.timedelta(minutes=30)), name="kept_input_for_half_an_hour"
            ),
            models.CheckConstraint(condition=LessThanOrEqual(Length("sealed"), 65_536), name="kept_input_size"),
        ]


class TrainingSite(models.Model):
    """Where the municipality's installation for training answers: one row; without it there is none."""

    address = models.URLField(max_length=200)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=models.Q(pk=1), name="one_training_site")]


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    """Roles of people."""

    def in_force(self) -> "AssignmentQuerySet":
        """Leave out those whose last day is over: they give no right any more, whether or not they have been cleared away."""
        return self.filter(models.Q(until__isnull=True) | models.Q(until__gte=clock.today()))


class Assignment(models.Model):
    """Who has which role, and where: `place` empty means every place of the municipality (data range, seed 003 master management).

    A role may be given until a day; it holds on that day and ends by itself behind it (S30).
    """

    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="assignments")
    role = models.ForeignKey(Role, on_delete=models.PROTECT)
    place = models.CharField(max_length=20, blank=True)
    granted_by = models.CharField(max_length=64)
    granted_at = models.DateTimeField()
    until = models.DateField(null=True)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["staff", "role", "place"], name="one_assignment_per_role_and_place")]


class RightsReview(models.Model):
    """権限の棚卸: once in each half of the year somebody else looks at every role that a person has. One is open at a time."""

    opened_at = models.DateTimeField()
    opened_by = models.CharField(max_length=64)
    due_on = models.DateField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["closed_by"], condition=models.Q(closed_at__isnull=True), name="one_open_review_of_rights"),
            models.CheckConstraint(
                condition=models.Q(closed_at__isnull=True, closed_by="") | (models.Q(closed_at__isnull=False) & ~models.Q(closed_by="")),
                name="closed_review_names_who",
            ),
        ]

    def __str__(self) -> str:
        return f"rights-review:{self.pk}"


class ReviewedRight(models.Model):
    """One role of one person as the review found it, and what was decided about it."""

    class Decision(models.TextChoices):
        OPEN = "", "未確認"
        KEEP = "keep", "続ける"
        WITHDRAW = "withdraw", "取消しを依頼"
        GONE = "gone", "棚卸の間になくなった"

    review = models.ForeignKey(RightsReview, on_delete=models.PROTECT, related_name="rights")
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="+")
    place = models.CharField(max_length=20, blank=True)
    granted_at = models.DateTimeField()
    last_login = models.DateTimeField(null=True)
    decision = models.CharField(max_length=8, choices=Decision.choices, blank=True, default=Decision.OPEN)
    note = models.CharField(max_length=200, blank=True)
    decided_by = models.CharField(max_length=64, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["staff__user_id", "role__code", "place"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["review", "staff", "role", "place"], name="reviewed_right_once"),
            models.CheckConstraint(condition=models.Q(decision__in=["", "keep", "withdraw", "gone"]), name="reviewed_right_decision_known"),
            models.CheckConstraint(
                condition=models.Q(decision="", decided_by="", decided_at__isnull=True)
                | (~models.Q(decision="") & ~models.Q(decided_by="") & models.Q(decided_at__isnull=False)),
                name="reviewed_right_names_who",
            ),
            models.CheckConstraint(condition=~models.Q(decision="withdraw") | ~models.Q(note=""), name="withdrawal_says_why"),
        ]
