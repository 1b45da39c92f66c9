"""Tables of the exchange: trusted keys, streams with their positions, files sent and taken in, and the media ledger.

No column holds a personal value: the content of a file lives in its sealed copy alone, which this zone cannot open.
"""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

HEX_64 = r"^[0-9a-f]{64}$"
FILE_TYPE = r"^[a-z]{1,16}$"


def _matches(field: str, pattern: str, name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(**{f"{field}__regex": pattern}), name=name)


class PeerKey(models.Model):
    """Public keys of the other zone, enrolled after two people compared the fingerprint. A key is revoked, never deleted."""

    zone = models.CharField(max_length=1)
    sender_id = models.CharField(max_length=16, unique=True)
    fingerprint = models.CharField(max_length=39, unique=True)
    bundle = models.BinaryField()
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    enrolled_by = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar = [
            _matches("zone", "^[BC]$", "peer_key_zone_known"),
            _matches("sender_id", "^[0-9a-f]{16}$", "peer_key_sender_id_is_hex"),
            _matches("fingerprint", "^([0-9A-F]{4}-){7}[0-9A-F]{4}$", "peer_key_fingerprint_form"),
        ]

    def __str__(self) -> str:
        return self.fingerprint


class Stream(models.Model):
    """How far one type of file has come: the last number and the hash of its file."""

    type = models.CharField(max_length=16, primary_key=True)
    seq = models.PositiveBigIntegerField(default=0)
    file_hash = models.CharField(max_length=64)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.type} {self.seq}"


class OutgoingStream(Stream):
    """Position of what this zone sends."""

    class Meta:
        constraints: ClassVar = [
            _matches("type", FILE_TYPE, "outgoing_stream_type_form"),
            _matches("file_hash", HEX_64, "outgoing_stream_hash_is_hex"),
        ]


class IncomingStream(Stream):
    """Position of what this zone has taken in."""

    class Meta:
        constraints: ClassVar = [
            _matches("type", FILE_TYPE, "incoming_stream_type_form"),
            _matches("file_hash", HEX_64, "incoming_stream_hash_is_hex"),
        ]


class OutgoingFile(models.Model):
    """A file that this zone sealed. Its number counts until the file is withdrawn, which only an unanswered last file can be."""

    class State(models.TextChoices):
        ISSUED = "issued", "発行済"
        WITHDRAWN = "withdrawn", "取下げ"

    type = models.CharField(max_length=16)
    seq = models.PositiveBigIntegerField()
    file_name = models.CharField(max_length=80)
    file_hash = models.CharField(max_length=64)
    prev = models.CharField(max_length=64)
    rows = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.ISSUED)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    issued_by = models.CharField(max_length=64)
    answered_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=8, blank=True)
    # Keyed digest of the records, so that an automatic run sees whether anything changed without keeping what it sent.
    content_mac = models.CharField(max_length=64, blank=True)
    released_at = models.DateTimeField(null=True)
    released_by = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["type", "seq"], condition=Q(state="issued"), name="one_issued_file_per_number"),
            _matches("type", FILE_TYPE, "outgoing_file_type_form"),
            _matches("file_name", r"^KFX_[0-9]{6}_(C2B|B2C)_[a-z]{1,16}_[0-9]+\.kfx$", "outgoing_file_name_form"),
            _matches("file_hash", HEX_64, "outgoing_file_hash_is_hex"),
            _matches("prev", HEX_64, "outgoing_file_prev_is_hex"),
            _matches("content_mac", "^(|[0-9a-f]{64})$", "outgoing_file_mac_is_hex"),
            _matches("state", "^(issued|withdrawn)$", "outgoing_file_state_known"),
            _matches("answer", "^(|taken|E[0-9]{2})$", "outgoing_file_answer_known"),
            models.CheckConstraint(
                condition=Q(released_at__isnull=True, released_by="") | (Q(released_at__isnull=False) & ~Q(released_by="")),
                name="outgoing_file_release_names_who",
            ),
            models.CheckConstraint(condition=~Q(released_by=models.F("issued_by")), name="outgoing_file_released_by_another"),
        ]
        indexes: ClassVar = [models.Index(fields=["type", "-seq"]), models.Index(fields=["file_hash"])]

    def __str__(self) -> str:
        return self.file_name


class SealedCopy(models.Model):
    """The bytes of a file until its receipt is back, so that the same file can be written again. Only the receiver can open them."""

    file = models.OneToOneField(OutgoingFile, on_delete=models.CASCADE, primary_key=True, related_name="sealed_copy")
    content = models.BinaryField()

    def __str__(self) -> str:
        return f"sealed copy {self.pk}"


class IncomingFile(models.Model):
    """A file that was taken in."""

    type = models.CharField(max_length=16)
    seq = models.PositiveBigIntegerField()
    file_hash = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    taken = models.PositiveIntegerField()
    refused = models.PositiveIntegerField()
    imported_at = models.DateTimeField()
    imported_by = models.CharField(max_length=64)
    receipt = models.OneToOneField(OutgoingFile, on_delete=models.PROTECT, null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["type", "seq"], name="one_incoming_file_per_number"),
            _matches("type", FILE_TYPE, "incoming_file_type_form"),
            _matches("file_hash", HEX_64, "incoming_file_hash_is_hex"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.seq}"


