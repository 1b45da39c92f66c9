"""Registered media: out for a purpose that another approved, read in, erased, back, disposed of by two; the rules that ask it (EX-04)."""

import datetime as dt
from collections.abc import Mapping

from django.db import IntegrityError, transaction

from madoguchi.platform import clock
from madoguchi.platform.accounts.models import Staff
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.processes import Result
from madoguchi.platform.audit.services import record
from madoguchi.platform.exchange import audited
from madoguchi.platform.exchange.models import ExchangeRules, ExchangeRulesChange, LedgerEntry, Medium, MediumTrip, OutgoingFile
from madoguchi.platform.verbs import Refusal

NOT_RELEASED, NOT_CHECKED_OUT = "E25", "E26"
SETTINGS = (
    *("medium_required", "release_required", "days_out"),
    *("trip_weekdays", "trip_time", "transfer_minutes", "picking_minutes"),
    "late_cancels_by_telephone",
    *("direct_on", "direct_host", "direct_port", "direct_minutes"),
)


def rules() -> ExchangeRules:
    """Return the rules in force; unsaved ones that ask nothing, before anybody set any."""
    return ExchangeRules.objects.first() or ExchangeRules(changed_at=clock.now())


@transaction.atomic
def change_rules(values: Mapping[str, object], actor: Actor, *, second: Staff, reason: str) -> list[str]:
    """Change rules (names in SETTINGS) together with a second person; returns the names of what changed. Keeps the history."""
    row = ExchangeRules.objects.select_for_update().first() or ExchangeRules(changed_at=clock.now())
    changed = []
    for name in SETTINGS:
        before, after = getattr(row, name), values[name]
        if before != after:
            ExchangeRulesChange.objects.create(
                at=clock.now(),
                by=actor.user_id,
                second=second.user_id,
                setting=name,
                before=_plain(before),
                after=_plain(after),
                reason=reason,
            )
            setattr(row, name, after)
            changed.append(name)
    if changed:
        row.changed_at, row.changed_by = clock.now(), actor.user_id
        row.save()
        record(actor, audited.RULES_CHANGED, content={"settings": changed, "second": second.user_id}, reason=reason)
    return changed


def _plain(value: object) -> object:
    return f"{value:%H:%M}" if isinstance(value, dt.time) else value


@transaction.atomic
def register(number: str, kind: str, actor: Actor, *, serial: str = "", encryption: str = "", kept_at: str = "") -> Medium:
    """Register a medium under a number that was never used before. Raises Refusal."""
    try:
        with transaction.atomic():
            medium = Medium.objects.create(
                number=number,
                kind=kind,
                serial=serial,
                encryption=encryption,
                kept_at=kept_at,
                registered_at=clock.now(),
                registered_by=actor.user_id,
            )
    except IntegrityError:
        raise Refusal("この媒体番号は使われたことがあります。別の番号にしてください。") from None
    record(actor, audited.MEDIUM_REGISTERED, subject=f"medium:{medium.pk}", content={"number": number, "kind": kind})
    return medium


@transaction.atomic
def take_out(medium_pk: int, actor: Actor, *, purpose: str, destination: str, approver: Staff) -> MediumTrip:
    """Let `actor` carry a medium out for a purpose that another person approved. Raises Refusal when it is out or gone."""
    medium = Medium.objects.select_for_update().get(pk=medium_pk)
    if medium.disposed_at is not None:
        raise Refusal("この媒体は廃棄されています。別の媒体を使ってください。")
    moment = clock.now()
    try:
        with transaction.atomic():
            trip = MediumTrip.objects.create(
                medium=medium,
                purpose=purpose,
                destination=destination,
                carried_by=actor.user_id,
                approved_by=approver.user_id,
                out_at=moment,
                due_at=moment + dt.timedelta(days=rules().days_out),
            )
    except IntegrityError:
        raise Refusal("この媒体は持ち出されています。返却を記録してから、もう一度行ってください。") from None
    content = {"number": medium.number, "approved_by": approver.user_id, "due": trip.due_at.isoformat(timespec="minutes")}
    record(actor, audited.MEDIUM_OUT, subject=f"medium:{medium.pk}", content=content, reason=purpose)
    return trip


STEPS = ("read_in", "erased", "back")


