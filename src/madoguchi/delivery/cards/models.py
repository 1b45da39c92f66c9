"""Tables of the register: cards, their history, holds, booking codes, places, and the municipality's settings for this zone."""

from typing import ClassVar

from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Left, Length, Now, Reverse
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.cards import rules
from madoguchi.kernel.numbers import display_serial
from madoguchi.kernel.own_characters import PRIVATE_USE_PATTERN


class Municipality(models.Model):
    """The municipality of this installation and what it set for the delivery zone. One database serves one, so there is one row."""

    ONLY_ROW: ClassVar[int] = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY_ROW)
    code = models.CharField(_("全国地方公共団体コード"), max_length=6)
    prefecture = models.CharField(_("都道府県"), max_length=4)
    name = models.CharField(_("市区町村名"), max_length=60)
    uses_booking_codes = models.BooleanField(_("予約コードを使う"), default=True)
    notice_before_preset = models.BooleanField(_("交付前設定より先に通知を作れる"), default=True)
    second_person_at_handover = models.BooleanField(_("交付を二人で行う"), default=True)
    mass_change_percent = models.PositiveSmallIntegerField(_("大量変更とみなす割合(%)"), default=20)
    # Without all three the booking zone learns of a card no more than number, verifier and 発送番号 (EX-07; seed 000 (5)ア(ア)).
    sends_place = models.BooleanField(_("交付場所を予約管理に送る"), default=True)
    sends_deadline = models.BooleanField(_("受取期限を予約管理に送る"), default=True)
    sends_stage = models.BooleanField(_("カードの状況を予約管理に送る"), default=True)
    # 伏せ字: how long an opened value stands on the screen, and whether whoever opens it says why.
    reveal_seconds = models.PositiveSmallIntegerField(_("伏せた項目を表示しておく秒数"), default=60)
    reveal_needs_reason = models.BooleanField(_("伏せた項目を表示する理由を必ず入力する"), default=False)
    # After how many days something stands in a queue or on a list of what has waited too long.
    days_without_arrival = models.PositiveSmallIntegerField(_("登録から届かないとみなす日数"), default=45)
    days_without_booking = models.PositiveSmallIntegerField(_("通知の発送から予約がないとみなす日数"), default=30)
    days_before_expiry = models.PositiveSmallIntegerField(_("カードの有効期限が近いとみなす日数"), default=30)
    days_before_stay_ends = models.PositiveSmallIntegerField(_("在留期限が近いとみなす日数"), default=30)
    days_of_patience = models.PositiveSmallIntegerField(_("督促や返戻から次の提案までの日数"), default=90)
    # 出力ファイルの期限: letters that were printed to a file and never sent do not lie in the zone for ever (S28).
    days_letters_kept = models.PositiveSmallIntegerField(_("通知のPDFを残す日数"), default=30)
    changed_at = models.DateTimeField(db_default=Now())
    changed_by = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(
                    days_without_arrival__range=(1, 365),
                    days_without_booking__range=(1, 365),
                    days_before_expiry__range=(1, 365),
                    days_before_stay_ends__range=(1, 365),
                    days_of_patience__range=(1, 365),
                    days_letters_kept__range=(1, 365),
                ),
                name="cards_days_within_a_year",
            ),
            models.CheckConstraint(condition=Q(id=1), name="cards_municipality_one_row"),
            models.CheckConstraint(condition=Q(reveal_seconds__range=(10, 600)), name="cards_reveal_seconds"),
            models.CheckConstraint(condition=Q(mass_change_percent__range=(1, 100)), name="cards_mass_change_percent"),
        ]

    def __str__(self) -> str:
        return self.name


class MunicipalityChange(models.Model):
    """Who changed which setting from what to what, and when."""

    append_only: ClassVar[bool] = True

    at = models.DateTimeField(db_default=Now())
    by = models.CharField(max_length=64)
    second = models.CharField(max_length=64, db_default="")
    setting = models.CharField(max_length=40)
    before = models.JSONField(null=True)
    after = models.JSONField()
    reason = models.CharField(max_length=200, db_default="")


