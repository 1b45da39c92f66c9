"""Commands on the register. Each is one transaction: the card, its events, the operation log. The only writer of the register's tables.

The importer writes whole lists through `madoguchi.delivery.intake`, which inserts cards by the columns named here.
"""

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from psycopg import sql

from madoguchi.delivery.cards import audited, queries, rules
from madoguchi.delivery.cards.codes import CodeBox
from madoguchi.delivery.cards.models import BookingCode, Card, CardEvent, DeliveryPlace, Hold, Municipality, MunicipalityChange
from madoguchi.delivery.cards.own_characters import Known
from madoguchi.delivery.cards.signals import act_performed
from madoguchi.kernel import municipalities, names
from madoguchi.kernel.numbers import find_individual_numbers
from madoguchi.platform import clock
from madoguchi.platform.accounts import reveals
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import Entry, record, record_many

_ROWS_AT_ONCE = 250


class NotAllowed(Exception):
    """The act is not allowed on this card now; the message is a sentence for the person who tried. Nothing was changed."""


class Conflict(Exception):
    """Somebody else changed the card in between; the message says so. Nothing was changed."""

    def __init__(self) -> None:
        super().__init__("ほかの職員がこのカードを先に更新しました。何も変更していません。画面を開き直して、今の状態を確かめてください。")


PLACE_DETAIL = frozenset({"site", "safe", "box", "slot", "transfer_to", "custodian", "place_note"})
"""What `perform` takes in `detail` for acts that move a card; `site` and `transfer_to` are codes of delivery places."""

NOTICE_DETAIL = frozenset({"notice_deadline"})
"""What `perform` takes in `detail` for acts on the notice: the day (a `datetime.date`) until which the card waits."""

NOTED_DETAIL = PLACE_DETAIL | {"second_person", "approved_by", "tracking_number", "document", "preset_result"}
"""What of `detail` the event keeps."""


@dataclasses.dataclass(frozen=True, slots=True)
class Done:
    """What the receivers of `signals.act_performed` hear of one card: how it stands now, and why the act was done with it."""

    card: Card
    reason: str


_CUSTODIAN_BY_PLACE = {
    rules.PlaceKind.MAIL: "郵便",
    rules.PlaceKind.PERSON: "本人",
    rules.PlaceKind.GONE: "なし",
    rules.PlaceKind.LOST: "なし",
}


@transaction.atomic
def perform(
    card_pk: int,
    act: str,
    actor: Actor,
    *,
    expected_version: int,
    reason: str = "",
    detail: Mapping[str, object] | None = None,
) -> Card:
    """Carry out one act of `madoguchi.delivery.cards.rules.ACTS` on a card.

    `expected_version` is the version that the person saw. `detail` holds what the act itself brings: the fields of
    `rules.Evidence` (`second_person`, `sleeve_scanned`, …), for moves the keys of PLACE_DETAIL, for notices those of NOTICE_DETAIL.

    Raises NotAllowed (axis or guard says no), Conflict (the version is no longer the expected one), KeyError (no such act) and
    TypeError (a detail that nobody knows). The refusal changes nothing; the caller's transaction stays usable.
    """
    chosen, given = rules.ACT_BY_CODE[act], dict(detail or {})
    unknown = given.keys() - PLACE_DETAIL - NOTICE_DETAIL - rules.EVIDENCE_FROM_CALLERS
    if unknown:
        raise TypeError(f"{act}: unknown detail {sorted(unknown)}")
    card = Card.objects.get(pk=card_pk)
    if card.version != expected_version:
        raise Conflict
    facts = card.facts(queries.open_holds(card_pk))
    sentence = rules.refusal(chosen, facts, _evidence(actor, reason, given))
    if sentence:
        raise NotAllowed(sentence)
    changes = rules.changes_of(chosen, facts)
    columns: dict[str, object] = {axis: target.value for axis, _before, target in changes}
    columns |= dict.fromkeys(chosen.stamps, clock.today()) | dict.fromkeys(chosen.clears) | _said(act, reason)
    moved = next((rules.PlaceKind(target) for axis, _before, target in changes if axis == "place_kind"), None)
    if moved:
        columns |= _place_columns(card, moved, actor, given)
    if "notice_deadline" in given:
        columns["notice_deadline"] = given["notice_deadline"]
    _write(card, columns)
    noted = {name: value for name, value in given.items() if name in NOTED_DETAIL}
    if moved:
        noted["custodian"] = columns["custodian"]
    for axis, before, target in changes:
        _note(card, actor, act, axis, before, target, reason, noted)
    record(actor, audited.CHANGE_CARD, subject=f"card:{card_pk}", content={"act": act, "version": card.version}, reason=reason)
    act_performed.send(sender=Card, act=act, done=(Done(card, reason),), actor=actor)
    return card


