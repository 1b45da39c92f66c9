"""Commands on applications that the office takes itself; each is one transaction. The only writer of this room's tables."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from madoguchi.delivery.applications.models import Application
from madoguchi.delivery.cards import services as cards
from madoguchi.delivery.cards.models import Card, DeliveryPlace
from madoguchi.delivery.filing import services as filing
from madoguchi.delivery.filing.models import Document, DocumentClass
from madoguchi.delivery.registration import audited, queries, rules
from madoguchi.delivery.registration.models import Registration, RegistrationSettings, Venue
from madoguchi.kernel.numbers import NumberError, application_id
from madoguchi.platform import clock
from madoguchi.platform.accounts.models import Staff
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record

PHOTO_CLASS = "photo"
# The words of the register's own code tables (来庁方式, 申請受付方式).
VISIT_WAYS = {rules.Way.COUNTER: "申請時来庁", rules.Way.OFFSITE: "出張申請", rules.Way.EXPRESS: "申請時来庁"}
APPLICATION_WAYS = {rules.Way.COUNTER: "申請時来庁", rules.Way.OFFSITE: "出張申請", rules.Way.EXPRESS: "特急"}


class Refused(Exception):
    """The command is refused and nothing was changed; the message is a sentence for the person."""


@dataclass(frozen=True, slots=True)
class Taken:
    """How an application was taken."""

    way: rules.Way
    place: DeliveryPlace
    receipt: rules.Receipt
    documents: Sequence[str] = ()
    venue: Venue | None = None
    row_id: str | None = None
    application: Application | None = None
    memo: str = ""


@dataclass(frozen=True, slots=True)
class Joined:
    """What came of a venue's list: how many are new, how many were joined before."""

    new: int
    known: int


class DifferentRows(Refused):
    """Rows of a list were joined before with other values; nothing was joined."""

    def __init__(self, row_ids: Sequence[str]) -> None:
        super().__init__(f"前に取り込んだ内容と違う行があります: {'、'.join(row_ids[:5])}。登録済の申請はカードの画面で直してください。")


@transaction.atomic
def register(person: rules.Person, taken: Taken, actor: Actor) -> Registration:
    """Take an application: the card enters the register as 申請受付. Raises Refused when the 申請書ID is known or the booking is used."""
    card = _enter(person, taken, actor)
    try:
        with transaction.atomic():
            row = Registration.objects.create(
                card=card,
                way=taken.way.value,
                place=taken.place,
                venue=taken.venue,
                row_id=taken.row_id,
                application=taken.application,
                receipt=taken.receipt.value,
                documents=list(taken.documents),
                received_by=actor.user_id,
                received_by_name=actor.user_name,
                memo=taken.memo,
            )
    except IntegrityError:
        raise Refused("この予約または行の申請は、すでに登録されています。") from None
    content = {"way": taken.way.value, "card": card.pk, "receipt": taken.receipt.value}
    record(actor, audited.REGISTER, subject=f"registration:{row.pk}", content=content)
    return row


def _enter(person: rules.Person, taken: Taken, actor: Actor) -> Card:
    try:
        return cards.register(
            cards.NewPerson(
                application_id=person.application_id,
                name=person.name,
                kana=person.kana,
                born=person.born,
                sex=person.sex,
                postcode=person.postcode,
                address=person.address,
                house=person.house,
            ),
            actor,
            visit_way=VISIT_WAYS[taken.way],
            application_way=APPLICATION_WAYS[taken.way],
            applied_at=taken.venue.name if taken.venue else taken.place.name,
            delivery_place=taken.place,
        )
    except cards.NotAllowed as refused:
        raise Refused(str(refused)) from refused


def bind_new_photo(row: Registration, scanned: str, content: bytes, actor: Actor) -> None:
    """File a photo and bind it to the application whose 申請書ID was scanned with it (DL-13). Raises Refused, and filing's refusals."""
    _require_open(row, scanned)
    kind = DocumentClass.objects.filter(code=PHOTO_CLASS).first()
    if kind is None:
        raise Refused("資料区分「顔写真」がありません。責任者が資料区分の画面で登録してください。")
    try:
        checked = filing.check_file(content, actor)
        if len(checked.read.pages) != 1:
            raise Refused("顔写真は1枚だけのファイルにしてください。")
        with transaction.atomic():
            _bind(row, filing.file_for_card(checked, row.card, kind, actor), actor)
    except filing.Refused as refused:
        raise Refused(str(refused)) from refused


@transaction.atomic
def bind_filed_photo(row: Registration, scanned: str, number: str, actor: Actor) -> None:
    """Bind a photo that came in by its cover sheet. Raises Refused when it is no photo, or another person's."""
    _require_open(row, scanned)
    photo = Document.objects.filter(number=number.strip().upper(), document_class__code=PHOTO_CLASS).first()
    if photo is None:
        raise Refused("その資料番号の顔写真はありません。表紙のコードを確かめてください。")
    if photo.card_id != row.card_id:
        raise Refused("別の人の顔写真です。申請書と写真の組み合わせを確かめてください。何も変えていません。")
    _bind(row, photo, actor)