class DeliveryPlace(models.Model):
    """交付場所: an office or satellite where cards are kept and handed over."""

    code = models.CharField(_("場所コード"), max_length=20, unique=True)
    name = models.CharField(_("名称"), max_length=60, unique=True)
    address = models.CharField(_("所在地"), max_length=200, blank=True)
    telephone = models.CharField(_("電話番号"), max_length=20, blank=True)
    is_open = models.BooleanField(_("使用中"), default=True)

    class Meta:
        ordering: ClassVar = ["code"]

    def __str__(self) -> str:
        return self.name


class ListedData(models.Model):
    """What a card list says of one card (seeds 000 (3)ア(ア), 003 (2)). Text columns hold what the list says, never normalised.

    `name_raw` and `address_raw` are the bytes of the source in `raw_encoding`: the municipality's own characters (外字) mean something
    else in each town. `born` is ISO with 00 for unknown parts (1930-00-00). The `*_key` columns are folded for search and never shown.
    """

    application_id = models.CharField("申請書ID", max_length=23)
    application_id_shown = models.CharField("申請書ID(見た目用)", max_length=40, db_default="")
    serial = models.CharField("製造管理番号", max_length=9)
    dispatch_no = models.CharField("発送番号", max_length=20, db_default="")
    name = models.TextField("氏名")
    name_raw = models.BinaryField("氏名(元のバイト列)")
    kana = models.TextField("氏名カナ", db_default="")
    former_name = models.TextField("旧氏", db_default="")
    alias = models.TextField("通称", db_default="")
    born = models.CharField("生年月日", max_length=10)
    sex = models.CharField("性別", max_length=1, choices=[("m", "男"), ("f", "女")])
    postcode = models.CharField("郵便番号", max_length=7, db_default="")
    address = models.TextField("住所")
    address_raw = models.BinaryField("住所(元のバイト列)")
    house = models.TextField("方書", db_default="")
    raw_encoding = models.CharField("元の文字コード", max_length=12)
    card_status = models.CharField("カードステータス", max_length=40, db_default="")
    braille = models.CharField("点字有無", max_length=20, db_default="")
    certificates = models.CharField(
        "証明書有無",
        max_length=4,
        db_default="",
        choices=[("", "不明"), ("none", "なし"), ("auth", "利用者証明用"), ("sign", "署名用"), ("both", "署名用・利用者証明用")],
    )
    expires = models.DateField("カード有効期限", null=True)
    auth_expires = models.DateField("利用者証明用電子証明書有効期限", null=True)
    sign_expires = models.DateField("署名用電子証明書有効期限", null=True)
    auth_serial = models.CharField("利用者証明用電子証明書シリアル", max_length=40, db_default="")
    application_way = models.CharField("申請受付方式", max_length=40, db_default="")
    applied_on = models.DateField("申請受付日", null=True)
    issue_kind = models.CharField("交付種別", max_length=40, db_default="")
    registration_reason = models.CharField("登録事由", max_length=40, db_default="")
    fee_kind = models.CharField("有料・無料", max_length=20, db_default="")
    listed_place = models.CharField("カード交付場所", max_length=100, db_default="")
    listed_storage = models.CharField("カード保管場所", max_length=100, db_default="")
    memo = models.TextField("メモ", db_default="")
    name_key = models.TextField("氏名(検索用)", db_default="")
    kana_key = models.TextField("カナ(検索用)", db_default="")
    address_key = models.TextField("住所(検索用)", db_default="")

    class Meta:
        abstract = True


LISTED_COLUMNS: tuple[str, ...] = tuple(item.name for item in ListedData._meta.local_fields)  # noqa: SLF001 Django's documented API
"""Names of the listed columns; the importer compares and writes exactly these."""


