"""Who gets a notice now, and why somebody does not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count

from madoguchi.delivery.cards import queries as cards
from madoguchi.delivery.cards import rules
from madoguchi.delivery.cards.models import Card
from madoguchi.kernel.numbers import NumberError, serial_number
from madoguchi.platform import clock
from madoguchi.platform.language import Sentence

AWAITING = (rules.Notice.NONE, rules.Notice.CAME_BACK)
_MAKE = rules.ACT_BY_CODE["make_notice"]
HELD = Sentence("停止中のカードです")  # which hold it is, is nobody's business on a list


@dataclass(frozen=True, slots=True)
class Skipped:
    """A card that gets no letter, by its 製造管理番号, and why."""

    serial: str
    reason: str


@dataclass(frozen=True, slots=True)
class Choice:
    """The cards to print for, in the order of the batch, and those left out."""

    cards: tuple[Card, ...]
    skipped: tuple[Skipped, ...]


def choose_by_serials(texts: Sequence[str]) -> Choice:
    """Choose the cards with these 製造管理番号, in their order; a letter that was made but not sent may be printed again."""
    wanted: list[str] = []
    skipped: list[Skipped] = []
    for text in texts:
        try:
            serial = serial_number(text)
        except NumberError:
            skipped.append(Skipped(text.strip(), Sentence("製造管理番号の形ではありません")))
            continue
        if serial not in wanted:
            wanted.append(serial)
    found = {card.serial: card for card in Card.objects.select_related("delivery_place").filter(serial__in=wanted)}
    skipped += [Skipped(serial, Sentence("この番号のカードはありません")) for serial in wanted if serial not in found]
    chosen = _sift((found[serial] for serial in wanted if serial in found), sources=None)
    return Choice(chosen.cards, (*skipped, *chosen.skipped))


def choose_by_state(state: str | None) -> Choice:
    """Choose the cards at a value of progress (all of them for `all`) that await a notice; raises ValueError for an unknown value.

    Without a value: every card that awaits a notice and may have one, and nothing is counted as left out.
    """
    found = cards.list_cards(state).select_related("delivery_place")
    if state is None:
        chosen = _sift(cards.live_cards().select_related("delivery_place").filter(notice__in=[value.value for value in AWAITING]), AWAITING)
        return Choice(chosen.cards, ())
    return _sift(found, AWAITING)


def _sift(found: Iterable[Card], sources: tuple[rules.Notice, ...] | None) -> Choice:
    listed = list(found)
    holds = cards.open_holds_of([card.pk for card in listed])
    evidence = rules.Evidence(today=clock.today(), actor="", notice_before_preset=cards.municipality().notice_before_preset)
    chosen: list[Card] = []
    skipped: list[Skipped] = []
    for card in listed:
        reason = _reason_against(card, card.facts(holds.get(card.pk, frozenset())), evidence, sources)
        if reason:
            skipped.append(Skipped(card.serial, reason))
        else:
            chosen.append(card)
    return Choice(tuple(chosen), tuple(skipped))


def _reason_against(card: Card, facts: rules.CardFacts, evidence: rules.Evidence, sources: tuple[rules.Notice, ...] | None) -> str | None:
    if rules.blocking_holds(facts.holds, rules.Effect.LETTER):
        return HELD
    if sources is not None and facts.notice not in sources:
        return Sentence("通知は「{label}」です", label=Sentence(facts.notice.label))
    if not card.serial:
        return Sentence("製造管理番号がまだありません")
    if not card.address.strip():
        return Sentence("住所がありません")
    return rules.refusal(_MAKE, facts, evidence)


def awaiting_counts() -> dict[rules.Progress, int]:
    """Return how many cards at each value of progress before hand-over await a notice. One statement; holds are looked at when printing."""
    counted = dict(
        Card.objects.filter(notice__in=[value.value for value in AWAITING], progress__in=[value.value for value in rules.BEFORE_DELIVERY])
        .values("progress")
        .annotate(number=Count("pk"))
        .values_list("progress", "number")
    )
    return {value: int(counted.get(value.value, 0)) for value in rules.BEFORE_DELIVERY}
