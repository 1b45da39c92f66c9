"""Tables of the filing: kinds of paper with their rules, papers with their index (seed 003 (7)), pages, files, and who saw them."""

from typing import ClassVar

from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.cards.models import Card
from madoguchi.delivery.filing.rules import Disposal, Incoming, Paper, Source


class FilingSettings(models.Model):
    """What the municipality set for its filing; one row."""

    ONLY_ROW: ClassVar[int] = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY_ROW)
    takes_unscanned = models.BooleanField(_("ウイルス対策ソフトが無くても受け取る"), default=True)
    shred_within_days = models.PositiveSmallIntegerField(_("原本を細断するまでの日数"), default=7)
    changed_at = models.DateTimeField(db_default=Now())
    changed_by = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(id=1), name="filing_settings_one_row"),
            models.CheckConstraint(condition=Q(shred_within_days__range=(1, 90)), name="filing_shred_within_days"),
        ]


class DocumentClass(models.Model):
    """資料区分: a kind of paper, the work that it belongs to, and what may be done with it (DL-32)."""

    code = models.CharField(_("資料区分コード"), max_length=20, unique=True)
    name = models.CharField(_("資料区分"), max_length=60, unique=True)
    business = models.CharField(_("業務区分"), max_length=30)
    holds_individual_number = models.BooleanField(_("個人番号あり"), default=False)
    may_be_scanned = models.BooleanField(_("写しを取ってよい"), default=True)
    is_shredded = models.BooleanField(_("取込後に原本を細断する"), default=True)
    keeps_unmasked = models.BooleanField(_("伏せる前の画像を残す"), default=False)
    is_open = models.BooleanField(_("使用中"), default=True)

    class Meta:
        ordering: ClassVar = ["business", "code"]

    def __str__(self) -> str:
        return self.name


class RetentionPeriod(models.Model):
    """保存年限: how many years a kind of paper is kept, from a day on; earlier rows stay for what was filed under them."""

    document_class = models.ForeignKey(DocumentClass, on_delete=models.PROTECT, related_name="periods")
    since = models.DateField(_("適用日"))
    years = models.PositiveSmallIntegerField(_("保存年限（年）"))
    set_by = models.CharField(max_length=64)
    set_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering: ClassVar = ["since"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["document_class", "since"], name="one_retention_a_day"),
            models.CheckConstraint(condition=Q(years__range=(1, 30)), name="retention_years"),
        ]


class CoverSheet(models.Model):
    """A printed cover sheet: its code says whose paper follows it and of which kind. Each is used once."""

    code = models.CharField(_("表紙のコード"), max_length=12, unique=True)
    document_class = models.ForeignKey(DocumentClass, on_delete=models.PROTECT, related_name="covers")
    card = models.ForeignKey(Card, on_delete=models.PROTECT, related_name="covers")
    printed_at = models.DateTimeField(db_default=Now())
    printed_by = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["card", "-id"], name="cover_by_card")]


class ShreddingList(models.Model):
    """細断リスト: papers that are to be shredded; two people and a day close it (DL-26)."""

    made_at = models.DateTimeField(db_default=Now())
    closed_on = models.DateField(_("細断日"), null=True)
    closed_by = models.CharField(_("実施者"), max_length=64, blank=True)
    closed_by_name = models.CharField(max_length=100, blank=True)
    witness = models.CharField(_("立会者"), max_length=64, blank=True)
    witness_name = models.CharField(max_length=100, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["closed_by"], condition=Q(closed_on__isnull=True), name="one_open_shredding_list"),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True) | (~Q(closed_by="") & ~Q(witness="") & ~Q(closed_by=F("witness"))),
                name="shredding_is_closed_by_two",
            ),
        ]


