"""Who is at the public site: a booking number, its code and the birthday prove a person, and nothing tells which of them was wrong.

Rules of BK-02: one answer and the same work for an unknown number, a wrong code and a wrong birthday; a wrong code never locks a number,
the right code with a wrong birthday does after five times. Failures are counted by network, number and overall in the database, and decide
what the next attempt has to bring (madoguchi.booking.abuse).
"""

import enum
import hashlib
import hmac
import secrets
import uuid
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Case, F, Q, Value, When
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from madoguchi.booking.abuse.counting import count_failure, count_person, standing_of, start_over
from madoguchi.booking.abuse.proofs import Challenge, accepted, challenge_for, limits_for
from madoguchi.booking.abuse.rules import Risk, risk_of
from madoguchi.booking.calendar.models import VisitKind
from madoguchi.booking.municipality.queries import fresh
from madoguchi.booking.reservations import macs
from madoguchi.booking.reservations.audited import IDENTIFIED, MEMBER_ADDED, UNLOCKED
from madoguchi.booking.reservations.models import Attendee, Booking, Credential, Draft, DraftMember, Offer, State
from madoguchi.booking.reservations.rules import DRAFT_LIFETIME, WRONG_BIRTHDAYS_UNTIL_LOCK, BookingRefused, Why
from madoguchi.kernel import numbers
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor, ActorKind, anonymous
from madoguchi.platform.audit.processes import Result
from madoguchi.platform.audit.services import record
from madoguchi.platform.database.written_query import WrittenQuery

# What an input that can be nobody's is compared as, so that it costs what any other costs.
_NOBODY = "000000000"
# Every page of a visit begins with these two.
_DRAFT = WrittenQuery(
    Draft,
    *("credential", "kind", "place", "booking__slot__place", "booking__kind"),
    where="found.key_digest = %(digest)s AND found.expires_at > %(now)s",
)
_MEMBERS = WrittenQuery(DraftMember, "credential", where="found.draft_id = %(draft)s ORDER BY found.id")


class WhyUnknown(enum.StrEnum):
    """The answers to somebody who is not identified."""

    MISMATCH = "mismatch"
    TOO_MANY = "too_many"
    PROVE = "prove"


@dataclass(frozen=True, slots=True)
class Refused:
    """Not identified. `message` is the same for every number; `telephone` is the municipality's (may be empty).

    `challenge` is what the next attempt has to answer; with `PROVE` this attempt was not looked at for want of an answer.
    """

    why: WhyUnknown
    telephone: str
    challenge: Challenge | None = None

    @property
    def message(self) -> str | Promise:
        """What the page says; it names all the parts and never the one that was wrong."""
        if self.why is WhyUnknown.TOO_MANY:
            return _("確認の失敗が続いたため、しばらく受付を止めています。時間をおいて試すか、お電話でご予約ください。")
        if self.why is WhyUnknown.PROVE:
            return _("確認の失敗が続いています。下の「機械でないことの確認」が終わってから、もう一度「次へ進む」を押してください。")
        return _(
            "入力された内容では確認できませんでした。交付案内を見て、もう一度入力してください。"
            "続けて確認できないときや、案内に生年月日の記載がないときは、お電話でご予約ください。"
        )


@dataclass(frozen=True, slots=True)
class Identified:
    """A person has proved a booking number. `key` goes into the signed cookie and nowhere else; `has_booking` tells which page is next."""

    key: str
    draft: Draft
    has_booking: bool


@dataclass(frozen=True, slots=True)
class _Typed:
    serial: str
    code: str
    mmdd: str
    well_formed: bool


def _read(serial: str, code: str, mmdd: str, *, with_code: bool) -> _Typed:
    """Read sloppy input (full-width digits, hyphens, blanks: BK-01); what cannot be read becomes something that is nobody's."""
    try:
        typed_code = numbers.normalise_digits(code) if with_code else ""
        well_formed = not with_code or numbers.is_booking_code(typed_code)
        return _Typed(numbers.serial_number(serial), typed_code, numbers.mmdd(mmdd), well_formed)
    except numbers.NumberError:
        return _Typed(_NOBODY, "", "0000", well_formed=False)