@dataclasses.dataclass(frozen=True, slots=True)
class NewPerson:
    """What an application that the office takes itself says of a person; `born` is ISO with 00 for unknown parts."""

    application_id: str
    name: str
    kana: str
    born: str
    sex: str
    postcode: str
    address: str
    house: str


@transaction.atomic
def register(
    person: NewPerson, actor: Actor, *, visit_way: str, application_way: str, applied_at: str, delivery_place: DeliveryPlace
) -> Card:
    """Enter a card as 申請受付 for an application taken at the counter or off-site, with its booking code (DL-13).

    Its serial and dates come with its card list. Raises NotAllowed when the 申請書ID is known.
    """
    values, known = dataclasses.asdict(person), Known()
    try:
        with transaction.atomic():
            card = Card.objects.create(
                **values,
                serial="",
                name_raw=person.name.encode("utf-8"),
                address_raw=person.address.encode("utf-8"),
                raw_encoding="utf-8",
                name_key=names.search_key(known.folded(person.name)),
                address_key=names.search_key(known.folded(person.address)),
                kana_key=names.kana_key(person.kana),
                application_way=application_way,
                applied_on=clock.today(),
                visit_way=visit_way,
                applied_at=applied_at,
                progress=rules.Progress.APPLIED.value,
                delivery_place=delivery_place,
            )
    except IntegrityError:
        raise NotAllowed("その申請書IDのカードはすでに登録されています。番号を確かめてください。") from None
    card.refresh_from_db()
    if queries.municipality().uses_booking_codes:
        BookingCode.objects.create(card=card, sealed=CodeBox().new(card.pk))
    _note(card, actor, "register", "progress", "", rules.Progress.APPLIED.value, "", {})
    record(actor, audited.REGISTER, subject=f"card:{card.pk}", content={"way": visit_way})
    if protect_new_cards(card.pk - 1, actor, source="申請受付"):
        card.refresh_from_db()
    return card


@transaction.atomic
def set_posted_on(card_pk: int, day: dt.date, actor: Actor) -> None:
    """Write 代理投函日: the day on which the office posted the application for the person."""
    Card.objects.filter(pk=card_pk).update(posted_on=day)
    record(actor, audited.CHANGE_CARD, subject=f"card:{card_pk}", content={"posted_on": day.isoformat()})


@transaction.atomic
def reissue(card_pk: int, number: str, why: rules.ReissueReason, actor: Actor, *, expected_version: int, reason: str) -> Card:
    """Register the new card of a 再発行依頼, linked to the one that it replaces, and stop that one where it may still be handed over.

    `number` is the 申請書ID of the new application. What the list said of the person is taken over, 支援措置 too; the new card's own
    numbers and dates come with its list. Raises NotAllowed (disposed, replaced already, number taken) and Conflict like `perform`.
    """
    old = Card.objects.get(pk=card_pk)
    if old.version != expected_version:
        raise Conflict
    if old.progress == rules.Progress.DISPOSED:
        raise NotAllowed("廃棄済のカードからは再発行できません。新しい申請として受け付けてください。")
    if Card.objects.filter(replaces=old).exists():
        raise NotAllowed("このカードにはすでに再発行依頼があります。つながる先のカードを開いてください。")
    if Card.objects.filter(application_id=number).exists():
        raise NotAllowed("その申請書IDのカードはすでに登録されています。番号を確かめてください。")
    kept = {name: getattr(old, name) for name in _PERSON_COLUMNS}
    new = Card.objects.create(
        **kept, application_id=number, serial="", progress=rules.Progress.APPLIED.value, replaces=old, delivery_place=old.delivery_place
    )
    new.refresh_from_db()
    _note(new, actor, "reissue", "progress", "", rules.Progress.APPLIED.value, reason, {"replaces": old.pk, "why": why.value})
    record(actor, audited.REISSUE, subject=f"card:{new.pk}", content={"replaces": old.pk, "why": why.value}, reason=reason)
    kind = rules.REISSUE_HOLDS[why]
    held = queries.open_holds(old.pk)
    if rules.Progress(old.progress) in rules.BEFORE_DELIVERY and kind not in held:
        set_hold(old.pk, kind, actor, expected_version=old.version, reason=reason, source="再発行依頼")
    if rules.HoldKind.PROTECTED in held:
        # 支援措置 is the person's, not the card's: no letter of the new card may go to the old address either (DL-30).
        words = f"前のカード {old.serial or old.application_id} の支援措置"
        set_hold(new.pk, rules.HoldKind.PROTECTED, actor, expected_version=new.version, reason=words, source="再発行依頼")
        new.refresh_from_db()
    return new