def _known(axis: str, values: type[rules.Labelled]) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(**{f"{axis}__in": [value.value for value in values]}), name=f"card_{axis}_known")


# Cards that still wait for something, as the work queues ask for them: an index by the same words finds them.
WAITS = (~Q(progress__in=["disposed", "lapsed_after"]) | ~Q(terminal__in=["unseen", "lapsed", "returned", "discarded"])) & ~Q(
    progress="delivered", terminal="in_use"
)
HOLDS_OWN_CHARACTERS = Q(name__regex=PRIVATE_USE_PATTERN) | Q(address__regex=PRIVATE_USE_PATTERN) | Q(house__regex=PRIVATE_USE_PATTERN)
"""Cards whose name or address holds a private-use character; a partial index answers it."""


_BEFORE_NUMERALS = Func(
    Func(F("address_key"), Value("0123456789"), Value("#" * 10), function="translate"), Value("#"), Value(1), function="split_part"
)
THROUGH_THE_FIRST_NUMERAL = Left("address_key", Length(_BEFORE_NUMERALS) + 1)
"""What an address is up to its first numeral, as the search keys have it: the part of town and, where there is one, its 丁目."""


class Card(ListedData):
    """One card: what the list says, its axes (madoguchi.delivery.cards.rules), where it is, and its version (RowStamp, seed 003 (2))."""

    progress = models.CharField("進捗", max_length=12, db_default="ordered")
    notice = models.CharField("通知", max_length=12, db_default="none")
    notice_deadline = models.DateField("受取期限", null=True)
    visit = models.CharField("来庁", max_length=12, db_default="none")
    terminal = models.CharField("統合端末の状態", max_length=12, db_default="unseen")
    terminal_seen_at = models.DateTimeField("統合端末の状態を見た日時", null=True)
    disposal = models.CharField("廃棄", max_length=12, db_default="none")
    disposal_reason = models.CharField("カード廃棄事由", max_length=200, db_default="")

    place_kind = models.CharField("場所", max_length=12, db_default="not_arrived")
    site = models.ForeignKey(DeliveryPlace, on_delete=models.PROTECT, null=True, related_name="cards", verbose_name="施設")
    safe = models.CharField("金庫", max_length=20, db_default="")
    box = models.CharField("箱", max_length=20, db_default="")
    slot = models.CharField("位置", max_length=20, db_default="")
    transfer_to = models.ForeignKey(
        DeliveryPlace, on_delete=models.PROTECT, null=True, related_name="cards_on_the_way", verbose_name="移送先"
    )
    custodian = models.CharField("保管責任者", max_length=64, db_default="J-LIS")
    place_note = models.CharField("預りなどの注記", max_length=200, db_default="")
    delivery_place = models.ForeignKey(
        DeliveryPlace, on_delete=models.PROTECT, null=True, related_name="cards_to_deliver", verbose_name="交付場所"
    )

    sleeve_code = models.CharField("スリーブコード", max_length=12, null=True, unique=True)
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="replaced_by", verbose_name="前のカード")

    managed_since = models.DateField("カード管理開始日", null=True)
    visit_way = models.CharField("来庁方式", max_length=20, db_default="")
    applied_at = models.CharField("申請場所", max_length=100, db_default="")
    issuing_municipality = models.CharField("交付市町村", max_length=60, db_default="")
    uses_substitutes = models.BooleanField("代替文字使用有無", db_default=False)
    checked_by_hand = models.BooleanField("手書きチェック", db_default=False)
    posted_on = models.DateField("代理投函日", null=True)

    application_sent_on = models.DateField("申請送付日", null=True)
    arrived_on = models.DateField("到着日", null=True)
    inspected_on = models.DateField("検品日", null=True)
    preset_on = models.DateField("交付前設定処理完了日", null=True)
    notice_sent_on = models.DateField("交付通知書発送日", null=True)
    reminded_on = models.DateField("督促状送付日", null=True)
    delivered_on = models.DateField("カード交付日", null=True)
    withdrawn_on = models.DateField("交付取りやめ日", null=True)
    import_undone = models.BooleanField("取り込みが取り消された", db_default=False)
    lapsed_on = models.DateField("失効日", null=True)
    returned_on = models.DateField("カード回収日", null=True)
    disposed_on = models.DateField("カード廃棄日", null=True)

    registered_at = models.DateTimeField("登録日時", db_default=Now())
    version = models.PositiveIntegerField("版番号", db_default=1)
    area_key = models.GeneratedField(
        verbose_name="町と丁目(検索用)", expression=THROUGH_THE_FIRST_NUMERAL, output_field=models.TextField(), db_persist=True
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["application_id"], name="card_application_id_once"),
            # A card that was applied for at the counter has no 製造管理番号 until the list names it.
            models.UniqueConstraint(fields=["serial"], condition=~Q(serial=""), name="card_serial_once"),
            models.UniqueConstraint(
                fields=["site", "safe", "box", "slot"], condition=Q(place_kind="stored") & ~Q(slot=""), name="one_card_in_a_slot"
            ),
            *(_known(axis.code, axis.values) for axis in rules.AXES),
            models.CheckConstraint(condition=~Q(custodian=""), name="card_has_a_custodian"),
            models.CheckConstraint(
                condition=~Q(place_kind__in=["stored", "transfer", "counter"]) | Q(site__isnull=False), name="card_in_the_house_has_a_site"
            ),
            models.CheckConstraint(
                condition=Q(place_kind="transfer", transfer_to__isnull=False) | (~Q(place_kind="transfer") & Q(transfer_to__isnull=True)),
                name="only_a_transfer_has_a_destination",
            ),
            models.CheckConstraint(condition=Q(place_kind="stored") | Q(safe="", box="", slot=""), name="only_a_stored_card_has_a_slot"),
            models.CheckConstraint(
                condition=~Q(progress__in=["arrived", "inspected", "preset", "delivered"]) | ~Q(place_kind="not_arrived"),
                name="an_arrived_card_is_somewhere",
            ),
            models.CheckConstraint(condition=~Q(transfer_to=F("site")), name="a_transfer_goes_elsewhere"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["progress", "id"], name="card_by_progress"),
            # Reports, queues and reconciliation look at the few that live, or at one period, among the many that have ended.
            models.Index(fields=["id"], condition=WAITS, name="card_that_waits"),
            models.Index(fields=["progress", "terminal"], name="card_by_terminal"),
            models.Index(fields=[axis.code for axis in rules.AXES], name="card_by_standing"),
            models.Index(fields=["place_kind"], name="card_by_place_kind"),
            models.Index(fields=["registered_at"], name="card_by_registration"),
            models.Index(fields=["delivered_on", "notice_sent_on"], name="card_by_delivery"),
            models.Index(fields=["notice_sent_on", "delivered_on"], name="card_by_notice"),
            models.Index(fields=["disposal", "id"], condition=~Q(disposal="none"), name="card_in_disposal"),
            models.Index(fields=["dispatch_no"], name="card_by_dispatch_no"),
            models.Index(fields=["born"], name="card_by_born"),
            models.Index(fields=["id"], condition=HOLDS_OWN_CHARACTERS, name="card_with_own_characters"),
            # A search by name and address: the part of town and its 丁目 first, then the name from its beginning or from its end (P-06).
            *(
                models.Index(OpClass(F("area_key"), "text_pattern_ops"), OpClass(expression, "text_pattern_ops"), name=name)
                for expression, name in (
                    (F("name_key"), "card_by_area_and_name"),
                    (Reverse("name_key"), "card_by_area_and_name_end"),
                    (F("kana_key"), "card_by_area_and_kana"),
                    (Reverse("kana_key"), "card_by_area_and_kana_end"),
                )
            ),
        ]

    def __str__(self) -> str:
        return f"card:{self.pk}"

    @property
    def shown_serial(self) -> str:
        """The 製造管理番号 as the notice prints it; empty before a list has named it."""
        return display_serial(self.serial) if self.serial else ""

    def facts(self, holds: frozenset[rules.HoldKind] = frozenset()) -> rules.CardFacts:
        """Return what the rules may know of this card; `holds` are its open holds."""
        return rules.CardFacts(
            progress=rules.Progress(self.progress),
            place_kind=rules.PlaceKind(self.place_kind),
            notice=rules.Notice(self.notice),
            visit=rules.Visit(self.visit),
            terminal=rules.Terminal(self.terminal),
            disposal=rules.Disposal(self.disposal),
            holds=holds,
            expires=self.expires,
            has_sleeve=self.sleeve_code is not None,
        )


