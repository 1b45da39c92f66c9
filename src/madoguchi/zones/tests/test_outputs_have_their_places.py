"""The 出力センター knows where every output of a zone is made: no process that prints or writes out is missing, no page is a dead end."""

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

import pytest
from django.urls import get_resolver

from madoguchi.platform.audit.outputs import Place
from madoguchi.platform.audit.processes import Process, ProcessClass
from madoguchi.zones.booking import outputs as booking
from madoguchi.zones.booking import settings as booking_zone
from madoguchi.zones.delivery import outputs as delivery
from madoguchi.zones.delivery import settings as delivery_zone

ZONES = pytest.mark.parametrize(
    ("zone", "places"), [(booking_zone, booking.PLACES), (delivery_zone, delivery.PLACES)], ids=["booking", "delivery"]
)


@ZONES
def test_every_process_that_prints_or_writes_out_has_its_place(zone: ModuleType, places: tuple[Place, ...]) -> None:
    named = [app for app in zone.INSTALLED_APPS if app.startswith("madoguchi.") and find_spec(f"{app}.audited")]
    processes = [value for app in named for value in vars(import_module(f"{app}.audited")).values() if isinstance(value, Process)]
    leaving = {one.code for one in processes if one.kind in {ProcessClass.EXPORT, ProcessClass.PRINT}}
    assert leaving
    assert {place.process.code for place in places} == leaving


@ZONES
def test_every_place_is_a_page_of_its_zone(zone: ModuleType, places: tuple[Place, ...]) -> None:
    resolver = get_resolver(zone.ROOT_URLCONF)
    for place in places:
        for name in (place.home, *place.pages.values()):
            namespace, _, view = name.partition(":")
            assert view in resolver.namespace_dict[namespace][1].reverse_dict, name
        assert resolver.namespace_dict[place.home.partition(":")[0]]