_PERSON_COLUMNS = (
    *("name", "name_raw", "kana", "former_name", "alias", "born", "sex", "postcode", "address", "address_raw", "house", "raw_encoding"),
    *("name_key", "kana_key", "address_key", "braille"),
)


@dataclasses.dataclass(frozen=True, slots=True)
class SeenAtTerminal:
    """What a list of the terminal says of one card, and when that was so."""

    card_pk: int
    state: rules.Terminal
    at: dt.datetime


@transaction.atomic
def see_at_terminal(seen: Sequence[SeenAtTerminal], actor: Actor, *, source: str) -> int:
    """Write what a list of the terminal says; returns how many cards it shows in another state than before. Four statements at most.

    Only a list touches this axis. What is older than what was seen already changes nothing. A card in the same state keeps its version:
    nothing about it changed.
    """
    rows: list[list[Any]] = [[item.card_pk for item in seen], [item.state.value for item in seen], [item.at for item in seen]]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH said AS (SELECT DISTINCT ON (card) * FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[]) AS e (card, state, at)
                           ORDER BY card, at DESC),
                 before AS (SELECT c.id, c.terminal FROM cards_card c JOIN said ON said.card = c.id
                             WHERE c.terminal_seen_at IS NULL OR c.terminal_seen_at <= said.at FOR UPDATE OF c),
                 written AS (UPDATE cards_card c SET terminal = said.state, terminal_seen_at = said.at,
                                    version = c.version + CASE WHEN before.terminal <> said.state THEN 1 ELSE 0 END
                               FROM said JOIN before ON before.id = said.card WHERE c.id = said.card
                             RETURNING c.id, c.version, before.terminal AS before, c.terminal AS after)
            INSERT INTO cards_cardevent (card_id, version, act, axis, before, after, actor_kind, user_id, user_name, client, reason)
            SELECT id, version, 'terminal_list', 'terminal', before, after, %s, %s, %s, %s, %s FROM written WHERE before <> after
            RETURNING card_id, version, after
            """,
            [*rows, actor.kind.value, actor.user_id, actor.user_name, actor.client[:200], source[:500]],
        )
        changed = cursor.fetchall()
    entries = [Entry(f"card:{pk}", {"act": "terminal_list", "version": version, "after": after}) for pk, version, after in changed]
    record_many(actor, audited.CHANGE_CARD, entries)
    return len(changed)


class SomeRefused(Exception):
    """Of the cards of one act some were changed meanwhile, or may not take it: `card_pks`. Nothing was done with any card."""

    def __init__(self, card_pks: Sequence[int]) -> None:
        super().__init__(f"{len(card_pks)} cards")
        self.card_pks = tuple(card_pks)


@dataclasses.dataclass(frozen=True, slots=True)
class Expected:
    """One card of many: the version that was looked at, and why the act is done with it."""

    card_pk: int
    version: int
    reason: str = ""


@transaction.atomic
def perform_on_many(act: str, actor: Actor, expected: Sequence[Expected], *, detail: Mapping[str, object] | None = None) -> None:
    """Carry out one act on many cards as `perform` does on one, all of them or none; the number of statements does not grow with them.

    Only for acts that move no card. Each card keeps its own events and its own entry in the operation log; other rooms hear of all of
    them at once.

    Raises SomeRefused when a version is no longer the expected one or an axis or guard says no, TypeError for an act that moves cards.
    """
    chosen, given = rules.ACT_BY_CODE[act], dict(detail or {})
    unknown = given.keys() - NOTICE_DETAIL - rules.EVIDENCE_FROM_CALLERS
    if unknown or any(change.axis == "place_kind" for change in chosen.changes):
        raise TypeError(f"{act}: not for many cards at once")
    found = {card.pk: card for card in Card.objects.filter(pk__in=[item.card_pk for item in expected])}
    holds, evidence = queries.open_holds_of(list(found)), _evidence(actor, "", given)
    noted = {name: value for name, value in given.items() if name in NOTED_DETAIL}
    events, written, refused = list[CardEvent](), dict[tuple[tuple[str, object], ...], list[Expected]](), list[int]()
    done = list[Done]()
    for item in expected:
        card = found.get(item.card_pk)
        facts = card.facts(holds.get(item.card_pk, frozenset())) if card else None
        if card is None or facts is None or card.version != item.version:
            refused.append(item.card_pk)
            continue
        if rules.refusal(chosen, facts, dataclasses.replace(evidence, reason=item.reason)):
            refused.append(item.card_pk)
            continue
        changes = rules.changes_of(chosen, facts)
        columns: dict[str, object] = {axis: target.value for axis, _before, target in changes}
        columns |= dict.fromkeys(chosen.stamps, clock.today()) | dict.fromkeys(chosen.clears) | _said(act, item.reason)
        columns |= {name: value for name, value in given.items() if name in NOTICE_DETAIL}
        written.setdefault(tuple(columns.items()), []).append(item)
        card.version += 1
        for name, value in columns.items():
            setattr(card, name, value)
        done.append(Done(card, item.reason))
        events += [_event(card, actor, act, axis, before, target, item.reason, noted) for axis, before, target in changes]
    if not refused:
        refused = [pk for columns, items in written.items() for pk in _write_many(items, dict(columns))]
    if refused:
        raise SomeRefused(refused)
    CardEvent.objects.bulk_create(events, batch_size=_ROWS_AT_ONCE)
    record_many(
        actor,
        audited.CHANGE_CARD,
        [Entry(f"card:{item.card_pk}", {"act": act, "version": item.version + 1}, item.reason) for item in expected],
    )
    act_performed.send(sender=Card, act=act, done=tuple(done), actor=actor)


def _write_many(items: Sequence[Expected], columns: Mapping[str, object]) -> list[int]:
    """Write `columns` on the cards that nobody else has changed meanwhile; returns the keys of the others. One statement."""
    sets = sql.SQL(", ").join(sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder()) for name in columns)
    values: list[Any] = list(columns.values())
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL(
                "UPDATE cards_card c SET {sets}, version = c.version + 1 FROM unnest(%s::bigint[], %s::int[]) AS e (id, version)"
                " WHERE c.id = e.id AND c.version = e.version RETURNING c.id"
            ).format(sets=sets),
            [*values, [item.card_pk for item in items], [item.version for item in items]],
        )
        done = {row[0] for row in cursor.fetchall()}
    return [item.card_pk for item in items if item.card_pk not in done]


def _said(act: str, reason: str) -> dict[str, object]:
    """Return the column that keeps why an act was done, for those acts that have one (カード廃棄事由)."""
    said: dict[str, dict[str, object]] = {
        "propose_disposal": {"disposal_reason": reason[:200]},
        "release_disposal": {"disposal_reason": ""},
        "take_up_again": {"disposal_reason": ""},
    }
    return said.get(act, {})


def _evidence(actor: Actor, reason: str, given: Mapping[str, object]) -> rules.Evidence:
    settings = queries.municipality()
    return rules.Evidence(
        today=clock.today(),
        actor=actor.user_id,
        reason=reason,
        notice_before_preset=settings.notice_before_preset,
        second_person_required=settings.second_person_at_handover,
        **{name: value for name, value in given.items() if name in rules.EVIDENCE_FROM_CALLERS},  # type: ignore[arg-type]  # checked names
    )


def _place_columns(card: Card, kind: rules.PlaceKind, actor: Actor, given: Mapping[str, object]) -> dict[str, object]:
    """Return the place columns of a card that comes to `kind`; raises NotAllowed when the site is missing or unknown."""
    columns: dict[str, object] = {"safe": "", "box": "", "slot": "", "transfer_to_id": None}
    if kind is rules.PlaceKind.STORED:
        columns |= {name: str(given.get(name, "")) for name in ("safe", "box", "slot")}
    if kind is rules.PlaceKind.TRANSFER:
        columns["transfer_to_id"] = _place(given.get("transfer_to"), "移送先").pk
    if "site" in given:
        columns["site_id"] = _place(given["site"], "施設").pk
    elif card.place_kind == rules.PlaceKind.TRANSFER and kind is rules.PlaceKind.STORED:
        columns["site_id"] = card.transfer_to_id
    site = columns.get("site_id", card.site_id)
    if site is None and kind in rules.IN_THE_HOUSE:
        raise NotAllowed("施設を選んでください。カードがどこにあるか分からなくなります。")
    if kind is rules.PlaceKind.TRANSFER and columns["transfer_to_id"] == site:
        raise NotAllowed("移送先が今の施設と同じです。別の施設を選んでください。")
    columns["custodian"] = str(given.get("custodian") or _CUSTODIAN_BY_PLACE.get(kind) or actor.user_id)
    # A note such as 預り goes with the card inside the house, and ends when the card leaves it.
    columns["place_note"] = str(given.get("place_note", card.place_note if kind in rules.IN_THE_HOUSE else ""))
    return columns


def _place(code: object, what: str) -> DeliveryPlace:
    place = DeliveryPlace.objects.filter(code=str(code or "")).first()
    if place is None:
        raise NotAllowed(f"{what}が登録されていません。一覧から選んでください。")
    return place


def _write(card: Card, columns: Mapping[str, object]) -> None:
    """Write `columns` if nobody was faster, and take over the values and the new version on `card`."""
    changed = Card.objects.filter(pk=card.pk, version=card.version).update(**columns, version=card.version + 1)
    if not changed:
        raise Conflict
    card.version += 1
    for name, value in columns.items():
        setattr(card, name, value)


def _note(card: Card, actor: Actor, act: str, axis: str, before: str, after: str, reason: str, detail: Mapping[str, object]) -> None:
    _event(card, actor, act, axis, before, after, reason, detail).save(force_insert=True)


def _event(card: Card, actor: Actor, act: str, axis: str, before: str, after: str, reason: str, detail: Mapping[str, object]) -> CardEvent:
    return CardEvent(
        card=card,
        version=card.version,
        act=act,
        axis=axis,
        before=before,
        after=after,
        actor_kind=actor.kind.value,
        user_id=actor.user_id,
        user_name=actor.user_name,
        site=str(detail.get("site", "")),
        client=actor.client[:200],
        reason=reason[:500],
        detail=dict(detail),
    )


@transaction.atomic
def set_hold(card_pk: int, kind: rules.HoldKind, actor: Actor, *, expected_version: int, reason: str, source: str = "") -> Hold:
    """Stop a card for `reason`; holding it again for the same kind raises NotAllowed. Raises Conflict like `perform`."""
    if not reason.strip():
        raise NotAllowed("停止の理由を書いてください。")
    card = Card.objects.get(pk=card_pk)
    if card.version != expected_version:
        raise Conflict
    if kind in queries.open_holds(card_pk):
        raise NotAllowed(f"すでに「{kind.label}」で停止しています。")
    _write(card, {})
    hold = Hold.objects.create(card=card, kind=kind.value, reason=reason, source=source, set_by=actor.user_id)
    _note(card, actor, "set_hold", "holds", "", kind.value, "", {"hold": hold.pk})
    record(actor, audited.SET_HOLD, subject=f"card:{card_pk}", content={"kind": kind.value})
    return hold


def protect_new_cards(above: int, actor: Actor, *, source: str) -> int:
    """Stop those cards with keys above `above` whose person has 支援措置 on another card; returns how many. In the caller's transaction.

    支援措置 is the person's, and the list of cards does not know it. Whoever has only the name and the birth date in common is released by
    the decision list; a letter to the old address of a protected person could not be called back (DL-30).
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT DISTINCT n.id, n.version
              FROM cards_hold h
              JOIN cards_card o ON o.id = h.card_id
              JOIN cards_card n ON n.born = o.born AND n.name_key = o.name_key AND n.id <> o.id
             WHERE h.kind = %(kind)s AND h.released_at IS NULL AND n.id > %(above)s AND n.name_key <> ''
               AND NOT EXISTS (SELECT 1 FROM cards_hold p WHERE p.card_id = n.id AND p.kind = %(kind)s AND p.released_at IS NULL)
             ORDER BY n.id
            """,
            {"kind": rules.HoldKind.PROTECTED.value, "above": above},
        )
        found = cursor.fetchall()
    for pk, version in found:
        words = "同じ氏名と生年月日の人のカードに支援措置があります。"
        set_hold(pk, rules.HoldKind.PROTECTED, actor, expected_version=version, reason=words, source=source)
    return len(found)


@transaction.atomic
def release_hold(hold_pk: int, actor: Actor, *, expected_version: int, reason: str) -> None:
    """Release a hold as the second person: who set it may not release it (NotAllowed). Raises Conflict like `perform`."""
    if not reason.strip():
        raise NotAllowed("解除の理由を書いてください。")
    hold = Hold.objects.select_related("card").get(pk=hold_pk)
    if hold.card.version != expected_version:
        raise Conflict
    if hold.set_by == actor.user_id:
        raise NotAllowed("停止を登録した人は解除できません。別の職員が解除してください。")
    released = Hold.objects.filter(pk=hold_pk, released_at__isnull=True).update(
        released_at=clock.now(), released_by=actor.user_id, release_reason=reason
    )
    if not released:
        raise NotAllowed("この停止はすでに解除されています。")
    _write(hold.card, {})
    _note(hold.card, actor, "release_hold", "holds", hold.kind, "", "", {"hold": hold.pk})
    record(actor, audited.RELEASE_HOLD, subject=f"card:{hold.card_id}", content={"kind": hold.kind})


def bind_sleeve(card_pk: int, code: str, *, expected_version: int) -> None:
    """Bind a sleeve code to a card inside the caller's transaction (検品); raises Conflict like `perform`. The version stays."""
    if not Card.objects.filter(pk=card_pk, version=expected_version).update(sleeve_code=code):
        raise Conflict


