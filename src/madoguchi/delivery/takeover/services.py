"""Commands of the take-over: hand a spreadsheet in, apply it as the second person, sign it off after a full stock-taking (DL-29)."""

import datetime as dt
from collections.abc import Iterator, Mapping

from django.db import IntegrityError, transaction
from django.db.models import Max

from madoguchi.delivery.cards import queries as cards
from madoguchi.delivery.cards import services as register
from madoguchi.delivery.cards.codes import CodeBox
from madoguchi.delivery.cards.models import BookingCode, Card, CardEvent, Comment, DeliveryPlace
from madoguchi.delivery.cards.own_characters import folding
from madoguchi.delivery.cards.rules import HoldKind, Notice, PlaceKind, Progress
from madoguchi.delivery.dispatch.choosing import awaiting, awaiting_counts, choose_by_state
from madoguchi.delivery.dispatch.models import Kind
from madoguchi.delivery.dispatch.recording import EarlierLetter, record_earlier_letters
from madoguchi.delivery.matching.models import BookedVisit
from madoguchi.delivery.storage.models import StockTake
from madoguchi.delivery.takeover import audited
from madoguchi.delivery.takeover.columns import ENDED, LETTERS, notice_of, place_of, returned_letter
from madoguchi.delivery.takeover.models import StockList, StockRow, TakenOver
from madoguchi.delivery.takeover.reading import Read
from madoguchi.kernel import names
from madoguchi.kernel.labels import sleeve_code
from madoguchi.kernel.numbers import display_application_id
from madoguchi.platform import clock
from madoguchi.platform.approvals import services as approvals
from madoguchi.platform.approvals.kinds import kind_of
from madoguchi.platform.audit.actors import Actor, ActorKind
from madoguchi.platform.audit.services import record
from madoguchi.platform.jobs import services as jobs
from madoguchi.platform.jobs.models import Job
from madoguchi.platform.language import Sentence
from madoguchi.platform.verbs import Refusal

APPROVAL = "takeover.stock"
ACT = "take_over"
REASON = "移行"
APPLYING = "takeover.apply"
APPLIED_AT_ONCE = 500
"""A longer list is applied by the worker: whoever approves it does not wait for the page."""
_UNDECIDED = (StockList.State.WAITING, StockList.State.APPLYING)
_AT_ONCE = 1000
_SLEEVED = frozenset({Progress.INSPECTED, Progress.PRESET}) | ENDED
_PERSON = ("serial", "dispatch_no", "name", "kana", "born", "sex", "postcode", "address", "house", "memo")
_DATES = ("expires", "applied_on", "arrived_on", "inspected_on", "preset_on", "notice_sent_on", "notice_deadline", "delivered_on")
_LETTER_KINDS = dict(zip(LETTERS, ("notice", "remind", "urge", "warning"), strict=True))
_ENDED_ON = {Progress.WITHDRAWN: "withdrawn_on", Progress.LAPSED: "lapsed_on"}


@transaction.atomic
def hand_in(read: Read, file_name: str, actor: Actor) -> StockList:
    """Keep the rows of a sound spreadsheet for a second person. Raises Refusal for one with faults, or that is here already."""
    if read.wrong:
        raise Refusal(Sentence("誤りのある行があります。すべて直してから、もう一度読み込んでください。"))
    try:
        with transaction.atomic():
            kept = StockList.objects.create(file_name=file_name[:200], sha256=read.sha256, rows=len(read.rows), read_by=actor.user_id)
    except IntegrityError:
        raise Refusal(Sentence("このファイルはすでに読み込まれています。一覧から開いてください。")) from None
    StockRow.objects.bulk_create((StockRow(source=kept, line=line, row_values=values) for line, values in read.rows), batch_size=_AT_ONCE)
    _ask_for_approval(kept, actor)
    record(actor, audited.READ_STOCK, subject=f"stock-list:{kept.pk}", content={"rows": kept.rows, "sha256": read.sha256})
    return kept


@transaction.atomic
def approve(pk: int, approver: Actor) -> None:
    """Apply a list as the second person: a short one at once, a long one by the worker. Raises Refusal as `apply_list` does."""
    kept = StockList.objects.select_for_update().get(pk=pk)
    if kept.state != StockList.State.WAITING or kept.rows <= APPLIED_AT_ONCE:
        apply_list(pk, approver)
        return
    kept.state, kept.approved_by = StockList.State.APPLYING, approver.user_id
    kept.save(update_fields=["state", "approved_by"])
    jobs.start(APPLYING, f"移行の一覧 {pk} の反映", approver, {"list": pk})


