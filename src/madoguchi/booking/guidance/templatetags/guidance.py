"""What to bring on pages of other apps: `{% load guidance %}`."""

from typing import Any

from django import template

from madoguchi.booking.guidance.queries import guidance_lines
from madoguchi.kernel.required_documents import PROCEDURES
from madoguchi.platform.ui import languages

register = template.Library()


@register.inclusion_tag("guidance/_what_to_bring.html")
def what_to_bring(kind: str = "") -> dict[str, Any]:
    """Show what the person in person brings to a visit of `kind` (the code of a 予約区分; empty: 受取), with the way to the questions."""
    code = kind or PROCEDURES[0]
    return {"lines": guidance_lines(code, language=languages.current()), "procedure": code if code in PROCEDURES else ""}