class LedgerEntry(models.Model):
    """A line of the media ledger (媒体管理簿): one attempt to write to or read from a medium, noted before the first byte (EX-04).

    The name of a file is kept only when it has the form of an exchange file's: any other name may hold anything.
    """

    class Movement(models.TextChoices):
        WRITE = "write", "書き出し"
        READ = "read", "読み込み"

    class Transport(models.TextChoices):
        MEDIUM = "medium", "媒体"
        DIRECT = "direct", "直接連携"

    class State(models.TextChoices):
        STARTED = "started", "開始"
        DONE = "done", "完了"
        REFUSED = "refused", "拒否"
        FAILED = "failed", "失敗"

    movement = models.CharField(max_length=5, choices=Movement.choices)
    transport = models.CharField(max_length=6, choices=Transport.choices, default=Transport.MEDIUM)
    state = models.CharField(max_length=8, choices=State.choices, default=State.STARTED)
    type = models.CharField(max_length=16, blank=True)
    seq = models.PositiveBigIntegerField(null=True)
    file_name = models.CharField(max_length=80, blank=True)
    file_hash = models.CharField(max_length=64, blank=True)
    medium = models.CharField(max_length=32, blank=True)
    rows = models.PositiveIntegerField(null=True)
    code = models.CharField(max_length=3, blank=True)
    user_id = models.CharField(max_length=64)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    outgoing = models.ForeignKey(OutgoingFile, on_delete=models.PROTECT, null=True, related_name="ledger_entries")

    class Meta:
        constraints: ClassVar = [
            _matches("movement", "^(write|read)$", "ledger_movement_known"),
            _matches("transport", "^(medium|direct)$", "ledger_transport_known"),
            models.CheckConstraint(condition=Q(transport="medium") | Q(medium=""), name="ledger_direct_has_no_medium"),
            _matches("state", "^(started|done|refused|failed)$", "ledger_state_known"),
            _matches("type", "^[a-z]{0,16}$", "ledger_type_form"),
            _matches("file_name", r"^(|KFX_[0-9]{6}_(C2B|B2C)_[a-z]{1,16}_[0-9]+\.kfx)$", "ledger_file_name_form"),
            _matches("file_hash", "^(|[0-9a-f]{64})$", "ledger_file_hash_is_hex"),
            _matches("medium", "^[A-Za-z0-9-]*$", "ledger_medium_form"),
            _matches("code", "^(|E[0-9]{2})$", "ledger_code_form"),
        ]
        indexes: ClassVar = [models.Index(fields=["-started_at"])]

    def __str__(self) -> str:
        return f"{self.movement} {self.file_name}"


class MassChange(models.Model):
    """A file that would change too much at once (E24), and the two who looked at it and let it in all the same."""

    append_only: ClassVar[bool] = True

    file_hash = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=64)
    second = models.CharField(max_length=64)
    reason = models.CharField(max_length=200)

    class Meta:
        constraints: ClassVar = [
            _matches("file_hash", HEX_64, "mass_change_hash_is_hex"),
            models.CheckConstraint(condition=~Q(by=models.F("second")), name="mass_change_by_two"),
        ]

    def __str__(self) -> str:
        return self.file_hash[:8]


class ExchangeRules(models.Model):
    """What this municipality asks of media and of the timetable by which they travel. One row; without one, nothing is asked (contract)."""

    ONLY_ROW: ClassVar[int] = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY_ROW)
    medium_required = models.BooleanField(_("登録した媒体だけを使う"), default=False)
    release_required = models.BooleanField(_("書き出したファイルを別の職員が承認する"), default=False)
    days_out = models.PositiveSmallIntegerField(_("持出しの期限（日）"), default=3)
    trip_weekdays = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True, verbose_name=_("媒体を運ぶ曜日"))
    trip_time = models.TimeField(_("媒体を運ぶ時刻"), null=True)
    transfer_minutes = models.PositiveSmallIntegerField(_("運ぶ時間（分）"), default=60)
    picking_minutes = models.PositiveSmallIntegerField(_("取り出しの時間（分）"), default=120)
    late_cancels_by_telephone = models.BooleanField(_("間に合わない取消は電話で知らせる"), default=True)
    direct_on = models.BooleanField(_("直接連携を使う"), default=False)
    direct_host = models.CharField(_("予約管理のアドレス"), max_length=253, blank=True)
    direct_port = models.PositiveIntegerField(_("予約管理の番号（ポート）"), default=8443)
    direct_minutes = models.PositiveSmallIntegerField(_("直接連携の間隔（分）"), default=15)
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(id=1), name="exchange_rules_one_row"),
            models.CheckConstraint(condition=Q(days_out__range=(1, 60)), name="exchange_rules_days_out"),
            models.CheckConstraint(condition=Q(trip_weekdays__contained_by=[0, 1, 2, 3, 4, 5, 6]), name="exchange_rules_weekdays"),
            _matches("direct_host", r"^[A-Za-z0-9.:_-]*$", "exchange_rules_host_form"),
            models.CheckConstraint(condition=Q(direct_port__range=(1, 65535)), name="exchange_rules_port"),
            models.CheckConstraint(condition=Q(direct_minutes__range=(1, 1440)), name="exchange_rules_minutes"),
            models.CheckConstraint(condition=Q(trip_weekdays=[]) | Q(trip_time__isnull=False), name="exchange_rules_a_trip_has_a_time"),
        ]

    def __str__(self) -> str:
        return "rules"