def identify(
    serial: str,
    code: str,
    mmdd: str,
    *,
    client: str,
    language: str = "ja",
    privacy_notice: int = 0,
    proof: tuple[str, str] = ("", ""),
    kind: VisitKind | None = None,
) -> Identified | Refused:
    """Compare a booking number, its code (where codes are used) and the month and day of birth with the roster.

    Args:
        serial: 予約用ID as typed.
        code: 予約コード as typed; ignored where the municipality does not use codes.
        mmdd: 生月日 as typed.
        client: address of the client, for the limits of its network and for the operation log.
        language: language of the pages, kept for the mail.
        privacy_notice: version of the notice on personal data that the page showed, kept with the booking (BK-18).
        proof: the challenge and its solution as the form sent them; looked at only where risk is raised.
        kind: what the person comes for; the hand-over of a card unless something else is said.

    Returns a new draft with its key, or the refusal. The same statements run whether the number exists or not; a number that is locked,
    closed or without a known birthday answers like a wrong one.
    """
    with transaction.atomic():
        found = _prove(serial, code, mmdd, client, proof)
        return found if isinstance(found, Refused) else _begin(found, client, language, privacy_notice, kind or VisitKind.default())


def identify_by_mail(booking: uuid.UUID, mmdd: str, *, client: str, language: str = "ja") -> Identified | Refused:
    """Identify one of the people of a booking or an offer by the month and day of birth alone: the link in its mail has taken the place of
    the number and its code, as random and as secret as they are.

    A wrong birthday counts as everywhere, for each of them: after five the numbers are locked. Returns a new draft with its key, or the
    refusal, also for a booking without a number.
    """
    started, municipality = clock.now(), fresh()
    with transaction.atomic():
        # Nobody comes to what the waiting list offers yet: those who wished for it may look at it.
        come = Q(attendances__booking=booking, attendances__live=True)
        offered = Q(wishes__wish__offers__booking=booking, wishes__wish__offers__state=Offer.State.OPEN)
        concerned = Credential.objects.filter(come | offered).values("pk")
        party = list(Credential.objects.select_for_update(no_key=True).filter(pk__in=concerned).order_by("pk"))
        serial = party[0].serial if party else _NOBODY
        limits = limits_for(uses_codes=municipality.uses_booking_codes)
        standing = standing_of(client, serial)
        if risk_of(standing, limits) is Risk.STOPPED:
            record(anonymous(client), IDENTIFIED, content={"why": WhyUnknown.TOO_MANY}, result=Result.REFUSED, started_at=started)
            return Refused(WhyUnknown.TOO_MANY, municipality.telephone)
        try:
            typed = numbers.mmdd(mmdd)
        except numbers.NumberError:
            typed = ""
        usable = [found for found in party if typed and found.status == Credential.Status.OPEN and found.locked_at is None]
        born = [found for found in usable if _equal(found.birthday_mac, macs.birthday_mac(found.serial, typed))]
        if born:
            count_person(client, born[0].pk)
            return _begin(born[0], client, language, 0, VisitKind.objects.get(bookings=booking))
        for number in [found.pk for found in usable] or [0]:
            _count_wrong_birthday(number)
        count_failure(client, serial, standing, limits, well_formed=bool(typed), unknown=False)
        subject = f"credential:{party[0].pk}" if party else ""
        content = {"why": WhyUnknown.MISMATCH, "by": "mail"}
        record(anonymous(client), IDENTIFIED, subject=subject, content=content, result=Result.REFUSED, started_at=started)
        return Refused(WhyUnknown.MISMATCH, municipality.telephone)


