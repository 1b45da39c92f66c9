"""`madoguchi bench NAME`: find the bench and run it."""

import argparse
import importlib
from types import MappingProxyType

from madoguchi.platform.verbs import Outcome, Progress

# Name on the command line, module that has `measure(arguments, progress) -> Report`.
BENCHES = MappingProxyType(
    {
        "booking": "madoguchi.zones.bench.booking",
        "calendar": "madoguchi.zones.bench.calendar_page",
        "import": "madoguchi.zones.bench.import_list",
        "letters": "madoguchi.zones.bench.letters",
        "rush": "madoguchi.zones.bench.rush",
        "search": "madoguchi.zones.bench.search_people",
    }
)


def run(arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Run the bench that `arguments` names and return its figures; broken invariants are in `violations`."""
    outcome: Outcome = importlib.import_module(BENCHES[arguments.name]).measure(arguments, progress).outcome()
    return outcome
