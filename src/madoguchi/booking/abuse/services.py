"""What staff and the worker do about the limits: release, share, look at alarms, place decoys, forget."""

import ipaddress

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from madoguchi.booking.abuse import statements
from madoguchi.booking.abuse.audited import ALARM_SEEN, CANARIES_PLACED, NETWORK_RELEASED, NETWORK_SHARED, NETWORK_UNSHARED
from madoguchi.booking.abuse.canaries import place_canaries
from madoguchi.booking.abuse.models import Alarm, Canary, Count, SharedNetwork, SpentProof
from madoguchi.booking.abuse.rules import CHALLENGE_LIFETIME, DAY_WINDOW, canaries_wanted
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record

_RELEASED_KINDS = ("short", "day", "canary", "grab", "hold", "ticket")
_KEPT_ALARM_DAYS = 400


@transaction.atomic
def release_network(actor: Actor, network: str, reason: str) -> bool:
    """Forget what is counted against a network, so that its people are looked at again at once. Tells whether anything was counted."""
    with connection.cursor() as cursor:
        cursor.execute(statements.RELEASE_NETWORK, {"network": network, "kinds": list(_RELEASED_KINDS)})
        counted = bool(cursor.rowcount)
    record(actor, NETWORK_RELEASED, content={"network": network, "counted": counted}, reason=reason)
    return counted


@transaction.atomic
def see_alarm(actor: Actor, alarm: int) -> bool:
    """Note that somebody has looked at an alarm. Tells whether it was still unseen."""
    done = Alarm.objects.filter(pk=alarm, seen_at__isnull=True).update(seen_at=clock.now(), seen_by=actor.user_id)
    if done:
        record(actor, ALARM_SEEN, subject=f"alarm:{alarm}")
    return bool(done)


def network_form(text: str) -> str:
    """Return a network in its one form, e.g. 192.0.2.0/24.

    Raises ValidationError when `text` is none, or wider than /8 (IPv4) or /20 (IPv6): that would widen the limits of half the world.
    """
    try:
        network = ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        raise ValidationError(_("ネットワークを「192.0.2.0/24」の形で入力してください。")) from None
    if network.prefixlen < (8 if network.version == 4 else 20):
        raise ValidationError(_("範囲が広すぎます。IPv4は/8、IPv6は/20より狭い範囲にしてください。"))
    return str(network)


@transaction.atomic
def share_network(actor: Actor, network: str, factor: int, reason: str) -> SharedNetwork:
    """Widen the limits of a network that many people are known to share; a second time changes its factor.

    Raises ValidationError for what is no network, or a factor outside 2 to 20.
    """
    if not 2 <= factor <= 20:
        raise ValidationError(_("倍率は2から20までです。"))
    values = {"factor": factor, "reason": reason[:100], "made_at": clock.now(), "made_by": actor.user_id}
    row, _made = SharedNetwork.objects.update_or_create(network=network_form(network), defaults=values)
    record(actor, NETWORK_SHARED, subject=f"sharednetwork:{row.pk}", content={"network": row.network, "factor": factor}, reason=reason)
    return row


@transaction.atomic
def unshare_network(actor: Actor, pk: int) -> bool:
    """Take a shared network back. Tells whether there was one."""
    row = SharedNetwork.objects.filter(pk=pk).first()
    if row is None:
        return False
    record(actor, NETWORK_UNSHARED, subject=f"sharednetwork:{pk}", content={"network": row.network})
    row.delete()
    return True


@transaction.atomic
def renew_canaries(actor: Actor, serials: set[str]) -> int:
    """Place decoys among the real numbers `serials` anew, and return how many stand. An old decoy that is real by now goes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('abuse.canaries'))")
    kept = set(Canary.objects.values_list("serial", flat=True))
    gone = kept & serials
    missing = canaries_wanted(len(serials)) - len(kept - gone) if serials else 0
    Canary.objects.filter(serial__in=gone).delete()
    fresh = [serial for serial in place_canaries(serials, max(0, missing)) if serial not in kept]
    Canary.objects.bulk_create([Canary(serial=serial, made_at=clock.now()) for serial in fresh], batch_size=5_000)
    stand = len(kept - gone) + len(fresh)
    if gone or fresh:
        record(actor, CANARIES_PLACED, content={"placed": len(fresh), "removed": len(gone), "stand": stand})
    return stand


def forget() -> None:
    """Delete counts whose windows are over, answered challenges that could not be used again anyway, and old alarms. Three statements."""
    now = clock.now()
    Count.objects.filter(window_from__lt=now - 2 * DAY_WINDOW).delete()
    SpentProof.objects.filter(at__lt=now - 2 * CHALLENGE_LIFETIME).delete()
    Alarm.objects.filter(day__lt=now.date() - _KEPT_ALARM_DAYS * DAY_WINDOW).delete()
