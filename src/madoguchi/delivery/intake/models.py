"""Tables of the intake: import batches with their problems and staged rows; arrivals and what was inspected in them."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.cards.models import Card, DeliveryPlace, ListedData


class ImportBatch(models.Model):
    """One card list that was read: checked, staged, waiting for a second person, applied or thrown away."""

    class State(models.TextChoices):
        FAULTY = "faulty", _("誤りあり")
        WAITING = "waiting", _("承認待ち")
        APPLIED = "applied", _("反映済")
        DISCARDED = "discarded", _("取り下げ")
        UNDONE = "undone", _("取り消し済")

    state = models.CharField(max_length=12, choices=State.choices)
    layout = models.CharField(max_length=20)
    layout_version = models.PositiveSmallIntegerField()
    file_name = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    rows = models.PositiveIntegerField()
    accepted = models.PositiveIntegerField()
    rejected = models.PositiveIntegerField()
    warned = models.PositiveIntegerField()
    new = models.PositiveIntegerField()
    changed = models.PositiveIntegerField()
    unchanged = models.PositiveIntegerField()
    gone = models.PositiveIntegerField()
    is_mass_change = models.BooleanField()
    leaves_out_rejected = models.BooleanField()
    imported_by = models.CharField(max_length=64)
    imported_at = models.DateTimeField(db_default=Now())
    approved_by = models.CharField(max_length=64, blank=True)
    closed_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=64, blank=True)
    undone_with = models.CharField(max_length=64, blank=True)
    undone_at = models.DateTimeField(null=True)
    undo_reason = models.CharField(max_length=200, blank=True)
    version = models.PositiveIntegerField(db_default=1)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(state="undone")
                | (
                    ~Q(undone_by="") & ~Q(undone_with="") & ~Q(undone_with=F("undone_by")) & Q(undone_at__isnull=False) & ~Q(undo_reason="")
                ),
                name="import_undone_by_two",
            ),
            models.CheckConstraint(condition=~Q(approved_by=F("imported_by")), name="import_approved_by_a_second_person"),
            models.CheckConstraint(
                condition=Q(state__in=["applied", "undone"]) & ~Q(approved_by="") | ~Q(state__in=["applied", "undone"]) & Q(approved_by=""),
                name="import_applied_only_with_approval",
            ),
            models.CheckConstraint(condition=Q(rows=F("accepted") + F("rejected")), name="import_counts_every_record"),
            models.CheckConstraint(
                condition=Q(state__in=["faulty", "waiting", "applied", "discarded", "undone"]), name="import_state_known"
            ),
            models.UniqueConstraint(fields=["sha256", "layout"], condition=Q(state__in=["faulty", "waiting"]), name="a_file_waits_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["sha256"], name="import_by_sha256")]

    @property
    def title(self) -> str:
        """What other lists call this one, as the source of what it set off."""
        return f"カード発行一覧 {self.pk}"


class ImportProblem(models.Model):
    """One faulty or doubtful record of a batch: where, which column, what kind. The value itself is never kept here.

    `line` is its first line in the file, `row` the row in which a spreadsheet shows it: they differ behind cells of several lines.
    """

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="problems")
    line = models.PositiveIntegerField()
    row = models.PositiveIntegerField()
    column = models.CharField(max_length=60)
    code = models.CharField(max_length=40)
    is_error = models.BooleanField()
    message = models.CharField(max_length=400)

    letter = ""
    """Under which letter a spreadsheet shows the column; a page that shows it asks the batch's layout."""

    class Meta:
        ordering: ClassVar = ["batch", "line"]

    @property
    def words(self) -> str:
        """The message without the line and the column that it begins with."""
        return self.message.partition(": ")[2] or self.message


class StagedRow(ListedData):
    """One accepted row of a batch, as it will be written.

    The table is UNLOGGED: after a crash of the database it is empty, the batch says so, and the list is read again.
    """

    pk = models.CompositePrimaryKey("batch_id", "line")
    batch_id = models.BigIntegerField()
    line = models.PositiveIntegerField()
    terminal = models.CharField(max_length=12)


class ReplacedRow(models.Model):
    """What a card said before a batch changed it, so that the batch can be undone; kept no longer than that is possible."""

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="replaced")
    card = models.ForeignKey(Card, on_delete=models.CASCADE, related_name="+")
    version = models.PositiveIntegerField()
    row_values = models.JSONField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["batch", "card"], name="a_card_is_replaced_once_a_batch")]


