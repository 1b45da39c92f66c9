"""The second person: on the same screen (witness), or later from the list of what waits (request, approve, reject, withdraw)."""

from collections.abc import Mapping

from django.db import IntegrityError, transaction
from django.db.models import Q

from madoguchi.platform import clock
from madoguchi.platform.accounts import passwords, security_keys
from madoguchi.platform.accounts.access import actor_for, rights_of
from madoguchi.platform.accounts.models import Staff
from madoguchi.platform.accounts.rights import Right
from madoguchi.platform.approvals import audited
from madoguchi.platform.approvals.kinds import Kind, kind_of
from madoguchi.platform.approvals.models import Approval
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.processes import Process, Result
from madoguchi.platform.audit.services import record
from madoguchi.platform.verbs import Refusal

_LOCKED = "失敗が続いたため、この利用者IDは一時的に使えません。15分ほど待つか、別の人に確認を頼んでください。"


def witness(user_id: str, password: str, *, right: Right, other_than: Actor, place: str = "", answer: str = "") -> Staff:
    """Return the second person at the screen of `other_than`, known by id and password and holding `right` (at `place`).

    The `answer` of an authenticator stands in place of the password.

    Call it before the transaction of the act: the record of a refusal is to stay when the act does not happen. A wrong password counts
    towards the lock of that id. Raises Refusal with a sentence for the screen.
    """
    with transaction.atomic(durable=True):
        found = _find_witness(user_id, password, answer, right, other_than, place)
    if isinstance(found, Staff):
        return found
    raise Refusal(found)


def _find_witness(user_id: str, password: str, answer: str, right: Right, first: Actor, place: str) -> Staff | str:
    """Return the second person, or the sentence of the refusal; either is on record."""
    if user_id == first.user_id:
        record(first, audited.WITNESSED, content={"refused": "same person"}, result=Result.REFUSED)
        return "二人目には、操作している人とは別の人の利用者IDを入力してください。"
    second = _by_key(user_id, answer, first) if answer else _by_password(user_id, password, first)
    if isinstance(second, str):
        return second
    passwords.forget_failures(user_id)
    as_second = actor_for(second, client=first.client, session_ref=first.session_ref)
    if second.must_change_password:
        record(as_second, audited.WITNESSED, content={"first": first.user_id, "refused": "given password"}, result=Result.REFUSED)
        return "二人目の人は仮のパスワードのままです。一度ログインして自分のパスワードに変えてから、確認してください。"
    places = rights_of(second).get(right.code, frozenset())
    if not places or (place and "" not in places and place not in places):
        record(as_second, audited.WITNESSED, content={"first": first.user_id, "refused": right.code}, result=Result.REFUSED)
        return "二人目の人には、この操作を確認する権限がありません。権限のある人に頼んでください。"
    record(as_second, audited.WITNESSED, content={"first": first.user_id, "right": right.code})
    return second


def _by_password(user_id: str, password: str, first: Actor) -> Staff | str:
    checked = passwords.check(user_id, password, actor=first, purpose="witness")
    if checked.staff is not None:
        return checked.staff
    return _LOCKED if checked.locked else "二人目の利用者IDまたはパスワードが違います。確かめて、もう一度入力してください。"


def _by_key(user_id: str, answer: str, first: Actor) -> Staff | str:
    second: Staff | None = Staff.objects.filter(user_id=user_id, is_active=True).first()
    if second is None:
        return "二人目の利用者IDが違います。確かめて、もう一度入力してください。"
    try:
        security_keys.check_witness(second, answer, actor=first)
    except security_keys.KeyRefused as refused:
        if refused.fault is security_keys.Fault.LOCKED:
            return _LOCKED
        return "二人目の認証器を確かめられませんでした。もう一度「認証器で確認する」を押すか、パスワードを入力してください。"
    return second


def request(
    kind: Kind, *, subject: str, title: str, actor: Actor, detail: Mapping[str, object] | None = None, reason: str = ""
) -> Approval:
    """Ask for an act; `detail` is what `kind.carry_out` will need, `title` stands in the list and holds no personal value.

    Raises Refusal when the same act on the same subject waits already.
    """
    try:
        with transaction.atomic():
            approval = Approval.objects.create(
                kind=kind.code,
                subject=subject,
                title=title,
                detail=dict(detail or {}),
                reason=reason,
                requested_by=actor.user_id,
                requested_by_name=actor.user_name,
                requested_at=clock.now(),
            )
            record(actor, audited.REQUESTED, subject=subject, content={"approval": approval.pk, "kind": kind.code}, reason=reason)
    except IntegrityError:
        raise Refusal("同じ操作がすでに承認待ちです。承認待ちの一覧を確かめてください。") from None
    return approval


def approve(pk: int, staff: Staff, *, actor: Actor | None = None, reason: str = "") -> Approval:
    """Approve and carry out in one transaction, as `staff`; raises Refusal, also with the sentence of the act itself."""
    return _decide(pk, staff, actor or actor_for(staff), Approval.State.APPROVED, audited.APPROVED, reason)


def reject(pk: int, staff: Staff, *, reason: str, actor: Actor | None = None) -> Approval:
    """Send back with a reason; nothing is carried out."""
    if not reason.strip():
        raise Refusal("差し戻す理由を入力してください。依頼した人に伝わります。")
    return _decide(pk, staff, actor or actor_for(staff), Approval.State.REJECTED, audited.REJECTED, reason)


def withdraw(pk: int, *, actor: Actor) -> Approval:
    """Take back what one has asked for oneself and nobody has decided yet."""
    with transaction.atomic():
        approval = _close(pk, Approval.State.WITHDRAWN, actor, "", Q(requested_by=actor.user_id))
        kind_of(approval.kind).give_up(approval, actor)
        record(actor, audited.WITHDRAWN, subject=approval.subject, content={"approval": pk, "kind": approval.kind})
    return approval


def _decide(pk: int, staff: Staff, actor: Actor, state: Approval.State, process: Process, reason: str) -> Approval:
    waiting = Approval.objects.get(pk=pk)
    kind = kind_of(waiting.kind)
    content = {"approval": pk, "kind": kind.code, "requested_by": waiting.requested_by}
    if waiting.requested_by == staff.user_id:
        record(actor, process, subject=waiting.subject, content={**content, "refused": "same person"}, result=Result.REFUSED)
        raise Refusal("自分が依頼した操作は、自分では承認も差戻しもできません。別の人に頼んでください。")
    if kind.right.code not in rights_of(staff):
        record(actor, process, subject=waiting.subject, content={**content, "refused": kind.right.code}, result=Result.REFUSED)
        raise Refusal("この操作を承認する権限がありません。権限のある人に頼んでください。")
    with transaction.atomic():
        approval = _close(pk, state, actor, reason, ~Q(requested_by=staff.user_id))
        follow = kind.carry_out if state is Approval.State.APPROVED else kind.give_up
        follow(approval, actor)
        record(actor, process, subject=approval.subject, content=content, reason=reason)
    return approval


def _close(pk: int, state: Approval.State, actor: Actor, reason: str, also: Q) -> Approval:
    """Decide an open approval, once: a second decision at the same time finds it closed."""
    closed = Approval.objects.filter(also, pk=pk, state=Approval.State.OPEN).update(
        state=state, decided_by=actor.user_id, decided_by_name=actor.user_name, decided_at=clock.now(), decision_reason=reason
    )
    if not closed:
        raise Refusal("この依頼はすでに処理されています。一覧を開き直して確かめてください。")
    return Approval.objects.get(pk=pk)
