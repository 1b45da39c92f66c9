"""Queries whose statement is written once give the rows that the ORM gives."""

from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from madoguchi.platform import clock
from madoguchi.platform.accounts import services
from madoguchi.platform.accounts.models import Assignment, Role, Staff
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.audit.models import AuditEvent
from madoguchi.platform.database.written_query import WrittenQuery

pytestmark = pytest.mark.django_db
BY_STAFF = "found.staff_id = %(staff)s ORDER BY found.id"


@pytest.fixture
def hanako() -> Staff:
    return services.create_staff(
        user_id="hanako",
        name="藤沢 花子",
        section=services.section_named("100", "市民窓口課"),
        actor=automatic("test"),
        password="kawa-no-hotori-7",
        must_change_password=False,
    )


@pytest.fixture
def assigned(hanako: Staff) -> list[Assignment]:
    roles = [Role.objects.get_or_create(code=code, defaults={"name": code, "rights": []})[0] for code in ("one-role", "other-role")]
    return [Assignment.objects.create(staff=hanako, role=role, granted_at=clock.now()) for role in roles]


def test_rows_come_with_what_they_point_to_in_one_statement(hanako: Staff, assigned: list[Assignment]) -> None:
    written = WrittenQuery(Assignment, "staff__section", "role", where=BY_STAFF)
    for _again in range(2):
        with CaptureQueriesContext(connection) as asked:
            found = written.all(staff=hanako.pk)
            read = [(row, row.staff.name, row.staff.section.name, row.role.code, row.staff.last_login) for row in found]
        assert len(asked) == 1
        expected = Assignment.objects.select_related("staff__section", "role").filter(staff=hanako).order_by("pk")
        assert read == [(row, row.staff.name, row.staff.section.name, row.role.code, row.staff.last_login) for row in expected]
        assert len(read) == len(assigned)


def test_a_row_that_was_read_can_be_saved(hanako: Staff, assigned: list[Assignment]) -> None:
    found = WrittenQuery(Staff, where="found.user_id = %(user)s").one(user="hanako")
    found.name = "片瀬 花子"
    found.save()
    assert Staff.objects.get(pk=hanako.pk).name == "片瀬 花子"


def test_nobody_is_none_and_one_says_so() -> None:
    nobody = WrittenQuery(Staff, "section", where="found.user_id = %(user)s")
    assert nobody.first(user="nobody") is None
    assert nobody.all(user="nobody") == []
    with pytest.raises(Staff.DoesNotExist):
        nobody.one(user="nobody")


@pytest.mark.parametrize(
    "wrong",
    [lambda: WrittenQuery(AuditEvent, where="true"), lambda: WrittenQuery(Staff, "user_id", where="true")],
    ids=["a field that the driver gives as text", "no foreign key"],
)
def test_what_it_cannot_read_rightly_it_does_not_read(wrong: Callable[[], WrittenQuery[Staff]]) -> None:
    with pytest.raises(TypeError), transaction.atomic():
        wrong().first()