def make_missing_codes(card_pks: Sequence[int]) -> int:
    """Give those of the cards that have none a booking code, in the caller's transaction; returns how many. A code in use never changes.

    A card that entered the register while the municipality used no codes has none (DL-33).
    """
    have = set(BookingCode.objects.filter(card_id__in=card_pks).values_list("card_id", flat=True))
    missing = [pk for pk in card_pks if pk not in have]
    if missing:
        box = CodeBox()
        rows = (BookingCode(card_id=pk, sealed=box.new(pk)) for pk in missing)
        BookingCode.objects.bulk_create(rows, batch_size=_ROWS_AT_ONCE, ignore_conflicts=True)
    return len(missing)


def booking_code_of(card: Card) -> str | None:
    """Return the booking code of a card in the clear, None when it has none. The caller records what it is used for."""
    stored = BookingCode.objects.filter(card=card).first()
    return CodeBox().open(card.pk, bytes(stored.sealed)) if stored else None


def booking_codes_of(card_pks: list[int]) -> dict[int, str]:
    """Return the booking codes of many cards in the clear, by card; one statement."""
    box = CodeBox()
    return {row.card_id: box.open(row.card_id, bytes(row.sealed)) for row in BookingCode.objects.filter(card_id__in=card_pks)}


@transaction.atomic
def set_up_municipality(code: str, actor: Actor) -> Municipality:
    """Make the one row of this zone's municipality from the national list; doing it again changes nothing.

    Raises ValueError when no municipality has the code.
    """
    found = municipalities.find(code)
    if found is None:
        raise ValueError(code)
    row, created = Municipality.objects.get_or_create(
        id=Municipality.ONLY_ROW,
        defaults={"code": code, "prefecture": found.prefecture, "name": found.name, "changed_by": actor.user_id},
    )
    if created:
        record(actor, audited.SET_UP, content={"code": code})
    return row


