"""One round of the bench of letters in a process of its own, so that its memory is its own: `python -m … DATA batch|reference`.

Prints all waiting notices as staff do, or has the bare compiler set the same sheets. Prints seconds, pages and the peak memory of this
process and of the compiler's as JSON.
"""

import json
import resource
import sys
import time
from pathlib import Path

from madoguchi.zones.command import enter_zone


def print_batch() -> tuple[float, float, int]:
    """Print, check and release the notices of all cards; return the seconds, the peak memory in MB and the pages of the file."""
    import pikepdf

    from madoguchi.delivery.dispatch import services
    from madoguchi.delivery.dispatch.choosing import choose_by_state
    from madoguchi.delivery.dispatch.folder import kept_file
    from madoguchi.platform.audit.actors import automatic
    from madoguchi.platform.verbs import Silent

    choice = choose_by_state(None)
    begun = time.perf_counter()
    batch = services.print_letters(choice, None, automatic("bench"), progress=Silent())
    seconds, megabytes = time.perf_counter() - begun, _peak()  # before the bench itself opens the file
    with pikepdf.open(kept_file(batch)) as printed:
        pages = len(printed.pages)
    kept_file(batch).unlink()
    return seconds, megabytes, pages


def compile_bare() -> tuple[float, float, int]:
    """Set the same sheets in the same chunks and keep nothing; return the seconds, the peak memory in MB and the sheets."""
    from django.conf import settings

    from madoguchi.delivery.dispatch import letters, queries, services
    from madoguchi.delivery.dispatch.choosing import choose_by_state
    from madoguchi.delivery.dispatch.models import Kind
    from madoguchi.kernel.labels import SHEET_LETTER, own_code
    from madoguchi.platform import clock
    from madoguchi.platform.documents.batches import CHUNK
    from madoguchi.platform.documents.press import Press
    from madoguchi.platform.documents.zone_fonts import zone_shelf

    frame = letters.frame(
        Kind.NOTICE,
        queries.words(Kind.NOTICE),
        zone_shelf(),
        made_on=clock.today(),
        deadline=clock.today(),
        public_url=settings.MADOGUCHI_PUBLIC_URL,
        municipality="",
    )
    recipients = services.recipients_for(Kind.NOTICE, choose_by_state(None).cards, clock.today())
    common = letters.common_data(frame)
    sheets = [
        letters.compose(recipient, frame, sheet_code=own_code(SHEET_LETTER, number), order=f"{number} / {len(recipients)}").sheet.data
        for number, recipient in enumerate(recipients, start=1)
    ]
    begun = time.perf_counter()
    with Press(frame.shelf) as press:
        for start in range(0, len(sheets), CHUNK):
            press.start(letters.LAYOUT_OF[frame.kind].path, {"common": common, "sheets": sheets[start : start + CHUNK]})
            press.take()
    return time.perf_counter() - begun, _peak(), len(sheets)


def _peak() -> float:
    """Return the peak memory of this process and of the largest that it has waited for (compiler, binder) together, in MB."""
    return sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024


def main() -> None:
    """Run one round and print what it took."""
    enter_zone(Path(sys.argv[1]), "delivery", "service")
    seconds, megabytes, pages = print_batch() if sys.argv[2] == "batch" else compile_bare()
    sys.stdout.write(json.dumps({"seconds": seconds, "pages": pages, "megabytes": megabytes}) + "\n")


if __name__ == "__main__":
    main()
