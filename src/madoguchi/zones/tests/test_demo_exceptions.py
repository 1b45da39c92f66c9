"""The exceptions of the demo town come about by the same services as in a real one, and every page of them has something to show."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from madoguchi.delivery.cards import services
from madoguchi.delivery.cards.models import Card, Hold
from madoguchi.delivery.changes import queries as changes
from madoguchi.delivery.disposal.models import DisposalBatch
from madoguchi.delivery.reconciliation import queries as reconciliation
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.oversight.models import Finding
from madoguchi.zones.demo_exceptions import leave_exceptions

pytestmark = pytest.mark.django_db


def test_the_demo_town_has_something_of_everything_that_goes_wrong(signed_in_client: Callable[..., Client], settings: Any) -> None:
    settings.MADOGUCHI_PROTECTED_SUBJECTS = "madoguchi.delivery.cards.queries.protected_subjects"
    for role in ("clerk", "chief"):
        signed_in_client(role)
    services.set_up_municipality("142051", automatic("test"))
    place = services.save_place("01", "市民窓口センター", automatic("test"))
    for number in range(1, 10):
        card = {"application_id": f"{number:023d}", "serial": f"A1B{number:06d}", "name": "見本", "name_raw": b"", "address_raw": b""}
        stands = {"progress": "preset", "place_kind": "stored", "site": place, "born": "1980-09-08", "sex": "m", "raw_encoding": "cp932"}
        Card.objects.create(**card, **stands)
    leave_exceptions()
    assert {(one.rule, one.user_id, one.number) for one in Finding.objects.all()} == {("outside", "clerk", 1), ("protected", "clerk", 1)}
    assert reconciliation.standing(clock.today()).unexplained == 2
    assert reconciliation.unknown_rows().count() == 1
    assert sorted(Hold.objects.values_list("kind", flat=True)) == ["moved_out", "protected"]
    assert changes.to_settle().count() == 1
    assert [one.value for _card, one in changes.passed()] == ["remind", "remind"]
    assert DisposalBatch.objects.get().state == "approved"
    assert Card.objects.get(serial="A1B000001").version == 1