@transaction.atomic
def return_to_waiting(pk: int) -> None:
    """Let a list whose work ended without being done wait for approval again: it was asked for by who read it, and nothing was written."""
    kept = StockList.objects.select_for_update().filter(pk=pk, state=StockList.State.APPLYING).first()
    if kept is None:
        return
    kept.state, kept.approved_by = StockList.State.WAITING, ""
    kept.save(update_fields=["state", "approved_by"])
    _ask_for_approval(
        kept, Actor(kind=ActorKind.STAFF, user_id=kept.read_by), reason="反映の処理が終わらなかったため、承認待ちに戻しました。"
    )


def _ask_for_approval(kept: StockList, actor: Actor, *, reason: str = "") -> None:
    title = f"移行の一覧 {kept.pk}: {kept.rows} 枚"
    approvals.request(kind_of(APPROVAL), subject=f"stock-list:{kept.pk}", title=title, actor=actor, detail={"list": kept.pk}, reason=reason)


def is_being_applied(pk: int) -> bool:
    """Tell whether the worker has a list to apply; one that went back to waiting is decided on again first."""
    return StockList.objects.filter(pk=pk, state=StockList.State.APPLYING).exists()


def apply_list(pk: int, approver: Actor) -> int:
    """Write every card of a list with its events, in the transaction of the approval or of the job; returns how many.

    Raises Refusal when the list does not wait any more, or when the register has changed so that a row does not fit.
    """
    kept = StockList.objects.select_for_update().get(pk=pk)
    if kept.state not in _UNDECIDED:
        raise Refusal("この一覧は承認待ちではありません。画面を開き直してください。")
    rows = [row.row_values for row in kept.waiting_rows.order_by("line")]
    before = Card.objects.aggregate(newest=Max("pk"))["newest"] or 0
    try:
        with transaction.atomic():
            written = _write_cards(rows, approver)
            _note(written, approver, kept)
            _book(written)
            record_earlier_letters(_letters(written), note=f"{REASON} (一覧 {pk})")
    except IntegrityError:
        raise Refusal("読み込んだ後に登録が変わり、重なる番号か位置があります。取り下げて、もう一度読み込んでください。") from None
    TakenOver.objects.bulk_create((TakenOver(source=kept, card=card) for card, _values, _earlier in written), batch_size=_AT_ONCE)
    _stop(written, approver, f"{REASON}の一覧 {pk}")
    register.protect_new_cards(before, approver, source=f"{REASON}の一覧 {pk}")
    kept.state, kept.approved_by, kept.applied_at = StockList.State.APPLIED, approver.user_id, clock.now()
    kept.save(update_fields=["state", "approved_by", "applied_at"])
    kept.waiting_rows.all().delete()
    record(approver, audited.TAKE_OVER, subject=f"stock-list:{pk}", content={"cards": len(written), "read_by": kept.read_by})
    return len(written)


def discard(pk: int, actor: Actor) -> None:
    """Throw a list away that was rejected or withdrawn, or that did not fit any more; its rows go."""
    if StockList.objects.filter(pk=pk, state__in=_UNDECIDED).update(state=StockList.State.DISCARDED):
        StockRow.objects.filter(source_id=pk).delete()
        record(actor, audited.READ_STOCK, subject=f"stock-list:{pk}", content={"discarded": True})


Written = tuple[Card, Mapping[str, str], Mapping[str, str]]


def _write_cards(rows: list[dict[str, str]], approver: Actor) -> list[Written]:
    """Write new cards and complete untouched ones; each comes with its row and with what its axes were before."""
    sites = {site.code: site for site in DeliveryPlace.objects.all()}
    numbers = [values["application_id"] for values in rows]
    present = {card.application_id: card for card in Card.objects.select_for_update().filter(application_id__in=numbers).order_by("pk")}
    if any(card.progress != Progress.ORDERED for card in present.values()):
        raise Refusal("読み込んだ後に先へ進んだカードがあります。取り下げて、もう一度読み込んでください。")
    fold, now = folding(), clock.now()
    fresh: list[tuple[Card, dict[str, str]]] = []
    written: list[Written] = []
    for values in rows:
        columns = _columns(values, sites, approver)
        card = present.get(values["application_id"])
        if card is None:
            person = {name: values[name] for name in _PERSON}
            card = Card(
                application_id=values["application_id"],
                application_id_shown=display_application_id(values["application_id"]),
                **person,
                name_raw=values["name"].encode(),
                address_raw=values["address"].encode(),
                raw_encoding="utf-8",
                name_key=names.search_key(fold(values["name"])),
                kana_key=names.kana_key(values["kana"]),
                address_key=names.search_key(fold(values["address"])),
                managed_since=clock.today(),
                registered_at=now,
                version=1,
                **columns,
            )
            fresh.append((card, values))
            continue
        earlier = {axis: str(getattr(card, axis)) for axis in ("progress", "place_kind", "notice", "visit")}
        card.version += 1
        for name, value in columns.items():
            setattr(card, name, value)
        # What the list says of the person stays; the spreadsheet completes numbers and remarks that it lacks.
        for name in ("serial", "dispatch_no", "memo"):
            setattr(card, name, getattr(card, name) or values[name])
        card.save()
        written.append((card, values, earlier))
    made = Card.objects.bulk_create([card for card, _values in fresh], batch_size=_AT_ONCE)
    before = {"progress": "", "place_kind": PlaceKind.NOT_ARRIVED.value, "notice": Notice.NONE.value, "visit": "none"}
    written += [(card, values, before) for card, (_same, values) in zip(made, fresh, strict=True)]
    _bind_sleeves([card for card, _values, _earlier in written])
    _make_codes([card.pk for card in made if card.progress not in cards.ENDED])
    return written


