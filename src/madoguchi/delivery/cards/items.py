"""Items of a card: what staff add to what the list says, the words that stand in them, and 経過記録 (seed 003 (2) and (4); DL-20, DL-21).

Which items staff may write is EDITABLE; the others come from card lists and acts. A change is one event that names the items, never
their values.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection, transaction
from psycopg import sql

from madoguchi.delivery.cards import audited
from madoguchi.delivery.cards.models import Card, CardEvent, CodeWord, Comment
from madoguchi.delivery.cards.services import Conflict, NotAllowed
from madoguchi.kernel.numbers import find_individual_numbers
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record

EDITABLE = ("visit_way", "applied_at", "issuing_municipality", "managed_since", "posted_on", "uses_substitutes", "checked_by_hand", "memo")
"""Columns of a card that staff write by hand."""

CODED_ITEMS: Mapping[str, tuple[str, ...]] = {
    "card_status": ("発行済", "運用中", "一時停止中", "廃止", "返納"),
    "braille": ("無", "有"),
    "application_way": ("オンライン", "郵送", "証明用写真機", "申請時来庁", "出張申請", "特急"),
    "visit_way": ("交付時来庁", "申請時来庁", "出張申請"),
    "applied_at": (),
    "issuing_municipality": (),
    "issue_kind": ("新規", "更新", "再交付"),
    "registration_reason": ("新規申請", "更新申請", "再交付申請"),
    "fee_kind": ("無料", "有料"),
}
"""Columns with a code table, and the words that a new installation begins with."""

_INDIVIDUAL_NUMBER = "個人番号 (12桁) とみられる数字があります。記録できません。数字を取り除いてください。"


@transaction.atomic
def set_up_words(actor: Actor) -> None:
    """Write the words of a new installation; doing it again adds nothing that is there."""
    made = CodeWord.objects.bulk_create(
        (CodeWord(item=item, word=word) for item, words in CODED_ITEMS.items() for word in words), ignore_conflicts=True
    )
    record(actor, audited.SAVE_WORD, content={"words": len(made)})


@transaction.atomic
def save_word(item: str, word: str, actor: Actor, *, is_open: bool = True) -> CodeWord:
    """Add a word to a code table, or open or close it; raises NotAllowed for an unknown item or an empty or too long word."""
    word = word.strip()
    if item not in CODED_ITEMS:
        raise NotAllowed("コード表の項目ではありません。画面を開き直してください。")
    longest = Card._meta.get_field(item).max_length or 0  # type: ignore[union-attr]  # noqa: SLF001 Django's documented API
    if not word or len(word) > longest:
        raise NotAllowed(f"値は1文字から{longest}文字までで入力してください。")
    saved, _created = CodeWord.objects.update_or_create(item=item, word=word, defaults={"is_open": is_open})
    record(actor, audited.SAVE_WORD, subject=f"word:{saved.pk}", content={"item": item, "is_open": is_open})
    return saved


def words_of(item: str) -> list[str]:
    """Return the words in use of one code table."""
    return list(CodeWord.objects.filter(item=item, is_open=True).values_list("word", flat=True))


@dataclass(frozen=True, slots=True)
class StrayWord:
    """A value that cards have and the code table lacks."""

    item: str
    word: str
    cards: int


def stray_words() -> list[StrayWord]:
    """Return the values of coded items that no code table has, with how many cards have them. One statement."""
    parts = [
        sql.SQL("SELECT {name} AS item, c.{column} AS word, count(*) AS cards FROM cards_card c WHERE c.{column} <> '' GROUP BY 2").format(
            name=sql.Literal(item), column=sql.Identifier(item)
        )
        for item in CODED_ITEMS
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL(
                "SELECT item, word, cards FROM ({parts}) v WHERE NOT EXISTS"
                " (SELECT 1 FROM cards_codeword w WHERE w.item = v.item AND w.word = v.word) ORDER BY item, cards DESC, word LIMIT 200"
            ).format(parts=sql.SQL(" UNION ALL ").join(parts))
        )
        return [StrayWord(*row) for row in cursor.fetchall()]


@transaction.atomic
def set_items(card_pk: int, values: Mapping[str, object], actor: Actor, *, expected_version: int) -> bool:
    """Write items of EDITABLE on a card; tells whether anything was different.

    Raises Conflict when the version is no longer the expected one, NotAllowed when a text holds an individual number, TypeError for a
    column that is not written by hand.
    """
    unknown = values.keys() - set(EDITABLE)
    if unknown:
        raise TypeError(f"not written by hand: {sorted(unknown)}")
    if any(isinstance(value, str) and find_individual_numbers(value) for value in values.values()):
        raise NotAllowed(_INDIVIDUAL_NUMBER)
    card = Card.objects.get(pk=card_pk)
    if card.version != expected_version:
        raise Conflict
    different = {name: value for name, value in values.items() if getattr(card, name) != value}
    if not different:
        return False
    if not Card.objects.filter(pk=card_pk, version=expected_version).update(**different, version=expected_version + 1):
        raise Conflict
    CardEvent.objects.create(
        card=card,
        version=expected_version + 1,
        act="set_items",
        axis="data",
        actor_kind=actor.kind.value,
        user_id=actor.user_id,
        user_name=actor.user_name,
        client=actor.client[:200],
        detail={"fields": sorted(different)},
    )
    record(actor, audited.SET_ITEMS, subject=f"card:{card_pk}", content={"fields": sorted(different), "version": expected_version + 1})
    return True


@transaction.atomic
def add_comment(card_pk: int, kind: Comment.Kind, text: str, actor: Actor) -> Comment:
    """Add to a card's 経過記録; raises NotAllowed for an empty text or one that holds an individual number."""
    text = text.strip()
    if not text:
        raise NotAllowed("コメントを入力してください。")
    if find_individual_numbers(text):
        raise NotAllowed(_INDIVIDUAL_NUMBER)
    comment = Comment.objects.create(card_id=card_pk, kind=kind.value, text=text, by=actor.user_id, by_name=actor.user_name)
    record(actor, audited.ADD_COMMENT, subject=f"card:{card_pk}", content={"comment": comment.pk, "kind": kind.value})
    return comment


@transaction.atomic
def strike_comment(comment_pk: int, actor: Actor, reason: str) -> Comment:
    """Strike a comment through: it stays readable, with who struck it and why. Raises NotAllowed without a reason or a second time."""
    reason = reason.strip()
    if not reason:
        raise NotAllowed("取り消す理由を入力してください。")
    struck = Comment.objects.filter(pk=comment_pk, struck_at__isnull=True).update(
        struck_at=clock.now(), struck_by=actor.user_id, strike_reason=reason[:200]
    )
    if not struck:
        raise NotAllowed("このコメントはすでに取り消されています。")
    comment = Comment.objects.get(pk=comment_pk)
    record(actor, audited.STRIKE_COMMENT, subject=f"card:{comment.card_id}", content={"comment": comment_pk})
    return comment


def comments_of(card_pk: int) -> list[Comment]:
    """Return the 経過記録 of a card, newest first."""
    return list(Comment.objects.filter(card_id=card_pk).order_by("-id"))
