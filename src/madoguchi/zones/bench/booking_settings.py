"""The booking zone's settings with one more address: the reference view that the bench measures beside it."""

from pathlib import Path

from madoguchi.zones.booking import settings as booking

globals().update({name: value for name, value in vars(booking).items() if name.isupper()})

ROOT_URLCONF = "madoguchi.zones.bench.booking_urls"
TEMPLATES = [{**vars(booking)["TEMPLATES"][0], "DIRS": [Path(__file__).parent / "templates"]}]
