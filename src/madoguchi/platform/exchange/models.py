"""Tables of the exchange: trusted keys, streams with their positions, files sent and taken in, and the media ledger.

No column holds a personal value: the content of a file lives in its sealed copy alone, which this zone cannot open.
"""

from typing import ClassVar

from django.db import models
from django.db.models import Q

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

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["type", "seq"], condition=Q(state="issued"), name="one_issued_file_per_number"),
            _matches("type", FILE_TYPE, "outgoing_file_type_form"),
            _matches("file_name", r"^KFX_[0-9]{6}_(C2B|B2C)_[a-z]{1,16}_[0-9]+\.kfx$", "outgoing_file_name_form"),
            _matches("file_hash", HEX_64, "outgoing_file_hash_is_hex"),
            _matches("prev", HEX_64, "outgoing_file_prev_is_hex"),
            _matches("state", "^(issued|withdrawn)$", "outgoing_file_state_known"),
            _matches("answer", "^(|taken|E[0-9]{2})$", "outgoing_file_answer_known"),
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

    class State(models.TextChoices):
        STARTED = "started", "開始"
        DONE = "done", "完了"
        REFUSED = "refused", "拒否"
        FAILED = "failed", "失敗"

    movement = models.CharField(max_length=5, choices=Movement.choices)
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
