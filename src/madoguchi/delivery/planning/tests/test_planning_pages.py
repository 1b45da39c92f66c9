"""Pages of planning with a real database: from the form by a job to plots, repeatable."""

from collections.abc import Callable

import pytest
from django.test import Client

from madoguchi.delivery.cards.models import Card, DeliveryPlace
from madoguchi.delivery.planning import queries, services
from madoguchi.delivery.planning.models import Proposal
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.jobs.models import Job
from madoguchi.platform.jobs.services import cancel, find_interrupted
from madoguchi.platform.verbs import Silent

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
ENTERED: dict[str, object] = {
    "name": "土曜も開く",
    "weekdays": ["0", "1", "2", "3", "4"],
    "open_minutes": "390",
    "slot_minutes": "30",
    "places_a_slot": "3",
    "counters": "3",
    "notices_a_day": "20",
    "days_to_ready": "3",
    "walk_ins_per_hour": "1",
    "arrivals_percent": "100",
    "target_minutes": "15",
    "days": "14",
    "runs": "3",
    "seed": "7",
}


def test_an_empty_register_has_a_forecast_that_says_what_is_assumed(city: DeliveryPlace, signed_in_client: SignIn) -> None:
    page = signed_in_client("chief").get("/planning/").content.decode()
    assert "記録がないため仮の値" in page
    assert "まだ試算していません" in page


def test_a_proposal_is_tried_by_a_job_and_shown_beside_another(
    city: DeliveryPlace, make_card: Callable[..., Card], signed_in_client: SignIn
) -> None:
    for number in range(1, 31):
        make_card(number, progress="preset", place_kind="stored", site=city, notice="sent")
    client = signed_in_client("chief")
    for name in ("いま", "土曜も開く"):
        started = client.post("/planning/new/", {**ENTERED, "name": name})
        assert started.status_code == 302
    assert Job.objects.filter(kind="planning.simulate").count() == 2
    first, second = Proposal.objects.order_by("pk")
    assert "まだ計算していません" in client.get(f"/planning/{first.pk}/").content.decode()
    for proposal in (first, second):
        services.try_out(proposal, Silent())
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.answer == second.answer
    assert first.answer is not None
    assert first.answer["overall"]["visits"][0] > 0
    page = client.get(f"/planning/{second.pk}/?beside={first.pk}").content.decode()
    assert page.count("<svg") == 4
    assert "窓口が1つ要ります" in page or "窓口が2つ要ります" in page
    assert "この案を変えて試算する" in page
    assert 'value="390"' in client.get(f"/planning/new/?base={first.pk}").content.decode()


def test_a_trial_begins_with_what_the_forecast_proposes(
    city: DeliveryPlace, make_card: Callable[..., Card], signed_in_client: SignIn
) -> None:
    client = signed_in_client("chief")
    assert "見込みからの案" not in client.get("/planning/").content.decode()
    for number in range(1, 82):
        make_card(number, progress="preset", place_kind="stored", site=city)
    assert "一日に通知3通" in client.get("/planning/").content.decode()  # 81 cards wait for their notice, within 40 days
    page = client.get("/planning/new/")
    assert page.context["form"].initial["notices_a_day"] == 3
    assert "見込みから計算した案です" in page.content.decode()


def test_a_trial_whose_worker_died_is_begun_again_and_one_that_was_stopped_does_not_wait_for_ever(
    city: DeliveryPlace, signed_in_client: SignIn, clerk: Actor
) -> None:
    client = signed_in_client("chief")
    client.post("/planning/new/", {**ENTERED, "name": "いま"})
    job, proposal = Job.objects.get(), Proposal.objects.get()
    Job.objects.filter(pk=job.pk).update(state="running", began_at=clock.now())
    assert find_interrupted() == [job.pk]
    proposal.refresh_from_db()
    again = Job.objects.latest("pk")
    assert (again.again_of, again.state, proposal.state) == (job, "queued", "waiting")
    cancel(again.pk, actor=clerk)
    proposal.refresh_from_db()
    assert proposal.state == "given_up"
    assert "試算は終わりませんでした" in client.get(f"/planning/{proposal.pk}/").content.decode()


def test_the_world_of_a_proposal_is_what_the_register_says_now(city: DeliveryPlace, make_card: Callable[..., Card]) -> None:
    make_card(1, progress="preset", place_kind="stored", site=city, notice="sent")
    make_card(2, progress="preset", place_kind="stored", site=city)
    past = queries.past()
    assert (past.stock, past.ready, past.told) == (2, 1, 1)
    world = services.world_of(past, walk_ins_per_hour=2, arrivals_percent=50)
    assert (world.stock, world.no_show, world.walk_ins_per_hour) == (2, queries.ASSUMED_NO_SHOW, 2)


@pytest.mark.parametrize(
    "wrong", [{"weekdays": []}, {"runs": "100000"}, {"slot_minutes": "120", "open_minutes": "60"}, {"name": ""}, {"seed": "-1"}]
)
def test_what_makes_no_sense_is_said(city: DeliveryPlace, signed_in_client: SignIn, wrong: dict[str, object]) -> None:
    assert signed_in_client("chief").post("/planning/new/", {**ENTERED, **wrong}).status_code == 422
    assert not Proposal.objects.exists()


def test_only_who_plans_opens_it(city: DeliveryPlace, signed_in_client: SignIn) -> None:
    for role in ("clerk", "administrator", "auditor"):
        assert signed_in_client(role).get("/planning/").status_code == 403