@transaction.atomic
def confirm_step(trip_pk: int, step: str, actor: Actor, *, remarks: str = "") -> MediumTrip:
    """Confirm that a medium was read in, erased, or came back: each once, and back only when erased. Raises Refusal."""
    trip = MediumTrip.objects.select_for_update(of=("self",)).select_related("medium").get(pk=trip_pk)
    if getattr(trip, f"{step}_at") is not None:
        raise Refusal("すでに確認されています。")
    if step == "back" and trip.erased_at is None:
        raise Refusal("中のファイルを消したことを確認してから、返却してください。")
    if step != "back" and trip.back_at is not None:
        raise Refusal("この媒体はすでに返却されています。")
    setattr(trip, f"{step}_at", clock.now())
    setattr(trip, f"{step}_by", actor.user_id)
    trip.remarks = remarks or trip.remarks
    trip.save()
    record(actor, audited.MEDIUM_STEP, subject=f"medium:{trip.medium_id}", content={"number": trip.medium.number, "step": step})
    return trip


@transaction.atomic
def dispose(medium_pk: int, actor: Actor, *, second: Staff, how: str) -> None:
    """Record that two people destroyed a medium; one that is out cannot be. Raises Refusal."""
    if MediumTrip.objects.filter(medium_id=medium_pk, back_at__isnull=True).exists():
        raise Refusal("持ち出されている媒体は廃棄できません。返却を記録してください。")
    changed = Medium.objects.filter(pk=medium_pk, disposed_at__isnull=True).update(
        disposed_at=clock.now(), disposed_by=actor.user_id, disposed_with=second.user_id, disposed_how=how
    )
    if not changed:
        raise Refusal("この媒体はすでに廃棄されています。")
    record(actor, audited.MEDIUM_DISPOSED, subject=f"medium:{medium_pk}", content={"second": second.user_id}, reason=how)


@transaction.atomic
def release(issued_pk: int, actor: Actor) -> None:
    """Let a sealed file leave, as somebody else than the one who made it. Raises Refusal."""
    issued = OutgoingFile.objects.get(pk=issued_pk)
    if issued.issued_by == actor.user_id:
        raise Refusal("作った人は承認できません。別の職員が承認してください。")
    changed = OutgoingFile.objects.filter(pk=issued_pk, state=OutgoingFile.State.ISSUED, released_at__isnull=True).update(
        released_at=clock.now(), released_by=actor.user_id
    )
    if not changed:
        raise Refusal("このファイルは承認済みか、取り下げられています。")
    record(
        actor,
        audited.FILE_RELEASED,
        subject=f"exchange-file:{issued_pk}",
        content={"type": issued.type, "seq": issued.seq, "rows": issued.rows, "sha256": issued.file_hash},
    )


def carried_by(user_id: str) -> list[Medium]:
    """Return the media that a person has out now and that are not overdue."""
    trips = MediumTrip.objects.select_related("medium").filter(carried_by=user_id, back_at__isnull=True, due_at__gt=clock.now())
    return [trip.medium for trip in trips.order_by("medium__number")]


def refusal_of_medium(number: str, actor: Actor) -> str | None:
    """Return E26 when the rules demand a registered medium and `number` is none that `actor` has out now."""
    if not rules().medium_required:
        return None
    return None if number in {medium.number for medium in carried_by(actor.user_id)} else NOT_CHECKED_OUT


def refusal_of_release(issued: OutgoingFile) -> str | None:
    """Return E25 when the rules demand a release and the file has none. Receipts answer a file that somebody took in: they need none."""
    return NOT_RELEASED if rules().release_required and issued.type != "receipt" and not issued.released_by else None


@transaction.atomic
def note_refused(movement: LedgerEntry.Movement, code: str, actor: Actor, issued: OutgoingFile | None = None, medium: str = "") -> None:
    """Write a refused attempt into the ledger and the operation log: it counts like every other (seed 002 Ⅲ.5R1)."""
    moment = clock.now()
    LedgerEntry.objects.create(
        movement=movement,
        state=LedgerEntry.State.REFUSED,
        type=issued.type if issued else "",
        seq=issued.seq if issued else None,
        file_name=issued.file_name if issued else "",
        file_hash=issued.file_hash if issued else "",
        medium=medium,
        code=code,
        user_id=actor.user_id,
        started_at=moment,
        finished_at=moment,
        outgoing=issued,
    )
    process = audited.FILE_WRITTEN if movement == LedgerEntry.Movement.WRITE else audited.FILE_IMPORTED
    content = {"code": code, "medium": medium} | ({"type": issued.type, "seq": issued.seq} if issued else {})
    record(actor, process, subject=f"exchange-file:{issued.pk}" if issued else "", content=content, result=Result.REFUSED)