def _require_open(row: Registration, scanned: str) -> None:
    if row.sent_way:
        raise Refused("送付した申請の写真は変えられません。")
    try:
        number = application_id(scanned)
    except NumberError:
        raise Refused("申請書IDを申請書から読み取ってください（23けたの数字）。") from None
    if number != row.card.application_id:
        raise Refused("読み取った申請書IDが、この申請と違います。写真を別の人に付けるところでした。何も変えていません。")


def _bind(row: Registration, photo: Document, actor: Actor) -> None:
    bound = Registration.objects.filter(pk=row.pk, sent_way="").update(
        photo=photo, photo_bound_at=clock.now(), photo_bound_by=actor.user_id
    )
    if not bound:
        raise Refused("ほかの職員が先に送付を記録しました。何も変えていません。")
    record(actor, audited.BIND_PHOTO, subject=f"registration:{row.pk}", content={"document": photo.pk})


@transaction.atomic
def send(row: Registration, way: rules.SentWay, day: dt.date, actor: Actor, second: Staff) -> None:
    """Record that an application went to J-LIS, looked at by a second person (DL-24). Raises Refused."""
    today = clock.today()
    if way is rules.SentWay.NONE:
        raise Refused("送付方法を選んでください。")
    if not row.received_at.astimezone(clock.TOKYO).date() <= day <= today:
        raise Refused("送付日は、受付日から今日までの日にしてください。")
    if row.photo_id is None and rules.needs_photo(row.card.born, today):
        raise Refused("顔写真が結び付いていません。写真を結び付けてから送付してください。")
    sent = Registration.objects.filter(pk=row.pk, sent_way="").update(
        sent_way=way.value, sent_on=day, sent_by=actor.user_id, sent_by_name=actor.user_name, looked_at_by=second.user_id
    )
    if not sent:
        raise Refused("この申請はすでに送付を記録しています。")
    try:
        card = cards.perform(
            row.card_id, "send_application", actor, expected_version=row.card.version, detail={"second_person": second.user_id}
        )
        if way is rules.SentWay.POST:
            cards.set_posted_on(card.pk, day, actor)
    except (cards.NotAllowed, cards.Conflict) as refused:
        raise Refused(str(refused)) from refused
    content = {"way": way.value, "day": day.isoformat(), "second": second.user_id}
    record(actor, audited.SEND, subject=f"registration:{row.pk}", content=content)


@transaction.atomic
def make_venue(name: str, day: dt.date, place: DeliveryPlace, rows: int, actor: Actor) -> Venue:
    """Register a venue with the list that goes along. Raises Refused when the day has a venue of that name."""
    try:
        with transaction.atomic():
            venue = Venue.objects.create(name=name, day=day, place=place, rows=rows, made_by=actor.user_id)
    except IntegrityError:
        raise Refused("同じ日に同じ名前の会場があります。名前を変えてください。") from None
    record(actor, audited.MAKE_VENUE, subject=f"venue:{venue.pk}", content={"rows": rows, "place": place.code})
    return venue


@transaction.atomic
def join(venue: Venue, applicants: Sequence[rules.Applicant], actor: Actor) -> Joined:
    """Take in what was written at a venue, all of it or nothing. A row that was joined before is known by its number and not doubled.

    Raises DifferentRows, and Refused for a closed venue or a 申請書ID that another application has.
    """
    Venue.objects.select_for_update().get(pk=venue.pk)
    if venue.closed_at is not None:
        raise Refused("この会場は締められています。")
    known = {
        row.row_id: row
        for row in Registration.objects.select_related("card").filter(row_id__in=[applicant.row_id for applicant in applicants])
    }
    different = [one.row_id for one in applicants if one.row_id in known and not _same(known[one.row_id], one)]
    if different:
        raise DifferentRows(different)
    fresh = [one for one in applicants if one.row_id not in known]
    for one in fresh:
        try:
            register(one.person, Taken(rules.Way.OFFSITE, venue.place, one.receipt, venue=venue, row_id=one.row_id), actor)
        except Refused as refused:
            raise Refused(f"{one.row_id}: {refused}") from refused
    joined = Joined(len(fresh), len(known))
    record(actor, audited.JOIN_LIST, subject=f"venue:{venue.pk}", content={"new": joined.new, "known": joined.known})
    return joined


def _same(row: Registration, applicant: rules.Applicant) -> bool:
    card, person = row.card, applicant.person
    return (card.application_id, card.name, card.born, card.sex) == (person.application_id, person.name, person.born, person.sex)


@transaction.atomic
def close_venue(venue: Venue, actor: Actor) -> None:
    """Close a venue: no further list is joined. Raises Refused when it is closed."""
    if not Venue.objects.filter(pk=venue.pk, closed_at__isnull=True).update(closed_at=clock.now(), closed_by=actor.user_id):
        raise Refused("この会場はすでに締められています。")
    record(actor, audited.CLOSE_VENUE, subject=f"venue:{venue.pk}")


@transaction.atomic
def change_settings(days: int, actor: Actor) -> None:
    """Change after how many days without the card an application alarms."""
    queries.settings_row()
    RegistrationSettings.objects.update_or_create(
        id=RegistrationSettings.ONLY_ROW, defaults={"card_within_days": days, "changed_by": actor.user_id, "changed_at": clock.now()}
    )
    record(actor, audited.CHANGE_SETTING, content={"card_within_days": days})
