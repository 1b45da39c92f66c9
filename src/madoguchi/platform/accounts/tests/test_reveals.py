"""Opened values: on record, counted for the person, and seen by the auditors' reports."""

import datetime as dt
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from madoguchi.platform import clock
from madoguchi.platform.accounts import reveals, services
from madoguchi.platform.accounts.access import actor_for
from madoguchi.platform.accounts.models import Staff
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.audit.models import AuditEvent
from madoguchi.platform.audit.processes import Process, ProcessClass
from madoguchi.platform.audit.queries import REVEALS
from madoguchi.platform.audit.services import record

pytestmark = pytest.mark.django_db
AsAuditor = Callable[[], AbstractContextManager[None]]
FIELD = Process("test.field.reveal", "試験の項目の表示", ProcessClass.VIEW)
VIEW = Process("test.field.view", "試験の照会", ProcessClass.VIEW)


def staff_named(user_id: str) -> Staff:
    section = services.section_named("100", "市民窓口課")
    return services.create_staff(
        user_id=user_id, name=f"職員{user_id}", section=section, actor=automatic("test"), password="kawa-no-hotori-7"
    )


def test_what_the_bar_says_is_what_the_log_proves(as_auditor: AsAuditor) -> None:
    one, other, nobody = staff_named("a"), staff_named("b"), staff_named("c")
    for staff, times in ((one, 3), (other, 1)):
        for number in range(times):
            reveals.record_reveal(actor_for(staff), FIELD, subject=f"card:{number}", content={"field": "name"})
    record(actor_for(nobody), VIEW, subject="card:1")
    said = {}
    for staff in (one, other, nobody):
        staff.refresh_from_db()
        said[staff.user_id] = reveals.reveals_today(staff)
    assert said == {"a": 3, "b": 1, "c": 0}
    with as_auditor():
        proved = Counter(AuditEvent.objects.filter(process_code__regex=REVEALS).values_list("user_id", flat=True))
    assert proved == {"a": 3, "b": 1}


def test_the_count_begins_anew_with_the_day() -> None:
    staff = staff_named("a")
    Staff.objects.filter(pk=staff.pk).update(reveals=12, revealed_on=clock.today() - dt.timedelta(days=1))
    staff.refresh_from_db()
    assert reveals.reveals_today(staff) == 0
    reveals.record_reveal(actor_for(staff), FIELD, subject="card:1")
    staff.refresh_from_db()
    assert reveals.reveals_today(staff) == 1


def test_a_process_that_the_counts_would_not_see_is_refused() -> None:
    with pytest.raises(ValueError, match="not the code"):
        reveals.record_reveal(actor_for(staff_named("a")), VIEW, subject="card:1")
