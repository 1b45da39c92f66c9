"""The page that a web server in front shows while this zone does not answer: one file that asks for nothing else (P20)."""

from pathlib import Path

from django.template.loader import render_to_string
from django.utils import translation

from madoguchi.booking.municipality.queries import fresh
from madoguchi.platform.ui.furigana import as_ruby
from madoguchi.platform.ui.languages import JAPANESE, LANGUAGES
from madoguchi.platform.ui.problems import problem_for

STYLE = Path(__file__).with_name("away.css")


def away_page() -> str:
    """Return the page in every language of the site, with the municipality's telephone; it needs no style sheet, script or picture."""
    problem = problem_for(503)
    with translation.override(JAPANESE):
        heading = str(problem.title)
    context = {"heading": heading, "problem": problem, "languages": LANGUAGES, "municipality": fresh()}
    page = as_ruby(render_to_string("municipality/away.html", context))
    # No policy of ours stands over this file, and nothing else could be fetched: its style stands inside.
    return page.replace("</title>", f"</title>\n<style>\n{STYLE.read_text(encoding='utf-8')}</style>", 1)