class OwnCharacter(models.Model):
    """外字: what a private-use code means in this municipality, one row a version, never changed again except that the next replaces it.

    `substitute` is what is shown, printed and found where the municipality's font has no shape for it; empty where there is none.
    """

    code_point = models.PositiveIntegerField(_("文字コード"))
    version = models.PositiveSmallIntegerField(_("版"))
    substitute = models.CharField(_("代替文字"), max_length=8, blank=True)
    note = models.CharField(_("説明"), max_length=200, blank=True)
    made_at = models.DateTimeField(_("登録日時"), db_default=Now())
    made_by = models.CharField(_("登録者"), max_length=64)
    second = models.CharField(_("二人目"), max_length=64)
    replaced_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["code_point", "-version"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["code_point", "version"], name="own_character_version_once"),
            models.UniqueConstraint(fields=["code_point"], condition=Q(replaced_at__isnull=True), name="own_character_in_force_once"),
            models.CheckConstraint(
                condition=Q(code_point__range=(0xE000, 0xF8FF))
                | Q(code_point__range=(0xF0000, 0xFFFFD))
                | Q(code_point__range=(0x100000, 0x10FFFD)),
                name="own_character_is_private_use",
            ),
            models.CheckConstraint(condition=~Q(second=F("made_by")), name="own_character_by_two_people"),
        ]