def _columns(values: Mapping[str, str], sites: Mapping[str, DeliveryPlace], approver: Actor) -> dict[str, object]:
    progress = Progress(values["progress"])
    kind, site = place_of(values), sites.get(values["site"])
    custodians = {
        PlaceKind.STORED: site.name if site else "",
        PlaceKind.PERSON: "本人",
        PlaceKind.NOT_ARRIVED: "J-LIS",
        PlaceKind.MISSING: approver.user_id,  # as `report_missing` has it: whoever says that a card is missing answers for the search
    }
    reminded = max(values[field] for field in LETTERS[1:])
    return {
        "progress": progress.value,
        "notice": notice_of(values).value,
        "visit": "booked" if values["booked_day"] else "none",
        "place_kind": kind.value,
        "site": site,
        "safe": values["safe"],
        "box": values["box"],
        "slot": values["slot"],
        "custodian": custodians[kind],
        "delivery_place": sites.get(values["delivery_place"]) or site,
        **{name: dt.date.fromisoformat(values[name]) if values[name] else None for name in _DATES},
        "reminded_on": dt.date.fromisoformat(reminded) if reminded else None,  # the last of the reminders, as the acts stamp it
        "returned_on": dt.date.fromisoformat(values["returned_on"]) if values["returned_on"] else None,
        **({_ENDED_ON[progress]: dt.date.fromisoformat(values["ended_on"])} if values["ended_on"] else {}),
    }


def _bind_sleeves(written: list[Card]) -> None:
    """Give cards that were looked at their sleeve code; the label is printed from the list's page, the stock-taking reads every one."""
    sleeved = [card for card in written if card.progress in _SLEEVED]
    for card in sleeved:
        card.sleeve_code = sleeve_code(card.pk)
    Card.objects.bulk_update(sleeved, ["sleeve_code"], batch_size=_AT_ONCE)


def _make_codes(pks: list[int]) -> None:
    if cards.municipality().uses_booking_codes:
        box = CodeBox()
        BookingCode.objects.bulk_create((BookingCode(card_id=pk, sealed=box.new(pk)) for pk in pks), batch_size=_AT_ONCE)


def _note(written: list[Written], actor: Actor, kept: StockList) -> None:
    """Write one event for each axis that a card did not begin with, all of them 移行, and its remark as a note."""
    events, notes = list[CardEvent](), list[Comment]()
    for card, values, earlier in written:
        where = {"site": values["site"], "safe": card.safe, "box": card.box, "slot": card.slot, "custodian": card.custodian}
        for axis, before in earlier.items():
            after = str(getattr(card, axis))
            if after != before:
                events.append(
                    CardEvent(
                        card=card,
                        version=card.version,
                        act=ACT,
                        axis=axis,
                        before=before,
                        after=after,
                        actor_kind=actor.kind.value,
                        user_id=actor.user_id,
                        user_name=actor.user_name,
                        site=values["site"],
                        client=actor.client[:200],
                        reason=f"{REASON} (一覧 {kept.pk})",
                        detail={"list": kept.pk, "read_by": kept.read_by, **(where if axis == "place_kind" else {})},
                    )
                )
        if values["memo"]:
            notes.append(
                Comment(card=card, kind="note", text=f"{REASON}: {values['memo']}"[:1000], by=actor.user_id, by_name=actor.user_name)
            )
    CardEvent.objects.bulk_create(events, batch_size=_AT_ONCE)
    Comment.objects.bulk_create(notes, batch_size=_AT_ONCE)


def _stop(written: list[Written], approver: Actor, source: str) -> None:
    """Stop the cards that were stopped in the old system: above all no letter may go to the old address of a protected person (DL-30)."""
    for card, values, _earlier in written:
        for version, kind in enumerate(filter(None, values["holds"].split(",")), start=card.version):
            words = "移行の前から停止していました。"
            register.set_hold(card.pk, HoldKind(kind), approver, expected_version=version, reason=words, source=source)