def identify_member(
    draft: Draft, serial: str, code: str, mmdd: str, *, client: str, proof: tuple[str, str] = ("", "")
) -> Credential | Refused:
    """Add one more person to the draft, proved by their own number like the first one (BK-05).

    Raises BookingRefused: `TOO_MANY_PEOPLE` for this kind of visit, `ALREADY_BOOKED` when the person has another booking.
    """
    with transaction.atomic():
        # The row keeps two tabs from adding more people together than one booking may have.
        Draft.objects.select_for_update(no_key=True).get(pk=draft.pk)
        found = _prove(serial, code, mmdd, client, proof)
        if isinstance(found, Refused) or found.pk == draft.credential_id:
            return found
        if draft.members.exclude(credential=found).count() + 2 > draft.kind.party_limit:
            raise BookingRefused(Why.TOO_MANY_PEOPLE)
        live = Attendee.objects.filter(credential=found, live=True).exclude(booking__state=State.HELD)
        if live.exclude(booking__attendees__in=Attendee.objects.filter(credential=draft.credential_id, live=True)).exists():
            raise BookingRefused(Why.ALREADY_BOOKED)
        DraftMember.objects.get_or_create(draft=draft, credential=found)
        record(citizen(draft.credential_id, client), MEMBER_ADDED, subject=f"credential:{found.pk}")
        return found


def remove_member(draft: Draft, credential: int) -> bool:
    """Take a person out of the draft again; a booking that stands is not changed by this. Tells whether the person was in it."""
    return bool(DraftMember.objects.filter(draft=draft, credential=credential).delete()[0])


def take_party_of(draft: Draft, booking: Booking) -> None:
    """Let the draft begin with the people of a booking that stands: whoever is added or taken out from here on is a change of it."""
    others = Attendee.objects.filter(booking=booking, live=True).exclude(credential=draft.credential_id)
    with transaction.atomic():
        Draft.objects.select_for_update(no_key=True).get(pk=draft.pk)
        draft.members.all().delete()
        DraftMember.objects.bulk_create(
            DraftMember(draft=draft, credential_id=person) for person in others.order_by("pk").values_list("credential", flat=True)
        )


def people_of(draft: Draft) -> list[Credential]:
    """Return the people of a draft, the one who identified first. One statement."""
    return [draft.credential, *(member.credential for member in _MEMBERS.all(draft=draft.pk))]


def _prove(serial: str, code: str, mmdd: str, client: str, proof: tuple[str, str]) -> Credential | Refused:
    """Compare what was typed with the roster, in the caller's transaction; count what fails."""
    started = clock.now()
    municipality = fresh()
    limits = limits_for(uses_codes=municipality.uses_booking_codes)
    typed = _read(serial, code, mmdd, with_code=municipality.uses_booking_codes)
    standing = standing_of(client, typed.serial)
    risk = risk_of(standing, limits)
    answered = accepted(*proof, client) if risk is Risk.RAISED else True
    if risk is Risk.STOPPED or answered is not True:
        why = WhyUnknown.TOO_MANY if risk is Risk.STOPPED else WhyUnknown.PROVE
        record(anonymous(client), IDENTIFIED, content={"why": why}, result=Result.REFUSED, started_at=started)
        challenge = answered if isinstance(answered, Challenge) else challenge_for(client, standing, limits)
        return Refused(why, municipality.telephone, challenge if why is WhyUnknown.PROVE else None)
    # The row is locked so that many guesses sent at once are counted one by one.
    found = Credential.objects.select_for_update(no_key=True).filter(serial=typed.serial).first()
    code_fits = _equal(found.code_mac if found else None, macs.code_mac(typed.serial, typed.code))
    birthday_fits = _equal(found.birthday_mac if found else None, macs.birthday_mac(typed.serial, typed.mmdd))
    if not municipality.uses_booking_codes:
        code_fits = True
    usable = found is not None and found.status == Credential.Status.OPEN and found.locked_at is None
    if not (found is not None and usable and typed.well_formed and code_fits and birthday_fits):
        _count_wrong_birthday(found.pk if found is not None and usable and typed.well_formed and code_fits else 0)
        count_failure(client, typed.serial, standing, limits, well_formed=typed.well_formed, unknown=found is None)
        record(
            anonymous(client),
            IDENTIFIED,
            subject=f"credential:{found.pk}" if found else "",
            content={"why": WhyUnknown.MISMATCH},
            result=Result.REFUSED,
            started_at=started,
        )
        challenge_again = challenge_for(client, standing, limits) if risk is Risk.RAISED else None
        return Refused(WhyUnknown.MISMATCH, municipality.telephone, challenge_again)
    if municipality.uses_booking_codes and found.wrong_birthdays:
        Credential.objects.filter(pk=found.pk).update(wrong_birthdays=0)
    count_person(client, found.pk)
    if standing.number_flagged:
        start_over(typed.serial)
    return found