class OwnFontFile(models.Model):
    """外字フォント: a font file that was put into the zone's folder, by whom; the newest one is in use."""

    append_only: ClassVar[bool] = True

    file_name = models.CharField(_("ファイル"), max_length=100)
    family = models.CharField(_("書体名"), max_length=100)
    sha256 = models.CharField(max_length=64)
    characters = models.PositiveIntegerField(_("外字の数"))
    scanned_for_viruses = models.BooleanField(_("ウイルス検査済"))
    put_at = models.DateTimeField(_("登録日時"), db_default=Now())
    put_by = models.CharField(_("登録者"), max_length=64)
    second = models.CharField(_("二人目"), max_length=64)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(second=F("put_by")), name="own_font_by_two_people")]


class CardEvent(models.Model):
    """One change on one axis of one card, never changed again: who, where, terminal, when, from, to, why, row version (DL-03)."""

    append_only: ClassVar[bool] = True

    card = models.ForeignKey(Card, on_delete=models.PROTECT, related_name="events")
    version = models.PositiveIntegerField()
    at = models.DateTimeField(db_default=Now())
    act = models.CharField(max_length=40)
    axis = models.CharField(max_length=12)
    before = models.CharField(max_length=16, db_default="")
    after = models.CharField(max_length=16, db_default="")
    actor_kind = models.CharField(max_length=12)
    user_id = models.CharField(max_length=64)
    user_name = models.CharField(max_length=100, db_default="")
    site = models.CharField(max_length=20, db_default="")
    client = models.CharField(max_length=200, db_default="")
    reason = models.CharField(max_length=500, db_default="")
    detail = models.JSONField(db_default={})

    class Meta:
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [
            models.Index(fields=["at"], name="card_event_by_time"),
            models.Index(fields=["card", "axis", "at"], name="card_event_of_axis"),
        ]


