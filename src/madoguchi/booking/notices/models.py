"""The mails that are on their way and what became of them; what is known of each booking's address; links in mails; own texts."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import Exact, IsNull
from django.utils.translation import gettext_lazy as _

from madoguchi.booking.notices.kinds import Kind
from madoguchi.booking.reservations.models import Booking
from madoguchi.platform.ui.languages import CODES, LANGUAGES

_STATUS_FORM = r"^([245]\.[0-9]{1,3}\.[0-9]{1,3})?$"


class Mail(models.Model):
    """One mail of one booking. The address stands here only while the mail waits: sent, refused, void or given up, it is gone.

    `once` names what the mail tells of ("confirmed:2", "reminder:7:20261203"): the same is never told twice. `about_day` is the day that a
    reminder speaks of.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("送信待ち")
        SENT = "sent", _("送信済み")
        REFUSED = "refused", _("宛先不明・拒否")
        VOID = "void", _("送信不要")
        DEAD = "dead", _("送信できず")

    class Why(models.TextChoices):
        """Why a mail was not sent."""

        NO_ADDRESS = "no_address", _("メールアドレスの登録がない")
        OVER = "over", _("予約の日時を過ぎた")
        OVERTAKEN = "overtaken", _("その後に予約が変わった")
        UNPROVED = "unproved", _("メールアドレスがまだ確かめられていない")
        STOPPED = "stopped", _("本人が配信を止めた")
        FAILED = "failed", _("以前のメールが届かなかった")

    reference = models.UUIDField(primary_key=True, default=uuid.uuid4)
    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="mails", db_index=False)
    kind = models.CharField(max_length=9, choices=Kind.choices)
    version = models.PositiveIntegerField()
    once = models.CharField(max_length=40)
    about_day = models.DateField(null=True)
    address = models.CharField(max_length=254, blank=True)
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    why = models.CharField(max_length=10, choices=Why.choices, blank=True, default="", db_default="")
    failures = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    # What a report of the mail system said later: the mail came back, with this status (RFC 3463).
    returned_at = models.DateTimeField(null=True)
    returned_status = models.CharField(max_length=12, blank=True, default="", db_default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["booking", "once"], name="mail_once"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="mail_row_kind_known"),
            models.CheckConstraint(condition=Q(once__regex=r"^[a-z]+(:[0-9]+)+$"), name="mail_once_form"),
            models.CheckConstraint(condition=Q(state__in=["waiting", "sent", "refused", "void", "dead"]), name="mail_state_known"),
            models.CheckConstraint(
                condition=Q(why__in=["", "no_address", "over", "overtaken", "unproved", "stopped", "failed"]), name="mail_why_known"
            ),
            models.CheckConstraint(condition=Q(returned_status__regex=_STATUS_FORM), name="mail_status_form"),
            models.CheckConstraint(
                condition=(Q(state="waiting", settled_at__isnull=True) & ~Q(address=""))
                | (~Q(state="waiting") & Q(address="", settled_at__isnull=False)),
                name="mail_address_only_while_waiting",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="mail_waiting"),
            models.Index(fields=["created_at"], condition=Q(state="dead"), name="mail_dead"),
            models.Index(fields=["-created_at"], name="mail_newest"),
        ]

    def __str__(self) -> str:
        return f"mail:{self.reference}"


class Contact(models.Model):
    """What is known of the mail address of one booking; the address itself stands with the booking.

    `address_mac` tells for which address this holds: another address begins anew. An address counts as proved when somebody has pressed the
    button behind the link that was mailed to it.
    """

    booking = models.OneToOneField(Booking, on_delete=models.CASCADE, primary_key=True, related_name="contact")
    address_mac = models.BinaryField(null=True)
    proved_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    failed_status = models.CharField(max_length=12, blank=True, default="", db_default="")
    temporary_failures = models.PositiveSmallIntegerField(default=0, db_default=0)
    proofs_asked = models.PositiveSmallIntegerField(default=0, db_default=0)
    proof_asked_at = models.DateTimeField(null=True)
    # The person was told by telephone after a mail had come back.
    called_at = models.DateTimeField(null=True)
    called_by = models.CharField(max_length=64, blank=True, default="", db_default="")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=IsNull("address_mac", True) | Exact(Length("address_mac"), 32), name="contact_mac_size"),
            models.CheckConstraint(condition=Q(failed_status__regex=_STATUS_FORM), name="contact_status_form"),
            models.CheckConstraint(condition=Q(called_at__isnull=True) | Q(failed_at__isnull=False), name="contact_called_when_failed"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["failed_at"], condition=Q(failed_at__isnull=False, called_at__isnull=True), name="contact_to_call")
        ]

    def __str__(self) -> str:
        return f"contact:{self.booking_id}"


class Link(models.Model):
    """One link in one mail: what it may be used for, and until when. The mail holds a random token, the row its hash."""

    class Purpose(models.TextChoices):
        PROVE = "prove", _("メールアドレスの確認")
        MANAGE = "manage", _("予約の確認・変更・取消")
        STOP = "stop", _("配信の停止")

    digest = models.CharField(max_length=64)
    purpose = models.CharField(max_length=6, choices=Purpose.choices)
    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="mail_links")
    address_mac = models.BinaryField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["digest"], name="link_digest_once"),
            models.CheckConstraint(condition=Q(digest__regex=r"^[0-9a-f]{64}$"), name="link_digest_form"),
            models.CheckConstraint(condition=Q(purpose__in=["prove", "manage", "stop"]), name="link_purpose_known"),
            models.CheckConstraint(condition=Exact(Length("address_mac"), 32), name="link_mac_size"),
        ]

    def __str__(self) -> str:
        return f"link:{self.purpose}"


class MailText(models.Model):
    """One version of a municipality's own text; the newest is in force. Both parts empty: the built-in text again."""

    append_only: ClassVar[bool] = True

    kind = models.CharField(max_length=9, choices=Kind.choices)
    language = models.CharField(max_length=10, choices=[(language.code, language.name) for language in LANGUAGES])
    version = models.PositiveIntegerField()
    subject = models.CharField(_("件名"), max_length=120, blank=True)
    body = models.CharField(_("本文"), max_length=4000, blank=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=64)
    by_name = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering: ClassVar = ["-version"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "language", "version"], name="mail_text_version_once"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="mail_text_kind_known"),
            models.CheckConstraint(condition=Q(language__in=CODES), name="mail_text_language_known"),
            models.CheckConstraint(condition=Q(subject="", body="") | (~Q(subject="") & ~Q(body="")), name="mail_text_whole_or_built_in"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.language} {self.version}"

    @property
    def is_built_in(self) -> bool:
        """Tell whether this version says: the product's own text."""
        return not self.body
