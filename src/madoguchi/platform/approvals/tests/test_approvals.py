"""The second person: later from the list, or on the same screen."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from madoguchi.platform.accounts import services as accounts
from madoguchi.platform.accounts.access import Requirement, actor_for
from madoguchi.platform.accounts.models import Role, Staff
from madoguchi.platform.accounts.rights import Right, RoleDefinition
from madoguchi.platform.approvals import kinds, services
from madoguchi.platform.approvals.forms import WitnessForm
from madoguchi.platform.approvals.kinds import Kind
from madoguchi.platform.approvals.models import Approval
from madoguchi.platform.approvals.tests import orders_urls
from madoguchi.platform.audit.actors import Actor, automatic
from madoguchi.platform.audit.models import AuditEvent
from madoguchi.platform.verbs import Refusal

AsAuditor = Callable[[], AbstractContextManager[None]]
PASSWORD = "kawa-no-hotori-7"
APPROVE_ORDERS = Right("orders.approve", "注文の承認")
IMPORTER = automatic("importer")


def _change_a_role(approval: Approval, actor: Actor) -> None:
    if approval.detail.get("impossible"):
        Role.objects.create(code=f"half-{approval.pk}", name="途中", rights=[])
        raise Refusal("注文がすでに変わっています。")
    Role.objects.create(code=approval.subject, name=f"{approval.requested_by} → {actor.user_id}", rights=[])


def _note_the_end(approval: Approval, actor: Actor) -> None:
    Role.objects.create(code=f"given-up-{approval.pk}", name=approval.state, rights=[])


ORDER = Kind("test.order", "注文", APPROVE_ORDERS, _change_a_role, _note_the_end, lambda approval: f"/orders/{approval.subject}/")
SECRET = Kind("test.secret", "別の注文", Right("secrets.approve", "別の承認"), _change_a_role)


@pytest.fixture(autouse=True)
def office(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MADOGUCHI_STAFF_HOME = "office:home"
    settings.MADOGUCHI_SHELL = settings.MADOGUCHI_MENU = ""
    monkeypatch.setattr(kinds, "_KINDS", {})
    kinds.register(ORDER)
    kinds.register(SECRET)


def staff_named(user_id: str, *, may_approve: bool = False, place: str = "") -> Staff:
    staff = accounts.create_staff(
        user_id=user_id,
        name=f"{user_id} さん",
        section=accounts.section_named("100", "市民窓口課"),
        actor=automatic("test"),
        password=PASSWORD,
        must_change_password=False,
    )
    if may_approve:
        accounts.seed_roles([RoleDefinition("approver", "承認者", (APPROVE_ORDERS,))], automatic("test"))
        accounts.assign_role(staff, "approver", actor=automatic("test"), place=place)
    return staff


def order(actor: Actor = IMPORTER, subject: str = "order:1", **detail: object) -> Approval:
    return services.request(ORDER, subject=subject, title="注文 1", actor=actor, detail=detail, reason="急ぎ")


@pytest.mark.django_db
def test_an_approval_carries_out_what_was_asked_for(as_auditor: AsAuditor) -> None:
    chief = staff_named("chief", may_approve=True)
    approval = services.approve(order().pk, chief, reason="確認済")
    assert (approval.state, approval.decided_by, approval.decision_reason) == ("approved", "chief", "確認済")
    assert Role.objects.get(code="order:1").name == "auto:importer → chief"
    with as_auditor():
        events = AuditEvent.objects.filter(subject="order:1").order_by("id")
        assert [(event.process_code, event.user_id, event.result) for event in events] == [
            ("approvals.requested", "auto:importer", "done"),
            ("approvals.approved", "chief", "done"),
        ]


@pytest.mark.django_db
def test_what_is_rejected_or_withdrawn_is_not_carried_out() -> None:
    chief, clerk = staff_named("chief", may_approve=True), staff_named("clerk")
    first = order()
    with pytest.raises(Refusal, match="理由"):
        services.reject(first.pk, chief, reason=" ")
    assert services.reject(first.pk, chief, reason="数が違う").state == "rejected"
    second = order(actor_for(clerk))
    with pytest.raises(Refusal, match="すでに処理"):
        services.withdraw(second.pk, actor=actor_for(chief))
    assert services.withdraw(second.pk, actor=actor_for(clerk)).state == "withdrawn"
    assert not Role.objects.filter(code="order:1").exists()
    assert set(Role.objects.filter(code__startswith="given-up").values_list("name", flat=True)) == {"rejected", "withdrawn"}


@pytest.mark.django_db
def test_nobody_approves_what_they_asked_for(as_auditor: AsAuditor) -> None:
    chief = staff_named("chief", may_approve=True)
    approval = order(actor_for(chief))
    with pytest.raises(Refusal, match="自分が依頼"):
        services.approve(approval.pk, chief)
    with pytest.raises(Refusal, match="自分が依頼"):
        services.reject(approval.pk, chief, reason="x")
    assert Approval.objects.get().state == "open"
    with as_auditor():
        assert AuditEvent.objects.filter(result="refused", user_id="chief").count() == 2


@pytest.mark.django_db
def test_the_database_itself_wants_two_people() -> None:
    approval = order(actor_for(staff_named("chief")))
    with pytest.raises(IntegrityError, match="approval_takes_two_people"), transaction.atomic():
        Approval.objects.update(state="approved", decided_by="chief", decided_at=approval.requested_at)
    with pytest.raises(IntegrityError, match="approval_is_open_or_decided"), transaction.atomic():
        Approval.objects.update(state="approved")


@pytest.mark.django_db
def test_the_right_of_the_kind_is_needed() -> None:
    with pytest.raises(Refusal, match="権限"):
        services.approve(order().pk, staff_named("clerk"))
    assert Approval.objects.get().state == "open"


@pytest.mark.django_db
def test_one_request_at_a_time_for_the_same_subject() -> None:
    chief = staff_named("chief", may_approve=True)
    first = order()
    with pytest.raises(Refusal, match="すでに承認待ち"):
        order()
    order(subject="order:2")
    services.reject(first.pk, chief, reason="やり直し")
    order()


@pytest.mark.django_db
def test_when_the_act_is_refused_nothing_is_decided() -> None:
    chief = staff_named("chief", may_approve=True)
    approval = order(impossible=True)
    with pytest.raises(Refusal, match="すでに変わって"):
        services.approve(approval.pk, chief)
    approval.refresh_from_db()
    assert (approval.state, approval.decided_by) == ("open", "")
    assert not Role.objects.filter(code__startswith="half").exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_approvals_at_the_same_time_one_carries_it_out() -> None:
    chiefs = [staff_named(f"chief{number}", may_approve=True) for number in range(4)]
    approval = order()
    together, outcomes = threading.Barrier(len(chiefs)), []

    def decide(chief: Staff) -> None:
        together.wait()
        try:
            services.approve(approval.pk, chief)
            outcomes.append("approved")
        except Refusal as refusal:
            outcomes.append(refusal.message)
        finally:
            connection.close()

    threads = [threading.Thread(target=decide, args=(chief,)) for chief in chiefs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("approved") == 1
    assert len({outcome for outcome in outcomes if outcome != "approved"}) == 1
    assert Role.objects.filter(code="order:1").count() == 1


@pytest.mark.django_db
def test_two_kinds_with_one_name_are_a_mistake() -> None:
    assert kinds.register(ORDER) is ORDER
    with pytest.raises(ValueError, match=r"test\.order"):
        kinds.register(Kind("test.order", "別", APPROVE_ORDERS, _change_a_role))


# The same screen


@pytest.mark.django_db
def test_the_second_person_on_the_same_screen_is_named_and_recorded(as_auditor: AsAuditor) -> None:
    clerk, chief = staff_named("clerk"), staff_named("chief", may_approve=True)
    first = actor_for(clerk, client="192.0.2.7", session_ref="abc")
    assert services.witness("chief", PASSWORD, right=APPROVE_ORDERS, other_than=first) == chief
    with as_auditor():
        event = AuditEvent.objects.get(process_code="approvals.witnessed")
    assert (event.user_id, event.client, event.session_ref, event.content) == (
        "chief",
        "192.0.2.7",
        "abc",
        {"first": "clerk", "right": "orders.approve"},
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("user_id", "password", "sentence"),
    [
        ("clerk", PASSWORD, "別の人"),
        ("chief", "wrong", "違います"),
        ("nobody", PASSWORD, "違います"),
        ("helper", PASSWORD, "権限がありません"),
        ("elsewhere", PASSWORD, "権限がありません"),
        ("newcomer", PASSWORD, "仮のパスワード"),
        ("leaver", PASSWORD, "違います"),
    ],
)
def test_who_cannot_be_the_second_person(user_id: str, password: str, sentence: str, as_auditor: AsAuditor) -> None:
    clerk = staff_named("clerk", may_approve=True)
    staff_named("chief", may_approve=True)
    staff_named("helper")
    staff_named("elsewhere", may_approve=True, place="02")
    Staff.objects.filter(pk=staff_named("newcomer", may_approve=True).pk).update(must_change_password=True)
    accounts.close_account(staff_named("leaver", may_approve=True), actor=automatic("test"), reason="退職")
    with pytest.raises(Refusal, match=sentence):
        services.witness(user_id, password, right=APPROVE_ORDERS, other_than=actor_for(clerk), place="01")
    with as_auditor():
        assert AuditEvent.objects.filter(result="refused").count() == 1


@pytest.mark.django_db
def test_guessing_the_second_password_locks_that_id() -> None:
    clerk = staff_named("clerk")
    staff_named("chief", may_approve=True)
    for _ in range(5):
        with pytest.raises(Refusal):
            services.witness("chief", "wrong", right=APPROVE_ORDERS, other_than=actor_for(clerk))
    with pytest.raises(Refusal, match="一時的に使えません"):
        services.witness("chief", PASSWORD, right=APPROVE_ORDERS, other_than=actor_for(clerk))


@pytest.mark.django_db(transaction=True)
def test_a_witness_is_asked_before_the_act_so_that_refusals_stay_on_record() -> None:
    clerk = staff_named("clerk")
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        services.witness("chief", "wrong", right=APPROVE_ORDERS, other_than=actor_for(clerk))


@pytest.mark.django_db
def test_the_form_of_the_second_person_says_what_was_wrong() -> None:
    clerk, chief = staff_named("clerk"), staff_named("chief", may_approve=True)
    empty = WitnessForm({})
    assert empty.witness(APPROVE_ORDERS, actor_for(clerk)) is None
    assert set(empty.errors) == {"witness_user_id", "witness_password"}
    wrong = WitnessForm({"witness_user_id": "chief", "witness_password": "wrong"})
    assert wrong.witness(APPROVE_ORDERS, actor_for(clerk)) is None
    assert "違います" in str(wrong.errors["witness_user_id"])
    assert "wrong" not in wrong.as_p()
    right = WitnessForm({"witness_user_id": " chief ", "witness_password": PASSWORD})
    assert right.witness(APPROVE_ORDERS, actor_for(clerk)) == chief


def test_the_fields_have_the_names_that_clerks_know() -> None:
    form = WitnessForm()
    assert [str(field.label) for field in form.visible_fields()] == ["二人目の利用者ID", "二人目のパスワード"]


# Pages

urls = pytest.mark.urls("madoguchi.platform.approvals.tests.orders_urls")


@pytest.fixture
def chief_client(signed_in_client: Callable[..., Client]) -> Client:
    client = signed_in_client("chief")
    Role.objects.filter(code="chief").update(rights=["orders.approve"])
    return client


@urls
@pytest.mark.django_db
def test_the_list_shows_what_one_may_decide_and_what_one_asked_for(chief_client: Client) -> None:
    order(subject="order:1")
    services.request(SECRET, subject="secret:1", title="見えない依頼", actor=IMPORTER)
    services.request(SECRET, subject="secret:2", title="自分の依頼", actor=actor_for(chief_client.staff))  # type: ignore[attr-defined]
    page = chief_client.get("/approvals/").content.decode()
    assert "注文 1" in page
    assert "自分の依頼" in page
    assert "見えない依頼" not in page
    hidden = Approval.objects.get(subject="secret:1")
    assert chief_client.get(f"/approvals/{hidden.pk}/").status_code == 404
    assert chief_client.post(f"/approvals/{hidden.pk}/", {"decision": "approve"}).status_code == 404


@urls
@pytest.mark.django_db
def test_approving_and_rejecting_by_page(chief_client: Client) -> None:
    first, second = order(subject="order:1"), order(subject="order:2")
    page = chief_client.get(f"/approvals/{first.pk}/").content.decode()
    assert "/orders/order:1/" in page
    assert "承認する" in page
    assert "理由を入力" in chief_client.post(f"/approvals/{second.pk}/", {"decision": "reject"}).content.decode()
    assert "どちらかのボタン" in chief_client.post(f"/approvals/{second.pk}/", {}).content.decode()
    assert chief_client.post(f"/approvals/{first.pk}/", {"decision": "approve"}).headers["Location"] == "/approvals/"
    assert chief_client.post(f"/approvals/{second.pk}/", {"decision": "reject", "reason": "数が違う"}).status_code == 302
    again = chief_client.post(f"/approvals/{first.pk}/", {"decision": "approve"})
    assert "すでに処理" in again.content.decode()
    assert list(Approval.objects.order_by("pk").values_list("state", flat=True)) == ["approved", "rejected"]
    assert "注文 1" not in chief_client.get("/approvals/").content.decode()
    assert "数が違う" in chief_client.get(f"/approvals/{second.pk}/").content.decode()
    assert "差戻し" in chief_client.get("/approvals/?state=all").content.decode()


@urls
@pytest.mark.django_db
def test_what_it_is_about_is_linked_only_for_those_who_may_open_it(chief_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    first = order(subject="order:1")
    monkeypatch.setattr(orders_urls.an_order, "requirement", Requirement(rights=(SECRET.right,)))
    page = chief_client.get(f"/approvals/{first.pk}/").content.decode()
    assert "承認する" in page
    assert "/orders/order:1/" not in page


@urls
@pytest.mark.django_db
def test_a_kind_that_is_gone_is_not_listed(chief_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    own = order(actor_for(chief_client.staff))  # type: ignore[attr-defined]
    monkeypatch.setattr(kinds, "_KINDS", {})
    assert chief_client.get("/approvals/").status_code == 200
    assert chief_client.get(f"/approvals/{own.pk}/").status_code == 404


@urls
@pytest.mark.django_db
def test_one_may_take_back_ones_own_request_and_not_approve_it(chief_client: Client) -> None:
    own = order(actor_for(chief_client.staff))  # type: ignore[attr-defined]
    page = chief_client.get(f"/approvals/{own.pk}/").content.decode()
    assert "承認する" not in page
    assert "自分では承認" in chief_client.post(f"/approvals/{own.pk}/", {"decision": "approve"}).content.decode()
    assert chief_client.post(f"/approvals/{own.pk}/", {"decision": "withdraw"}).status_code == 302
    assert Approval.objects.get().state == "withdrawn"


@urls
@pytest.mark.django_db
def test_the_list_takes_the_same_number_of_statements_however_long(chief_client: Client, django_assert_max_num_queries: Any) -> None:
    for number in range(40):
        order(subject=f"order:{number}")
    with django_assert_max_num_queries(8):
        assert chief_client.get("/approvals/").content.decode().count("注文 1") == 40