class Hold(models.Model):
    """停止: a card is held for a reason until a second person releases it."""

    card = models.ForeignKey(Card, on_delete=models.PROTECT, related_name="holds")
    kind = models.CharField("種類", max_length=16)
    reason = models.CharField("理由", max_length=500)
    source = models.CharField("情報源", max_length=100, blank=True)
    since = models.DateTimeField("開始", db_default=Now())
    set_by = models.CharField("登録者", max_length=64)
    released_at = models.DateTimeField("解除", null=True)
    released_by = models.CharField("解除者", max_length=64, blank=True)
    release_reason = models.CharField("解除の理由", max_length=500, blank=True)
    letters_until = models.DateField("別の送付先に送る期限", null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=[kind.value for kind in rules.HoldKind]), name="hold_kind_known"),
            models.CheckConstraint(condition=~Q(released_by=F("set_by")), name="hold_released_by_a_second_person"),
            models.CheckConstraint(
                condition=Q(released_at__isnull=True, released_by="") | (Q(released_at__isnull=False) & ~Q(released_by="")),
                name="hold_release_names_who",
            ),
            models.UniqueConstraint(fields=["card", "kind"], condition=Q(released_at__isnull=True), name="one_open_hold_of_a_kind"),
            models.CheckConstraint(
                condition=Q(letters_until__isnull=True) | Q(kind="protected"), name="only_protection_sends_letters_elsewhere"
            ),
        ]


class BookingCode(models.Model):
    """The booking code of a card, sealed with AES-256-GCM under a key outside the database (madoguchi.delivery.cards.codes)."""

    card = models.OneToOneField(Card, on_delete=models.PROTECT, primary_key=True, related_name="booking_code")
    sealed = models.BinaryField()


class Comment(models.Model):
    """経過記録: what a member of staff noted about a card, or said and heard on the telephone; struck, never overwritten (DL-21)."""

    class Kind(models.TextChoices):
        NOTE = "note", _("メモ")
        CALL_IN = "call_in", _("電話を受けた")
        CALL_OUT = "call_out", _("電話をかけた")
        COUNTER = "counter", _("窓口で話した")

    card = models.ForeignKey(Card, on_delete=models.PROTECT, related_name="comments")
    kind = models.CharField(_("種類"), max_length=8, choices=Kind.choices)
    text = models.CharField(_("コメント"), max_length=1000)
    at = models.DateTimeField(_("更新日時"), db_default=Now())
    by = models.CharField(max_length=64)
    by_name = models.CharField(max_length=100, blank=True)
    struck_at = models.DateTimeField(null=True)
    struck_by = models.CharField(max_length=64, blank=True)
    strike_reason = models.CharField(_("取り消した理由"), max_length=200, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=["note", "call_in", "call_out", "counter"]), name="comment_kind_known"),
            models.CheckConstraint(condition=~Q(text=""), name="comment_says_something"),
            models.CheckConstraint(
                condition=Q(struck_at__isnull=True, struck_by="", strike_reason="")
                | (Q(struck_at__isnull=False) & ~Q(struck_by="") & ~Q(strike_reason="")),
                name="comment_strike_names_who_and_why",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["card", "-id"], name="comment_by_card")]


class CodeWord(models.Model):
    """コード表: a word that the municipality uses in one of the items of CODED_ITEMS (DL-20). Words are closed, never deleted."""

    item = models.CharField(_("項目"), max_length=24)
    word = models.CharField(_("値"), max_length=100)
    is_open = models.BooleanField(_("使用中"), default=True)

    class Meta:
        ordering: ClassVar = ["item", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["item", "word"], name="a_word_stands_once"),
            models.CheckConstraint(condition=~Q(word=""), name="a_word_says_something"),
        ]

    def __str__(self) -> str:
        return self.word