SETTINGS = (
    *("uses_booking_codes", "notice_before_preset", "second_person_at_handover", "mass_change_percent"),
    *("sends_place", "sends_deadline", "sends_stage"),
    *("reveal_seconds", "reveal_needs_reason"),
    *("days_without_arrival", "days_without_booking", "days_before_expiry", "days_before_stay_ends", "days_of_patience"),
    "days_letters_kept",
)


@transaction.atomic
def change_settings(values: Mapping[str, object], actor: Actor, *, second: str = "", reason: str = "") -> list[str]:
    """Change settings of the municipality (names in SETTINGS), keep the history, and return warnings for the person who did.

    `second` is the user id of the second person who confirmed it; set-up by command has none.
    """
    unknown = values.keys() - set(SETTINGS)
    if unknown:
        raise TypeError(f"unknown settings {sorted(unknown)}")
    row = Municipality.objects.select_for_update().get(pk=Municipality.ONLY_ROW)
    for name, value in values.items():
        before = getattr(row, name)
        if before != value:
            MunicipalityChange.objects.create(by=actor.user_id, second=second, setting=name, before=before, after=value, reason=reason)
            setattr(row, name, value)
    row.changed_by, row.changed_at = actor.user_id, clock.now()
    row.save()
    record(actor, audited.CHANGE_SETTING, content={"settings": sorted(values), "second": second}, reason=reason)
    if row.uses_booking_codes:
        return []
    return ["予約コードを使わない設定です。予約用IDと生月日だけで予約でき、番号を推測されるおそれが高くなります。"]


