"""Letters that were printed to a file and never sent go by themselves when their days are over (S28)."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from madoguchi.delivery.cards.models import DeliveryPlace, Municipality
from madoguchi.delivery.dispatch import queries, services
from madoguchi.delivery.dispatch.folder import kept_file
from madoguchi.delivery.dispatch.models import Batch, BatchState
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.audit.models import AuditEvent

pytestmark = [pytest.mark.django_db, pytest.mark.urls("madoguchi.zones.delivery.urls")]


def batch_of(days_ago: float) -> Batch:
    made = clock.now() - dt.timedelta(days=days_ago)
    values = {"kind": "notice", "state": BatchState.CHECKED, "made_on": made.date(), "made_by": "clerk", "deadline": made.date()}
    batch = Batch.objects.create(kept=True, **values)
    Batch.objects.filter(pk=batch.pk).update(made_at=made)
    kept_file(batch).write_bytes(b"%PDF-1.7")
    return Batch.objects.get(pk=batch.pk)


def test_old_letters_go_on_record_and_young_ones_say_until_when(
    city: DeliveryPlace, tmp_path: Path, settings: Any, signed_in_client: Callable[..., Client], as_auditor: Callable[..., Any]
) -> None:
    settings.MADOGUCHI_FOLDER = tmp_path
    settings.MADOGUCHI_SHELL = settings.MADOGUCHI_MENU = ""
    Municipality.objects.update(days_letters_kept=10)
    old, young = batch_of(10.1), batch_of(9.9)
    last = (young.made_at + dt.timedelta(days=10)).astimezone(clock.TOKYO).date()
    assert queries.kept_until([str(young), "slip"]) == {str(young): last}
    client = signed_in_client("clerk")
    assert f"{last:%Y-%m-%d} に消えます" in client.get(f"/letters/{young.pk}/").content.decode()
    assert client.get(f"/letters/{old.pk}/pdf/").getvalue().startswith(b"%PDF")
    assert services.expire_letters(automatic("letters")) == 1
    assert services.expire_letters(automatic("letters")) == 0
    assert (kept_file(old).exists(), kept_file(young).exists()) == (False, True)
    assert client.get(f"/letters/{old.pk}/pdf/").status_code == 404
    assert "PDFを開く" not in client.get(f"/letters/{old.pk}/").content.decode()
    with as_auditor():
        event = AuditEvent.objects.get(process_code="dispatch.letters.expire")
    assert (event.subject, event.content) == (str(old), {"days": 10})
    Municipality.objects.update(days_letters_kept=9)
    assert services.expire_letters(automatic("letters")) == 1