class Arrival(models.Model):
    """受入: a box that came, with the number of cards that should be in it; it closes only without difference (DL-07)."""

    place = models.ForeignKey(DeliveryPlace, on_delete=models.PROTECT, verbose_name=_("受入場所"))
    expected = models.PositiveIntegerField(_("送付書の枚数"))
    note = models.CharField(_("箱の番号など"), max_length=100, blank=True)
    opened_by = models.CharField(max_length=64)
    opened_at = models.DateTimeField(db_default=Now())
    closed_by = models.CharField(max_length=64, blank=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(expected__gte=1), name="arrival_expects_cards"),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_by="") | (Q(closed_at__isnull=False) & ~Q(closed_by="")),
                name="arrival_close_names_who",
            ),
        ]


class ArrivedCard(models.Model):
    """One card read in an arrival, and its inspection by two people.

    A card that was put aside as faulty and turned out to be sound comes in again: its first row says what was found then.
    """

    arrival = models.ForeignKey(Arrival, on_delete=models.PROTECT, related_name="cards")
    card = models.ForeignKey(Card, on_delete=models.PROTECT, related_name="arrivals")
    scanned_by = models.CharField(max_length=64)
    scanned_at = models.DateTimeField(db_default=Now())
    labelled_by = models.CharField(max_length=64, blank=True)
    labelled_at = models.DateTimeField(null=True)
    inspected_by = models.CharField(max_length=64, blank=True)
    inspected_at = models.DateTimeField(null=True)
    fault = models.CharField("不良", max_length=16, blank=True)
    fault_by = models.CharField(max_length=64, blank=True)
    fault_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(inspected_at__isnull=True, inspected_by="")
                | (Q(inspected_at__isnull=False, labelled_at__isnull=False) & ~Q(inspected_by="") & ~Q(inspected_by=F("labelled_by"))),
                name="inspected_by_two_people",
            ),
            models.CheckConstraint(
                condition=Q(fault="", fault_by="", fault_at__isnull=True) | (~Q(fault="") & ~Q(fault_by="") & Q(fault_at__isnull=False)),
                name="fault_names_who_found_it",
            ),
            models.CheckConstraint(condition=Q(fault="") | Q(inspected_at__isnull=True), name="a_faulty_card_is_not_inspected"),
            models.UniqueConstraint(fields=["card"], condition=Q(fault=""), name="a_sound_card_arrives_once"),
            models.UniqueConstraint(fields=["arrival", "card"], name="a_card_once_in_an_arrival"),
        ]


class ListMapping(models.Model):
    """対応付け: how the list of another system is read, one row a version (DL-01). Only a draft changes; what was used stays as it was."""

    class State(models.TextChoices):
        DRAFT = "draft", _("下書き")
        WAITING = "waiting", _("承認待ち")
        APPROVED = "approved", _("使用中")
        REPLACED = "replaced", _("前の版")

    code = models.CharField(_("対応付けのコード"), max_length=20)
    version = models.PositiveSmallIntegerField(_("版"))
    name = models.CharField(_("名称"), max_length=60)
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    spec = models.JSONField()
    tried_spec = models.CharField(max_length=64, blank=True)
    tried_rows = models.PositiveIntegerField(default=0)
    tried_rejected = models.PositiveIntegerField(default=0)
    made_by = models.CharField(max_length=64)
    changed_at = models.DateTimeField(db_default=Now())
    approved_by = models.CharField(max_length=64, blank=True)
    approved_at = models.DateTimeField(null=True)
    row_version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering: ClassVar = ["code", "-version"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["code", "version"], name="a_version_of_a_mapping_once"),
            models.UniqueConstraint(fields=["code"], condition=Q(state__in=["draft", "waiting"]), name="one_open_version_of_a_mapping"),
            models.UniqueConstraint(fields=["code"], condition=Q(state="approved"), name="one_version_of_a_mapping_in_use"),
            models.CheckConstraint(condition=Q(state__in=["draft", "waiting", "approved", "replaced"]), name="mapping_state_known"),
            models.CheckConstraint(condition=~Q(approved_by=F("made_by")), name="mapping_approved_by_a_second_person"),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "waiting"], approved_by="") | (Q(state__in=["approved", "replaced"]) & ~Q(approved_by="")),
                name="mapping_in_use_was_approved",
            ),
        ]
