"""The installation for training: where it is, for people at work, and what has been practised there, for people who learn (S34)."""

from django.conf import settings
from django.db import transaction

from madoguchi.kernel.purposes import Purpose
from madoguchi.platform.accounts.audited import TRAINING_SITE_SET
from madoguchi.platform.accounts.models import TrainingSite
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record


def is_for_training() -> bool:
    """Tell whether this installation is one for training."""
    return bool(settings.MADOGUCHI_SITE.get("mode") == Purpose.TRAINING)


def site_address() -> str:
    """Return where the municipality's installation for training answers; empty where there is none."""
    return TrainingSite.objects.values_list("address", flat=True).first() or ""


def set_site_address(address: str, actor: Actor) -> None:
    """Keep the address of the installation for training, or take it away (empty)."""
    with transaction.atomic():
        before = site_address()
        if address:
            TrainingSite.objects.update_or_create(pk=1, defaults={"address": address})
        else:
            TrainingSite.objects.all().delete()
        record(actor, TRAINING_SITE_SET, content={"before": before, "after": address})
