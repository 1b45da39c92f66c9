"""Reading what a mail or calendar file tells of a booking, what became of mails, and whom no mail reaches."""

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from madoguchi.booking.calendar.models import KindText, VisitKind
from madoguchi.booking.municipality import queries as municipality
from madoguchi.booking.municipality.own_words import place_name, say
from madoguchi.booking.notices.appointments import Appointment, moment
from madoguchi.booking.notices.kinds import Kind, Standing
from madoguchi.booking.notices.links import digest_of
from madoguchi.booking.notices.macs import address_mac
from madoguchi.booking.notices.models import Contact, Link, Mail, MailText
from madoguchi.booking.notices.wording import Wording, built_in
from madoguchi.booking.reservations.models import Booking, State
from madoguchi.booking.reservations.queries import end_of
from madoguchi.platform import clock
from madoguchi.platform.database.written_query import WrittenQuery
from madoguchi.platform.ui.languages import JAPANESE

_TEXT = WrittenQuery(KindText, where="found.kind_id = %(kind)s AND found.language = %(language)s")


def appointment_of(booking: Booking) -> Appointment:
    """Return what `booking` tells to the outside, in the language of the moment. At most four statements with slot and place at hand."""
    slot, office = booking.slot, municipality.current()
    return Appointment(
        uid=booking.pk,
        number=booking.number,
        sequence=booking.sequence,
        place_name=place_name(slot.place.name),
        place_address=slot.place.address,
        starts=moment(slot.day, slot.start),
        ends=moment(slot.day, end_of(booking)),
        municipality_code=office.code,
        municipality_name=say(office.name),
        telephone=office.telephone,
        kind_code=booking.kind.code,
        kind_name=kind_in_words(booking.kind),
        people=booking.people,
    )


def kind_in_words(kind: VisitKind) -> str:
    """Return what a kind of visit is called in the language of the moment."""
    language = translation.get_language() or JAPANESE
    text = _TEXT.first(kind=kind.pk, language=language)
    if text is not None:
        return text.name
    return _("マイナンバーカードの受け取り") if kind.code == VisitKind.DEFAULT else _(kind.name)


def contact_of(booking: Booking, address: str) -> Contact | None:
    """Return what is known of `address` for this booking; None when nothing is, or only of another one. One statement."""
    found = Contact.objects.filter(booking=booking).first()
    if found is None or not address or found.address_mac is None:
        return None
    return found if bytes(found.address_mac) == address_mac(address) else None


def standing_of(booking: Booking) -> Standing:
    """Return what is known of the booking's mail address: none given, not proved yet, proved, stopped by the person, or failed."""
    return Standing.NONE if not booking.email else standing(contact_of(booking, booking.email))


def standing(contact: Contact | None) -> Standing:
    """Return the same for a contact of the present address."""
    if contact is None:
        return Standing.UNPROVED
    if contact.failed_at is not None:
        return Standing.FAILED
    if contact.stopped_at is not None:
        return Standing.STOPPED
    return Standing.PROVED if contact.proved_at is not None else Standing.UNPROVED


def reachable(bookings: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Return which of the bookings a mail of the office reaches: the address is proved, mails are wanted, none came back. One statement.

    All others are told by telephone.
    """
    found = Contact.objects.filter(booking__in=bookings, proved_at__isnull=False, stopped_at__isnull=True, failed_at__isnull=True)
    return set(found.exclude(booking__email="").values_list("booking_id", flat=True))


def link_of(purpose: Link.Purpose, token: str) -> Link | None:
    """Return the link of a mail by its token, whatever has become of it. One statement."""
    links = Link.objects.select_related("booking__slot__place", "booking__kind")
    return links.filter(digest=digest_of(purpose.value, token), purpose=purpose).first()


def is_open(link: Link) -> bool:
    """Tell whether a link still does what it is for: in time, not used, and the booking still has the address it was mailed to."""
    return link.used_at is None and link.expires_at > clock.now() and fits(link)


def fits(link: Link) -> bool:
    """Tell whether the booking still has the address to which the link was mailed."""
    return bool(link.booking.email) and bytes(link.address_mac) == address_mac(link.booking.email)


def wording_of(kind: Kind, language: str) -> Wording:
    """Return the text in force: the municipality's own, else the built-in one. One statement."""
    own = MailText.objects.filter(kind=kind, language=language).order_by("-version").first()
    return built_in(kind, language) if own is None or own.is_built_in else Wording(own.subject, own.body)


def texts_in_force() -> Mapping[tuple[str, str], MailText]:
    """Return the newest own version of each kind and language. One statement."""
    newest = MailText.objects.order_by("kind", "language", "-version").distinct("kind", "language")
    return {(text.kind, text.language): text for text in newest}


def versions_of(kind: Kind, language: str) -> QuerySet[MailText]:
    """Return every version of one text, newest first."""
    return MailText.objects.filter(kind=kind, language=language).order_by("-version")


@dataclass(frozen=True, slots=True)
class Sought:
    """Which mails the send log shows; what is empty limits nothing."""

    day_from: dt.date
    day_until: dt.date
    kind: str = ""
    state: str = ""
    place: str = ""
    places: frozenset[str] | None = None


# What the log may be limited to beside the states of the table.
RETURNED = "returned"


def log(sought: Sought) -> QuerySet[Mail]:
    """Return the mails of the send log, newest first, with booking and place at hand. No address is among what it reads."""
    found = (
        Mail.objects.select_related("booking__slot__place")
        .defer("address")
        .filter(
            created_at__gte=moment(sought.day_from, dt.time()),
            created_at__lt=moment(sought.day_until + dt.timedelta(days=1), dt.time()),
        )
    )
    if sought.places is not None:
        found = found.filter(booking__slot__place__code__in=sought.places)
    if sought.kind:
        found = found.filter(kind=sought.kind)
    if sought.state == RETURNED:
        found = found.filter(returned_at__isnull=False)
    elif sought.state:
        found = found.filter(state=sought.state)
    if sought.place:
        found = found.filter(booking__slot__place__code=sought.place)
    return found.order_by("-created_at", "reference")


def waiting_mails() -> int:
    """Return how many mails wait for the mail server."""
    return Mail.objects.filter(state=Mail.State.WAITING).count()


def dead_mails() -> int:
    """Return how many mails were given up and concern a visit that still lies ahead: somebody must look at the mail server."""
    now = clock.now()
    return Mail.objects.filter(
        state=Mail.State.DEAD, booking__slot__day__gte=now.date(), created_at__gte=now - dt.timedelta(days=60)
    ).count()


def calls_needed(places: Collection[str] | None = None) -> QuerySet[Contact]:
    """Return the addresses that failed for good while the visit lies ahead and nobody has called yet, the nearest visit first.

    `places` limits to the codes of places. Booking, slot and place are at hand: one statement.
    """
    ahead = Q(booking__state=State.CONFIRMED, booking__slot__day__gte=clock.today())
    found = Contact.objects.select_related("booking__slot__place").filter(ahead, failed_at__isnull=False, called_at__isnull=True)
    if places is not None:
        found = found.filter(booking__slot__place__code__in=list(places))
    return found.order_by("booking__slot__day", "booking__slot__start", "booking_id")
