"""Commands on applications; each is one transaction that writes its history and its event in the operation log."""

import datetime as dt
from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from madoguchi.delivery.applications import audited
from madoguchi.delivery.applications.models import Application, ApplicationEvent, Order
from madoguchi.delivery.applications.rules import MESSAGE_LENGTH, STAGE_NAMES, Act, Stage
from madoguchi.kernel.numbers import refuse_individual_number
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record


class Overtaken(Exception):
    """Somebody else changed the application since the page was opened; nothing was done."""


class OrderRefused(Exception):
    """An order cannot be given; the message says why and what to do."""


@transaction.atomic
def set_stage(pk: int, stage: Stage, actor: Actor, *, expected_version: int, reason: str = "") -> None:
    """Set the 対応状況 and tell the booking zone, where the applicant sees it.

    Raises:
        Overtaken: the application is not at `expected_version` any more.
    """
    row = _moved_on(pk, expected_version, stage=stage.value)
    before = Stage(row.stage)
    _give(row, Act.STAGE, actor, text=stage.value)
    _note(row, Act.STAGE, actor, before=str(STAGE_NAMES[before]), after=str(STAGE_NAMES[stage]), reason=reason)
    record(
        actor,
        audited.STAGE_CHANGED,
        subject=f"application:{row.pk}",
        content={"from": before.value, "to": stage.value},
        reason=reason,
    )


@transaction.atomic
def send_message(pk: int, text: str, actor: Actor, *, expected_version: int) -> None:
    """Send the applicant a message (BK-16): it is shown where the booking is looked up, after the next `commands` file.

    Raises:
        Overtaken: as above.
        madoguchi.kernel.numbers.NumberError: the text holds what could be a 個人番号.
    """
    refuse_individual_number(text)
    row = _moved_on(pk, expected_version, message=text[:MESSAGE_LENGTH])
    _give(row, Act.MESSAGE, actor, text=text[:MESSAGE_LENGTH])
    _note(row, Act.MESSAGE, actor)
    record(actor, audited.ORDER_GIVEN, subject=f"application:{row.pk}", content={"act": Act.MESSAGE.value})


@transaction.atomic
def order_cancellation(pk: int, actor: Actor, *, expected_version: int, reason: str) -> None:
    """Order the booking zone to cancel the booking.

    Raises:
        Overtaken, OrderRefused: another change is under way.
    """
    row = _moved_on(pk, expected_version)
    _give(row, Act.CANCEL, actor)
    _note(row, Act.CANCEL, actor, reason=reason)
    record(actor, audited.ORDER_GIVEN, subject=f"application:{row.pk}", content={"act": Act.CANCEL.value}, reason=reason)


@transaction.atomic
def order_move(pk: int, actor: Actor, *, expected_version: int, place: str, day: dt.date, start: dt.time, reason: str) -> None:
    """Order the booking zone to move the booking; the old time is kept there until the new one is certain.

    Raises:
        Overtaken, OrderRefused: another change is under way.
    """
    row = _moved_on(pk, expected_version)
    _give(row, Act.MOVE, actor, place=place, day=day, start=start)
    _note(row, Act.MOVE, actor, before=f"{row.day} {row.start:%H:%M}", after=f"{day} {start:%H:%M}", reason=reason)
    record(
        actor,
        audited.ORDER_GIVEN,
        subject=f"application:{row.pk}",
        content={"act": Act.MOVE.value, "place": place, "day": day.isoformat(), "start": f"{start:%H:%M}"},
        reason=reason,
    )


def record_opening(row: Application, actor: Actor) -> None:
    """Write down that somebody reads the answers, before they are shown."""
    record(actor, audited.APPLICATION_OPENED, subject=f"application:{row.pk}")


def record_list(actor: Actor, *, rows: int, page: int) -> None:
    """Write down that somebody looks at the list; no name is on it."""
    record(actor, audited.APPLICATIONS_LISTED, content={"rows": rows, "page": page})


def record_search(actor: Actor, fields: Sequence[str], found: Sequence[Application]) -> None:
    """Write down a search by the names of what was searched for, and whom it showed."""
    record(actor, audited.APPLICATIONS_SEARCHED, content={"fields": list(fields), "found": [row.pk for row in found]})


def _moved_on(pk: int, expected_version: int, **columns: object) -> Application:
    """Lock the application at its expected version, move it on, and return it as it was before."""
    row = Application.objects.select_for_update().get(pk=pk)
    if not Application.objects.filter(pk=pk, version=expected_version).update(version=expected_version + 1, **columns):
        raise Overtaken
    return row


def _give(
    row: Application,
    act: Act,
    actor: Actor,
    *,
    text: str = "",
    place: str = "",
    day: dt.date | None = None,
    start: dt.time | None = None,
) -> None:
    try:
        with transaction.atomic():
            Order.objects.create(
                application=row, act=act.value, text=text, place=place, day=day, start=start, made_at=clock.now(), made_by=actor.user_id
            )
    except IntegrityError:
        raise OrderRefused(
            _(
                "この予約には、返事を待っている取消または変更の指示があります。返事が届いてから、もう一度行ってください。何も変えていません。"
            )
        ) from None


def _note(row: Application, act: Act, actor: Actor, *, before: str = "", after: str = "", reason: str = "") -> None:
    ApplicationEvent.objects.create(
        application=row,
        at=clock.now(),
        act=act.value,
        before=before,
        after=after,
        by=actor.user_id,
        by_name=actor.user_name,
        reason=reason[:200],
    )