class DisposalBatch(models.Model):
    """廃棄: papers whose time is over, proposed together, approved by a second person, removed before two, with a certificate."""

    cutoff = models.DateField(_("保存期限の基準日"))
    proposed_at = models.DateTimeField(db_default=Now())
    proposed_by = models.CharField(max_length=64)
    proposed_by_name = models.CharField(max_length=100, blank=True)
    approved_at = models.DateTimeField(null=True)
    approved_by = models.CharField(max_length=64, blank=True)
    approved_by_name = models.CharField(max_length=100, blank=True)
    carried_out_at = models.DateTimeField(null=True)
    carried_out_by = models.CharField(max_length=64, blank=True)
    carried_out_by_name = models.CharField(max_length=100, blank=True)
    witness = models.CharField(max_length=64, blank=True)
    witness_name = models.CharField(max_length=100, blank=True)
    given_up = models.BooleanField(default=False)
    removed_at = models.DateTimeField(null=True)
    documents_removed = models.PositiveIntegerField(default=0)
    pages_removed = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(approved_by="") | ~Q(approved_by=F("proposed_by")), name="disposal_approved_by_another"),
            models.CheckConstraint(
                condition=Q(carried_out_at__isnull=True) | (~Q(approved_by="") & ~Q(witness="") & ~Q(carried_out_by=F("witness"))),
                name="disposal_carried_out_by_two",
            ),
        ]


class Document(models.Model):
    """One paper of one person: the index of seed 003 (7), how long it is kept, and where its original is."""

    number = models.CharField(_("資料番号"), max_length=12, unique=True)
    partition_year = models.PositiveSmallIntegerField(_("分割年"))
    fiscal_year = models.PositiveSmallIntegerField(_("年度"))
    document_class = models.ForeignKey(DocumentClass, on_delete=models.PROTECT, related_name="documents", verbose_name=_("資料区分"))
    business = models.CharField(_("業務区分"), max_length=30)
    identifier = models.CharField(_("識別番号"), max_length=20, blank=True)
    application_id = models.CharField(_("申請書ID"), max_length=23, blank=True)
    name = models.TextField(_("漢字氏名"), blank=True)
    name_key = models.TextField(blank=True)
    card = models.ForeignKey(Card, on_delete=models.PROTECT, null=True, related_name="documents")
    source = models.CharField(_("取込元"), max_length=8)
    registered_at = models.DateTimeField(_("登録日時"), db_default=Now())
    registered_by = models.CharField(_("登録職員ID"), max_length=64)
    registered_by_name = models.CharField(_("登録職員名"), max_length=100, blank=True)
    updated_at = models.DateTimeField(_("更新日時"), db_default=Now())
    updated_by = models.CharField(_("更新職員ID"), max_length=64)
    updated_by_name = models.CharField(_("更新職員名"), max_length=100, blank=True)
    version = models.PositiveIntegerField(_("版番号"), default=1)
    keep_until = models.DateField(_("保存期限"))
    scanned_for_viruses = models.BooleanField(_("ウイルス検査済"), default=False)
    paper = models.CharField(_("原本"), max_length=8)
    looked_at_by = models.CharField(_("画像確認者"), max_length=64, blank=True)
    looked_at_by_name = models.CharField(max_length=100, blank=True)
    looked_at_on = models.DateField(_("画像確認日"), null=True)
    shredding = models.ForeignKey(ShreddingList, on_delete=models.PROTECT, null=True, related_name="documents")
    disposal = models.CharField(_("廃棄"), max_length=10, default="none")
    disposal_batch = models.ForeignKey(DisposalBatch, on_delete=models.PROTECT, null=True, related_name="documents")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(paper__in=[value.value for value in Paper]), name="document_paper_known"),
            models.CheckConstraint(condition=Q(source__in=[value.value for value in Source]), name="document_source_known"),
            models.CheckConstraint(condition=Q(disposal__in=[value.value for value in Disposal]), name="document_disposal_known"),
            models.CheckConstraint(condition=Q(looked_at_by="") | ~Q(looked_at_by=F("registered_by")), name="document_second_look"),
            models.CheckConstraint(
                condition=~Q(paper__in=["listed", "shredded"]) | (Q(shredding__isnull=False) & ~Q(looked_at_by="")),
                name="paper_goes_after_a_second_look",
            ),
            models.CheckConstraint(
                condition=~Q(disposal="disposed") | Q(name="", application_id="", identifier=""), name="disposed_says_nothing"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["fiscal_year", "document_class", "-id"], name="document_by_year_class"),
            models.Index(fields=["document_class", "-id"], name="document_by_class"),
            models.Index(fields=["partition_year", "business", "-id"], name="document_by_partition"),
            models.Index(fields=["card", "-id"], name="document_by_card"),
            models.Index(fields=["application_id"], name="document_by_application"),
            models.Index(fields=["identifier"], name="document_by_identifier"),
            models.Index(OpClass(F("name_key"), "text_pattern_ops"), name="document_by_name"),
            models.Index(fields=["paper", "id"], condition=Q(paper__in=["held", "listed"]), name="document_paper_left"),
            models.Index(fields=["keep_until", "id"], condition=Q(disposal="none"), name="document_by_keep_until"),
        ]

    def __str__(self) -> str:
        return f"document:{self.pk}"