PLACE_COLUMNS = ("name", "address", "telephone", "is_open")


@transaction.atomic
def save_place(
    code: str,
    name: str,
    actor: Actor,
    *,
    address: str = "",
    telephone: str = "",
    is_open: bool = True,
    second: str = "",
    reason: str = "",
) -> DeliveryPlace:
    """Register a delivery place or change it, and keep the history; places are closed, never deleted.

    Raises NotAllowed when a place is to be closed that still has cards, or on the way to which cards are.
    """
    given = {"name": name, "address": address, "telephone": telephone, "is_open": is_open}
    place = DeliveryPlace.objects.select_for_update().filter(code=code).first()
    if place is not None and not is_open:
        house = [kind.value for kind in rules.IN_THE_HOUSE]
        left = Card.objects.filter(Q(site=place, place_kind__in=house) | Q(transfer_to=place)).count()
        if left:
            raise NotAllowed(f"この場所にはカードが {left:,} 枚あるか、移送中です。先にほかの場所へ移してください。")
    before = {column: getattr(place, column) for column in PLACE_COLUMNS} if place else None
    if before != given:
        setting = f"place:{code}"
        MunicipalityChange.objects.create(by=actor.user_id, second=second, setting=setting, before=before, after=given, reason=reason)
    place, _created = DeliveryPlace.objects.update_or_create(code=code, defaults=given)
    record(actor, audited.SAVE_PLACE, subject=f"place:{code}", content={"is_open": is_open, "second": second}, reason=reason)
    return place


