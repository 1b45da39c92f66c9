"""S34: the exercises of an installation for training are done when the operation log says so, and by nobody else's deeds."""

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from madoguchi.delivery.cards.rules import ACTS
from madoguchi.delivery.cards.services import set_up_municipality
from madoguchi.platform.accounts.access import actor_for
from madoguchi.platform.accounts.training import practised_by
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.audit.processes import Result
from madoguchi.platform.audit.services import record
from madoguchi.zones.exercises import EXERCISES


@pytest.fixture
def training(settings: Any, secrets_folder: Path, db: None) -> None:
    """The delivery zone of an installation for training."""
    module = import_module("madoguchi.zones.delivery.settings")
    for name in ("ROOT_URLCONF", "MADOGUCHI_SHELL", "MADOGUCHI_MENU", "MADOGUCHI_STAFF_HOME", "MADOGUCHI_EXERCISES"):
        setattr(settings, name, getattr(module, name))
    settings.MADOGUCHI_SITE = {"zone": "delivery", "mode": "training"}
    set_up_municipality("142051", automatic("test"))


@pytest.mark.usefixtures("training")
def test_an_exercise_is_done_by_the_own_deeds_that_were_not_refused(signed_in_client: Callable[..., Client]) -> None:
    client, other = signed_in_client("clerk", user_id="hana"), signed_in_client("clerk", user_id="taro")
    actor, elsewhere = (actor_for(one.staff, session_ref="1") for one in (client, other))  # type: ignore[attr-defined]  # the fixture's
    address = reverse("accounts:practice")
    assert "0／14 済" in client.get(address).content.decode()
    arrival = next(one for one in EXERCISES if one.address == "intake:arrivals")
    opened, arrived = arrival.deeds
    record(actor, opened.process)
    record(replace(actor, session_ref=""), arrived.process, content={"act": "arrive"})
    record(actor, arrived.process, content={"act": "store"})
    record(actor, arrived.process, content={"act": "arrive"}, result=Result.REFUSED)
    record(elsewhere, arrived.process, content={"act": "arrive"})
    done = {str(one.exercise.title) for one in practised_by("hana") if one.is_done}
    assert done == {"カードを棚に置く"}
    record(actor, arrived.process, content={"act": "arrive"})
    assert {str(one.exercise.title) for one in practised_by("hana") if one.is_done} == {"カードを棚に置く", "届いたカードを受け入れる"}
    assert practised_by("taro")[1].deeds[0][1] is None
    assert "2／14 済" in client.get(address).content.decode()


@pytest.mark.usefixtures("training")
def test_a_deed_of_a_page_is_seen(signed_in_client: Callable[..., Client]) -> None:
    client = signed_in_client("clerk", user_id="hana")
    # No card has this number: the reading itself is what is practised.
    client.post(reverse("scanning:desk"), {"code": "Y0000000000"})
    assert practised_by("hana")[0].is_done


@pytest.mark.usefixtures("training")
def test_the_steps_begin_on_pages_that_exist_and_where_work_is_done_the_page_leads_away(
    signed_in_client: Callable[..., Client], settings: Any
) -> None:
    assert [reverse(one.address) for one in EXERCISES]
    acts = {deed.value for one in EXERCISES for deed in one.deeds if deed.key == "act"}
    assert acts <= {act.code for act in ACTS}
    client = signed_in_client("auditor")
    assert "今の役割では行えません" in client.get(reverse("accounts:practice")).content.decode()
    settings.MADOGUCHI_SITE = {"zone": "delivery", "mode": "production"}
    page = client.get(reverse("accounts:practice")).content.decode()
    assert "ここは研修の環境ではありません" in page
    assert "操作記録で確かめること" not in page
