"""Commands on accounts, roles and their assignment; each is one transaction with its audit event."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest

from madoguchi.platform import clock
from madoguchi.platform.accounts import audited, passwords, second_factor
from madoguchi.platform.accounts.access import actor_of
from madoguchi.platform.accounts.models import Assignment, LinkedIdentity, Role, Section, Staff
from madoguchi.platform.accounts.rights import RoleDefinition
from madoguchi.platform.accounts.rules import is_user_id
from madoguchi.platform.audit.actors import Actor, automatic
from madoguchi.platform.audit.services import record
from madoguchi.platform.verbs import Refusal


def seed_roles(definitions: Iterable[RoleDefinition], actor: Actor) -> int:
    """Make the roles that are not there yet; a role that the municipality has changed stays as it is. Returns how many were made."""
    roles = [Role(code=one.code, name=one.name, rights=[right.code for right in one.rights]) for one in definitions]
    with transaction.atomic():
        there = set(Role.objects.values_list("code", flat=True))
        made = [role for role in roles if role.code not in there]
        Role.objects.bulk_create(made)
        if made:
            record(actor, audited.ROLES_SEEDED, content={"roles": [role.code for role in made]})
    return len(made)


def section_named(code: str, name: str) -> Section:
    """Return the section `code`, made with `name` if there is none yet."""
    return Section.objects.get_or_create(code=code, defaults={"name": name})[0]


def create_staff(
    *,
    user_id: str,
    name: str,
    section: Section,
    actor: Actor,
    password: str | None,
    kind: str = Staff.Kind.STAFF,
    must_change_password: bool = True,
) -> Staff:
    """Make an account; with `password` None nobody can sign in with it (an automatic run's account).

    Raises Refusal when the id is malformed or was ever in use (ids are never given twice, SF-01), or when the password is too weak.
    """
    if not is_user_id(user_id):
        raise Refusal("利用者IDには半角の英字、数字、ピリオド、ハイフン、下線だけを使い、64文字までにしてください。")
    now = clock.now()
    staff = Staff(
        user_id=user_id,
        name=name,
        section=section,
        kind=kind,
        created_at=now,
        password_changed_at=now,
        must_change_password=must_change_password and password is not None,
    )
    _set_password(staff, password)
    try:
        with transaction.atomic():
            staff.save(force_insert=True)
            record(actor, audited.ACCOUNT_CREATED, subject=f"staff:{staff.pk}", content={"user_id": user_id, "kind": str(kind)})
    except IntegrityError:
        raise Refusal("この利用者IDは使われているか、以前に使われていました。別の利用者IDにしてください。") from None
    return staff


def _set_password(staff: Staff, password: str | None) -> None:
    if password is not None:
        try:
            validate_password(password, staff)
        except ValidationError as fault:
            raise Refusal(" ".join(fault.messages)) from None
    staff.set_password(password)


def close_account(staff: Staff, *, actor: Actor, reason: str) -> None:
    """Close an account for good: its sessions end at once, its assignments go, its id stays taken. Raises Refusal for one's own."""
    if staff.pk == actor.staff_pk:
        raise Refusal("自分の利用者IDは停止できません。別の管理者に依頼してください。")
    with transaction.atomic():
        closed = Staff.objects.filter(pk=staff.pk, closed_at=None).update(is_active=False, closed_at=clock.now(), session_ref="")
        if not closed:
            raise Refusal("この利用者はすでに停止されています。")
        assignments, _ = Assignment.objects.filter(staff=staff).delete()
        second_factor.remove(staff)
        LinkedIdentity.objects.filter(staff=staff).delete()
        record(actor, audited.ACCOUNT_CLOSED, subject=f"staff:{staff.pk}", content={"assignments": assignments}, reason=reason)


def unlock(staff: Staff, *, actor: Actor) -> None:
    """Let an id that was locked after wrong passwords be tried again."""
    with transaction.atomic():
        record(actor, audited.ACCOUNT_UNLOCKED, subject=f"staff:{staff.pk}", content={"rows": passwords.forget_failures(staff.user_id)})


def issue_new_password(staff: Staff, *, actor: Actor) -> str:
    """Give an account a password to be changed at the next sign-in, end its session, and return the password to be handed over once."""
    password = passwords.new_password()
    staff.set_password(password)
    with transaction.atomic():
        Staff.objects.filter(pk=staff.pk).update(
            password=staff.password, password_changed_at=clock.now(), must_change_password=True, session_ref=""
        )
        record(actor, audited.PASSWORD_RESET, subject=f"staff:{staff.pk}")
    return password


def change_own_password(request: HttpRequest, staff: Staff, password: str) -> None:
    """Change the password of the signed-in staff; every other session of theirs ends. The form has checked old and new."""
    staff.set_password(password)
    with transaction.atomic():
        Staff.objects.filter(pk=staff.pk).update(password=staff.password, password_changed_at=clock.now(), must_change_password=False)
        record(actor_of(request), audited.PASSWORD_CHANGED, subject=f"staff:{staff.pk}")
    passwords.forget_failures(staff.user_id)
    update_session_auth_hash(request, staff)


def set_dense_rows(staff: Staff, *, dense: bool, actor: Actor) -> None:
    """Keep whether `staff` wants low rows in every table (S34)."""
    with transaction.atomic():
        Staff.objects.filter(pk=staff.pk).update(dense_rows=dense)
        record(actor, audited.PREFERENCES_CHANGED, subject=f"staff:{staff.pk}", content={"dense_rows": dense})


def set_totp_secret(staff: Staff, base32: str, *, actor: Actor) -> None:
    """Give `staff` a confirmed authenticator with this secret, for accounts that `init` and the demo make."""
    with transaction.atomic():
        second_factor.set_secret(staff, base32)
        record(actor, audited.FACTOR_SET, subject=f"staff:{staff.pk}")


def remove_second_factor(staff: Staff, *, actor: Actor, reason: str = "") -> None:
    """Forget the authenticator of `staff` and end the session; the next sign-in leads to enrolment."""
    with transaction.atomic():
        second_factor.remove(staff)
        Staff.objects.filter(pk=staff.pk).update(session_ref="")
        record(actor, audited.FACTOR_REMOVED, subject=f"staff:{staff.pk}", reason=reason)


def link_identity(staff: Staff, *, issuer: str, subject: str, actor: Actor, reason: str = "") -> LinkedIdentity:
    """Let who is `subject` at `issuer` sign in as `staff`. Pages come here through an approval by a second person only.

    Raises Refusal when the account is closed or linked already, or when the identity belongs to another account.
    """
    try:
        with transaction.atomic():
            if not Staff.objects.select_for_update(of=("self",)).filter(pk=staff.pk, is_active=True).exclude(kind="automatic").exists():
                raise Refusal("停止された利用者と自動処理は、職員認証基盤と結び付けられません。")
            linked = LinkedIdentity.objects.create(
                staff=staff, issuer=issuer, subject=subject, linked_by=actor.user_id, linked_at=clock.now()
            )
            content = {"issuer": issuer, "sub": subject}
            record(actor, audited.IDENTITY_LINKED, subject=f"staff:{staff.pk}", content=content, reason=reason)
    except IntegrityError:
        raise Refusal("この利用者はもう結び付いているか、この識別子(sub)がほかの利用者と結び付いています。先に解除してください。") from None
    return linked


def unlink_identity(staff: Staff, *, actor: Actor, reason: str) -> None:
    """Let nobody of the municipality's sign-in service sign in as `staff` any more, and end the session.

    Raises Refusal when nobody is linked. It needs no second person: it takes a way in away, and at once.
    """
    with transaction.atomic():
        linked = LinkedIdentity.objects.select_for_update().filter(staff=staff).first()
        if linked is None:
            raise Refusal("この利用者は職員認証基盤と結び付いていません。")
        content = {"issuer": linked.issuer, "sub": linked.subject}
        linked.delete()
        Staff.objects.filter(pk=staff.pk).update(session_ref="")
        record(actor, audited.IDENTITY_UNLINKED, subject=f"staff:{staff.pk}", content=content, reason=reason)


def assign_role(
    staff: Staff, role_code: str, *, actor: Actor, place: str = "", until: dt.date | None = None, reason: str = ""
) -> Assignment:
    """Give `staff` a role at `place` (empty: every place), to the end of the day `until` (None: without end).

    Giving it again changes its end, or nothing. Raises Refusal for an unknown role, for a closed account, and for a day that is over.
    Pages come here through an approval by a second person only.
    """
    with transaction.atomic():
        if until is not None and until < clock.today():
            raise Refusal("役割の期限の日を過ぎています。期限を決め直して、もう一度依頼してください。")
        # Locked against its retirement meanwhile.
        role = Role.objects.select_for_update(no_key=True).filter(code=role_code, is_retired=False).first()
        if role is None:
            raise Refusal(f"役割「{role_code}」はありません。役割の一覧を確かめてください。")
        if not Staff.objects.select_for_update(of=("self",)).filter(pk=staff.pk, is_active=True).exists():
            raise Refusal("停止された利用者には役割を付けられません。")
        assignment, made = Assignment.objects.get_or_create(
            staff=staff, role=role, place=place, defaults={"granted_by": actor.user_id, "granted_at": clock.now(), "until": until}
        )
        if made or assignment.until != until:
            content = {"role": role_code, "place": place}
            if until is not None or not made:
                content["until"] = until.isoformat() if until else ""
            record(actor, audited.ROLE_ASSIGNED, subject=f"staff:{staff.pk}", content=content, reason=reason)
        if assignment.until != until:
            assignment.until, assignment.granted_by, assignment.granted_at = until, actor.user_id, clock.now()
            assignment.save(update_fields=["until", "granted_by", "granted_at"])
    return assignment


def end_roles() -> int:
    """Take away the roles whose last day is over; they have given no right since. Returns how many."""
    with transaction.atomic():
        over = list(Assignment.objects.select_for_update(of=("self",)).filter(until__lt=clock.today()).select_related("role"))
        for one in over:
            content = {"role": one.role.code, "place": one.place, "until": f"{one.until}"}
            record(automatic("accounts"), audited.ROLE_ENDED, subject=f"staff:{one.staff_id}", content=content)
        Assignment.objects.filter(pk__in=[one.pk for one in over]).delete()
    return len(over)


def withdraw_role(staff: Staff, role_code: str, *, actor: Actor, place: str = "", reason: str = "") -> None:
    """Take a role at `place` from `staff`; raises Refusal when they do not have it."""
    with transaction.atomic():
        withdrawn, _ = Assignment.objects.filter(staff=staff, role__code=role_code, place=place).delete()
        if not withdrawn:
            raise Refusal("この利用者はその役割を持っていません。画面を開き直して確かめてください。")
        record(actor, audited.ROLE_WITHDRAWN, subject=f"staff:{staff.pk}", content={"role": role_code, "place": place}, reason=reason)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a person needs to sign in to an account just made; shown once, never stored and never logged."""

    user_id: str
    password: str
    totp: str

    def __repr__(self) -> str:
        return f"Credentials(user_id={self.user_id!r})"


def provision(
    *,
    user_id: str,
    name: str,
    role: str,
    roles: Iterable[RoleDefinition] = (),
    password: str | None = None,
    totp: str | None = None,
    section: tuple[str, str] = ("000", "市民窓口課"),
) -> Credentials:
    """Make a whole account in one transaction: section, `roles` that are missing, password, authenticator and role.

    For `madoguchi init` and the demo. `password` and `totp` (base32) are made at random when they are not given; `section` is code
    and name. Raises Refusal as create_staff and assign_role do.
    """
    actor = automatic("init")
    made = Credentials(user_id, password or passwords.new_password(), totp or second_factor.new_secret())
    with transaction.atomic():
        seed_roles(roles, actor)
        staff = create_staff(
            user_id=user_id, name=name, section=section_named(*section), actor=actor, password=made.password, must_change_password=False
        )
        set_totp_secret(staff, made.totp, actor=actor)
        assign_role(staff, role, actor=actor)
    return made