def record_card_view(card: Card, actor: Actor, *, tab: str = "") -> None:
    """Record that somebody looks at a card, before the page is sent; `tab` is the part of its page."""
    record(actor, audited.VIEW_CARD, subject=f"card:{card.pk}", content={"tab": tab} if tab else None)


def record_reveal(card: Card, field: str, actor: Actor, *, reason: str = "") -> None:
    """Record that one masked value of a card (a key of `masking.FIELDS`) is opened, before it is sent, and count it for the person.

    Raises NotAllowed as `reason_to_reveal` does.
    """
    said = reason_to_reveal(reason)
    reveals.record_reveal(actor, audited.REVEAL_FIELD, subject=f"card:{card.pk}", content={"field": field}, reason=said)


def reason_to_reveal(reason: str) -> str:
    """Return the reason as it is recorded with an opened value.

    Raises NotAllowed when the municipality demands a reason and none is given, or when it holds an individual number.
    """
    reason = reason.strip()
    if not reason and queries.municipality().reveal_needs_reason:
        raise NotAllowed("表示する理由を入力してください。この市区町村では、理由の入力が必要です。")
    if find_individual_numbers(reason):
        raise NotAllowed("個人番号 (12桁) とみられる数字があります。数字を取り除いてください。")
    return reason


def record_list_view(chosen: str, page: int, rows: int, actor: Actor) -> None:
    """Record that somebody looks at a page of a list, chosen by a value of progress or by a phase."""
    record(actor, audited.LIST_CARDS, content={"state": chosen, "page": page, "rows": rows})


def find_by_number(text: str, actor: Actor) -> Card | None:
    """Find a card by a number on it and record the search; what was typed is kept only as far as it is a card's."""
    card = queries.by_any_number(text)
    subject = f"card:{card.pk}" if card else ""
    record(actor, audited.SEARCH_NUMBER, subject=subject, content={"found": card is not None, "characters": len(text)})
    return card