class ExchangeRulesChange(models.Model):
    """Who changed which rule from what to what, with whom, when and why."""

    append_only: ClassVar[bool] = True

    at = models.DateTimeField()
    by = models.CharField(max_length=64)
    second = models.CharField(max_length=64)
    setting = models.CharField(max_length=40)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    reason = models.CharField(max_length=200)

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(by=models.F("second")), name="exchange_rules_changed_by_two")]

    def __str__(self) -> str:
        return self.setting


class DirectState(models.Model):
    """How the direct transport stands (EX-05). One row, in the zone that calls; nobody's property, so it has no history of its own."""

    ONLY_ROW: ClassVar[int] = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY_ROW)
    claimed_at = models.DateTimeField(null=True)
    tried_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    fault = models.CharField(max_length=16, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(id=1), name="direct_state_one_row"),
            _matches("fault", "^([a-z_]*|E[0-9]{2})$", "direct_state_fault_form"),
        ]

    def __str__(self) -> str:
        return self.fault or "well"


class Medium(models.Model):
    """A medium of the municipality: registered before it is used, disposed of in the end, its number never given again (EX-04)."""

    class Kind(models.TextChoices):
        USB = "usb", _("USBメモリー")
        DISC = "disc", _("光ディスク")
        DISK = "disk", _("外付けディスク")

    number = models.CharField(_("媒体番号"), max_length=32, unique=True)
    kind = models.CharField(_("種類"), max_length=4, choices=Kind.choices)
    serial = models.CharField(_("製造番号"), max_length=64, blank=True)
    encryption = models.CharField(_("暗号化の方式"), max_length=60, blank=True)
    kept_at = models.CharField(_("保管場所"), max_length=60)
    registered_at = models.DateTimeField()
    registered_by = models.CharField(max_length=64)
    disposed_at = models.DateTimeField(null=True)
    disposed_by = models.CharField(max_length=64, blank=True)
    disposed_with = models.CharField(max_length=64, blank=True)
    disposed_how = models.CharField(_("廃棄の方法"), max_length=100, blank=True)

    class Meta:
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            _matches("number", "^[A-Za-z0-9-]{1,32}$", "medium_number_form"),
            models.CheckConstraint(condition=Q(kind__in=["usb", "disc", "disk"]), name="medium_kind_known"),
            models.CheckConstraint(
                condition=Q(disposed_at__isnull=True) | (~Q(disposed_by="") & ~Q(disposed_with="") & ~Q(disposed_how="")),
                name="medium_disposed_of_by_two",
            ),
            models.CheckConstraint(
                condition=Q(disposed_by="") | ~Q(disposed_by=models.F("disposed_with")), name="medium_disposal_two_people"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class MediumTrip(models.Model):
    """One time a medium was out: what for, approved by whom, carried by whom, until when; read in, erased, back (媒体の持出し)."""

    medium = models.ForeignKey(Medium, on_delete=models.PROTECT, related_name="trips")
    purpose = models.CharField(_("目的"), max_length=100)
    destination = models.CharField(_("行き先"), max_length=60)
    carried_by = models.CharField(_("運ぶ人"), max_length=64)
    approved_by = models.CharField(_("承認者"), max_length=64)
    out_at = models.DateTimeField(_("持出日時"))
    due_at = models.DateTimeField(_("返却期限"))
    read_in_at = models.DateTimeField(_("読み込みの確認"), null=True)
    read_in_by = models.CharField(max_length=64, blank=True)
    erased_at = models.DateTimeField(_("消去の確認"), null=True)
    erased_by = models.CharField(max_length=64, blank=True)
    back_at = models.DateTimeField(_("返却日時"), null=True)
    back_by = models.CharField(max_length=64, blank=True)
    remarks = models.CharField(_("備考"), max_length=200, blank=True)

    class Meta:
        ordering: ClassVar = ["-out_at", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["medium"], condition=Q(back_at__isnull=True), name="a_medium_is_out_once"),
            models.CheckConstraint(condition=~Q(approved_by=models.F("carried_by")), name="trip_approved_by_another"),
            models.CheckConstraint(condition=Q(due_at__gt=models.F("out_at")), name="trip_due_after_it_begins"),
            models.CheckConstraint(condition=Q(back_at__isnull=True) | Q(erased_at__isnull=False), name="trip_ends_erased"),
            models.CheckConstraint(
                condition=(Q(read_in_at__isnull=True) | ~Q(read_in_by="")) & (Q(erased_at__isnull=True) | ~Q(erased_by="")),
                name="trip_steps_name_who",
            ),
        ]

    def __str__(self) -> str:
        return f"trip:{self.pk}"
