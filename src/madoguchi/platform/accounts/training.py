"""The installation for training: where it is, for people at work, and what has been practised there, for people who learn (S34)."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from madoguchi.kernel.purposes import Purpose
from madoguchi.platform.accounts.audited import TRAINING_SITE_SET
from madoguchi.platform.accounts.models import TrainingSite
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.processes import Process
from madoguchi.platform.audit.queries import deeds_of
from madoguchi.platform.audit.services import record
from madoguchi.platform.ui.shell import Words


@dataclass(frozen=True, slots=True)
class Deed:
    """An event of the log that shows that something was done: its process and, where that has several forms, what its content says."""

    process: Process
    key: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Exercise:
    """Something to practise: where it begins (the name of an address), its steps, and the deeds that show that it was done."""

    title: Words
    address: str
    steps: tuple[Words, ...]
    deeds: tuple[Deed, ...]


@dataclass(frozen=True, slots=True)
class Practised:
    """An exercise as one person stands with it: when each deed was done last (None: not yet)."""

    exercise: Exercise
    deeds: tuple[tuple[Deed, dt.datetime | None], ...]

    @property
    def is_done(self) -> bool:
        return all(at is not None for _deed, at in self.deeds)

    @property
    def done_at(self) -> dt.datetime | None:
        """When the last deed that was missing came."""
        return max((at for _deed, at in self.deeds if at is not None), default=None) if self.is_done else None


def exercises() -> Sequence[Exercise]:
    """Return the exercises of this zone (setting `MADOGUCHI_EXERCISES`); none where the setting is not there."""
    path: str = getattr(settings, "MADOGUCHI_EXERCISES", "")
    found: Sequence[Exercise] = import_string(path) if path else ()
    return found


def practised_by(user_id: str) -> list[Practised]:
    """Return how far somebody has come with each exercise, from their own events of the operation log. One statement."""
    table = exercises()
    done = deeds_of(user_id, {(deed.process.code, deed.key) for one in table for deed in one.deeds})
    return [Practised(one, tuple((deed, done.get((deed.process.code, deed.key, deed.value))) for deed in one.deeds)) for one in table]


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