def _letters(written: list[Written]) -> Iterator[EarlierLetter]:
    """Yield what the old system sent: without it a letter that comes back next week could not be recorded as 返戻."""
    for card, values, _earlier in written:
        returned = returned_letter(values)
        for field in LETTERS:
            if values[field]:
                back = dt.date.fromisoformat(values["came_back_on"]) if field == returned else None
                why = values["came_back_why"] if back else ""
                yield EarlierLetter(card, _LETTER_KINDS[field], dt.date.fromisoformat(values[field]), back, why)


def _book(written: list[Written]) -> None:
    """Enter bookings that were made before, as matched visits; the booking zone does not know them."""
    BookedVisit.objects.bulk_create(
        (
            BookedVisit(
                number=f"{REASON}-{card.serial}",
                serial=card.serial,
                group="",
                place=values["delivery_place"] or values["site"],
                day=dt.date.fromisoformat(values["booked_day"]),
                start=dt.time.fromisoformat(values["booked_from"]),
                end=dt.time.fromisoformat(values["booked_until"]),
                state="confirmed",
                rev=1,
                card=card,
                match="matched",
                file_seq=0,
            )
            for card, values, _earlier in written
            if values["booked_day"]
        ),
        batch_size=_AT_ONCE,
    )


MOST_LETTERS = 5000
"""So many letters are printed as one batch."""


def count_without_code(kept: StockList) -> int:
    """Return how many of a list's people the old system notified and who know no code (DL-33). One statement."""
    if not cards.municipality().uses_booking_codes:
        return 0
    return sum(awaiting_counts(Kind.CODE, Card.objects.filter(taken_over__source=kept)).values())


def _waiting_for_codes(kept: StockList) -> list[str]:
    """Return the 製造管理番号 of those who may be written to, at most one batch, looking at no more cards than it takes."""
    if not cards.municipality().uses_booking_codes:
        return []
    waiting = awaiting(Kind.CODE, Card.objects.filter(taken_over__source=kept)).order_by("pk").values_list("pk", flat=True)
    serials: list[str] = []
    seen = 0
    while len(serials) < MOST_LETTERS and (part := list(waiting.filter(pk__gt=seen)[:MOST_LETTERS])):
        chosen = choose_by_state(None, Kind.CODE, Card.objects.filter(pk__in=part).order_by("pk"))
        serials += [card.serial for card in chosen.cards]
        seen = part[-1]
    return serials[:MOST_LETTERS]


@transaction.atomic
def print_codes(pk: int, actor: Actor) -> Job:
    """Let the worker print 予約コードのお知らせ for a list's cards that wait for one. Raises Refusal when there is none."""
    serials = _waiting_for_codes(StockList.objects.get(pk=pk))
    if not serials:
        raise Refusal("予約コードのお知らせを待つカードはありません。")
    return jobs.start("dispatch.print", f"移行の一覧 {pk} の{Kind.CODE.label}", actor, {"kind": Kind.CODE.value, "serials": serials})


def stock_takes_of(kept: StockList) -> list[tuple[DeliveryPlace, StockTake | None]]:
    """Return the places that hold cards of a list, each with its newest full stock-taking that began after the list was applied."""
    sites = DeliveryPlace.objects.filter(cards__taken_over__source=kept).distinct().order_by("code")
    done: dict[int, StockTake] = {}
    if kept.applied_at is not None:
        closed = StockTake.objects.filter(box__isnull=True, state=StockTake.State.CLOSED, opened_at__gte=kept.applied_at)
        done = {take.site_id: take for take in closed.order_by("pk")}
    return [(site, done.get(site.pk)) for site in sites]


@transaction.atomic
def sign_off(pk: int, actor: Actor) -> None:
    """End the take-over: every place that holds its cards was counted in full, by two people. Raises Refusal with those that were not."""
    kept = StockList.objects.select_for_update().get(pk=pk)
    if kept.state != StockList.State.APPLIED:
        raise Refusal("この一覧は棚卸待ちではありません。画面を開き直してください。")
    takes = stock_takes_of(kept)
    left = [site.name for site, take in takes if take is None]
    if left:
        raise Refusal(f"反映した後の全部の棚卸が、まだ終わっていません: {'、'.join(left)}。")
    kept.state, kept.signed_off_by, kept.signed_off_at = StockList.State.SIGNED_OFF, actor.user_id, clock.now()
    kept.save(update_fields=["state", "signed_off_by", "signed_off_at"])
    record(actor, audited.SIGN_OFF, subject=f"stock-list:{pk}", content={"stock_takes": [take.pk for _site, take in takes if take]})
