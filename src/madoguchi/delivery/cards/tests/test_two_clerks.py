"""R-13: two clerks save the same card at the same moment. One wins, the other is told; nothing is overwritten, nothing is noted twice."""

import os
import threading
from collections.abc import Callable

import pytest
from django.db import connection

from madoguchi.delivery.cards.models import Card, CardEvent, DeliveryPlace
from madoguchi.delivery.cards.services import Conflict, perform
from madoguchi.platform.audit.actors import Actor, ActorKind

pytestmark = pytest.mark.django_db(transaction=True)
PAIRS = int(os.environ.get("MADOGUCHI_RACE_ROUNDS", "8"))
SITES = ("01", "02")
MakeCard = Callable[..., Card]
Save = Callable[[str, Callable[[], object]], object]


def winners(save: Save) -> list[str]:
    """Let one clerk at each site save at the same moment; return the sites of those who were not refused."""
    together, won, faults = threading.Barrier(len(SITES), timeout=30), [], []

    def clerk_at(site: str) -> None:
        try:
            save(site, together.wait)
            won.append(site)
        except Conflict:
            pass
        except BaseException as fault:  # noqa: BLE001 the test looks at it
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=clerk_at, args=(site,)) for site in SITES]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert faults == []
    return won


def test_of_two_clerks_one_wins_and_the_other_is_told(make_card: MakeCard) -> None:
    for number in range(1, PAIRS + 1):
        card = make_card(number)

        def arrive(site: str, together: Callable[[], object], pk: int = card.pk) -> None:
            together()
            detail = {"in_open_batch": True, "site": site}
            perform(pk, "arrive", Actor(kind=ActorKind.STAFF, user_id=f"clerk-{site}"), expected_version=1, detail=detail)

        won = winners(arrive)
        card.refresh_from_db()
        assert len(won) == 1
        assert card.site is not None
        assert (card.site.code, card.custodian, card.version) == (won[0], f"clerk-{won[0]}", 2)
        assert set(CardEvent.objects.filter(card=card).values_list("user_id", flat=True)) == {f"clerk-{won[0]}"}


def test_without_the_version_both_would_think_they_won(make_card: MakeCard) -> None:
    """The control: looking first and saving then loses one clerk's entry, and the harness sees it."""
    card = make_card(1)

    def careless(site: str, together: Callable[[], object]) -> None:
        own = Card.objects.get(pk=card.pk)
        own.site, own.custodian = DeliveryPlace.objects.get(code=site), f"clerk-{site}"
        together()
        own.save(update_fields=["site", "custodian"])

    assert sorted(winners(careless)) == list(SITES)