def _begin(credential: Credential, client: str, language: str, privacy_notice: int, kind: VisitKind) -> Identified:
    key = secrets.token_urlsafe(24)
    now = clock.now()
    draft = Draft.objects.create(
        key_digest=digest_of(key),
        credential=credential,
        kind=kind,
        language=language,
        privacy_notice=privacy_notice,
        created_at=now,
        expires_at=now + DRAFT_LIFETIME,
    )
    record(citizen(credential.pk, client), IDENTIFIED, subject=f"credential:{credential.pk}", started_at=now)
    has_booking = credential.attendances.filter(live=True).exclude(booking__state="held").exists()
    return Identified(key, draft, has_booking)


def citizen(credential_pk: int, client: str) -> Actor:
    """Return the actor that the holder of a booking number is."""
    return Actor(kind=ActorKind.CITIZEN, user_id=f"credential:{credential_pk}", client=client)


def digest_of(key: str) -> str:
    """Return the form in which a draft's key is kept in the table."""
    return hashlib.sha256(key.encode()).hexdigest()


def draft_of(key: str) -> Draft:
    """Return the draft whose key the browser shows, with booking number, place, and held or confirmed booking. One statement.

    Raises BookingRefused (`DRAFT_EXPIRED`) when there is none or its time is up.
    """
    found = _DRAFT.first(digest=digest_of(key), now=clock.now())
    if found is None:
        raise BookingRefused(Why.DRAFT_EXPIRED)
    return found


def forget(draft: Draft) -> None:
    """End a draft: the citizen is done or leaves. A held place stays held until it expires or is released."""
    Draft.objects.filter(pk=draft.pk).delete()


@transaction.atomic
def unlock(actor: Actor, serial: str, reason: str) -> bool:
    """Release a booking number that was locked by wrong birthdays; the caller has checked the right. Tells whether it was locked."""
    found = Credential.objects.select_for_update(no_key=True).filter(serial=serial).first()
    if found is None or found.locked_at is None:
        return False
    Credential.objects.filter(pk=found.pk).update(locked_at=None, wrong_birthdays=0)
    record(actor, UNLOCKED, subject=f"credential:{found.pk}", reason=reason)
    return True


def forget_old_drafts() -> None:
    """Delete drafts whose time is up. One statement; run by the worker."""
    Draft.objects.filter(expires_at__lt=clock.now() - DRAFT_LIFETIME).delete()


def _equal(stored: bytes | memoryview | None, given: bytes) -> bool:
    return hmac.compare_digest(bytes(stored) if stored is not None else bytes(len(given)), given)


def _count_wrong_birthday(credential: int) -> None:
    """Lock the number at the fifth wrong birthday behind the right code. The statement runs for every failure; 0 is nobody's row."""
    unlocked = Credential.objects.filter(pk=credential, locked_at__isnull=True)
    reached = Case(When(wrong_birthdays__gte=WRONG_BIRTHDAYS_UNTIL_LOCK - 1, then=Value(clock.now())), default=None)
    unlocked.update(wrong_birthdays=F("wrong_birthdays") + 1, locked_at=reached)