class StoredFile(models.Model):
    """A file as it was taken in, sealed in the zone's folder under its keyed digest, and never changed (seed 003 (7))."""

    digest = models.CharField(_("ファイル名"), max_length=64, unique=True)
    mime = models.CharField(_("MIME タイプ"), max_length=20)
    size = models.PositiveIntegerField(_("ファイルサイズ"))
    pages = models.PositiveSmallIntegerField(_("ページ数"))
    # Destroyed when a number on one of its pages was masked; the pictures of its pages are what is left (DL-32).
    removed_at = models.DateTimeField(null=True)
    stored_at = models.DateTimeField(db_default=Now())


class Page(models.Model):
    """One page of a paper: which page of which file, and the angle at which it is shown; the picture itself stays as it came."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="pages")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="shown_as")
    file_order = models.PositiveSmallIntegerField(_("ファイル連番"))
    file_page = models.PositiveSmallIntegerField(_("ファイル内のページ"))
    position = models.PositiveSmallIntegerField(_("ページ番号"))
    rotation = models.PositiveSmallIntegerField(_("回転角度"), default=0)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["document", "position"], name="page_position_once", deferrable=models.Deferrable.DEFERRED),
            models.UniqueConstraint(fields=["file", "file_page"], name="page_of_a_file_once"),
            models.CheckConstraint(condition=Q(rotation__in=[0, 90, 180, 270]), name="page_rotation"),
        ]


class ImageView(models.Model):
    """Who looked at which paper, when and why; never altered."""

    append_only: ClassVar[bool] = True

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="views")
    at = models.DateTimeField(db_default=Now())
    by = models.CharField(max_length=64)
    by_name = models.CharField(max_length=100, blank=True)
    page = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=200, blank=True)
    individual_number = models.BooleanField()

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [models.Index(fields=["document", "-id"], name="image_view_by_document")]


class Mask(models.Model):
    """伏せ字: numbers that two people blacked out on a page; where, and whether the picture before is kept (DL-32)."""

    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="masks")
    # Rectangles of the picture as it is kept, in thousandths of its width and height.
    rectangles = models.JSONField()
    keeps_unmasked = models.BooleanField()
    reason = models.CharField(_("理由"), max_length=200)
    at = models.DateTimeField(db_default=Now())
    by = models.CharField(max_length=64)
    by_name = models.CharField(max_length=100, blank=True)
    second = models.CharField(max_length=64)
    second_name = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(by=F("second")), name="mask_by_two")]


class IncomingFile(models.Model):
    """A file in the watched folder: as it was last seen, and what became of it."""

    name = models.CharField(_("ファイル名"), max_length=255)
    size = models.BigIntegerField()
    modified_ns = models.BigIntegerField()
    state = models.CharField(max_length=8, default="watched")
    sentence = models.CharField(max_length=200, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    seen_at = models.DateTimeField(db_default=Now())
    decided_at = models.DateTimeField(null=True)
    documents = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=[value.value for value in Incoming]), name="incoming_state_known"),
            models.UniqueConstraint(fields=["name"], condition=~Q(state="taken"), name="one_row_for_a_waiting_file"),
        ]
        indexes: ClassVar = [models.Index(fields=["state", "-id"], name="incoming_by_state")]


class Extraction(models.Model):
    """抽出: chosen papers left the system as a file; who, with whom, why, how many. Never altered."""

    append_only: ClassVar[bool] = True

    at = models.DateTimeField(db_default=Now())
    by = models.CharField(max_length=64)
    by_name = models.CharField(max_length=100, blank=True)
    witness = models.CharField(max_length=64)
    witness_name = models.CharField(max_length=100, blank=True)
    reason = models.CharField(_("理由"), max_length=200)
    form = models.CharField(max_length=4)
    numbers = models.JSONField(_("資料番号"))
    pages = models.PositiveIntegerField()

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(by=F("witness")), name="extraction_by_two")]
