"""Where the zone keeps letters until they are sent: PDFs of checked batches, and parts of batches on their way."""

from pathlib import Path

from django.conf import settings

from madoguchi.delivery.dispatch.models import Batch


def letters_folder() -> Path:
    """Return the folder of kept PDFs, readable for this zone's processes only."""
    folder = Path(settings.MADOGUCHI_FOLDER) / "letters"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def kept_file(batch: Batch) -> Path:
    """Return where the zone keeps the PDF of a batch until it is sent; the file is named by the batch and by nothing else."""
    return letters_folder() / f"{batch.pk}.pdf"


def parts_folder(batch: Batch) -> Path:
    """Return where the parts of a batch lie while it is printed, and after a pause or a kill."""
    return letters_folder() / f".parts-{batch.pk}"
