"""Own characters in the HTML of a page: what no font of ours has a shape for is shown as its substitute, marked, or as 〓.

Attributes, form fields and titles stay as they are: what a form sends back must be what came.
"""

import re
from collections.abc import Mapping

from django.utils.html import format_html
from django.utils.translation import gettext as _

from madoguchi.kernel.own_characters import PRIVATE_USE_PATTERN, unicode_code
from madoguchi.platform.documents.fonts import GETA

IN_UTF8 = re.compile(rb"\xee[\x80-\xbf]|\xef[\x80-\xa3]|\xf3[\xb0-\xbf]|\xf4[\x80-\x8f]")
"""The bytes with which a private-use character begins in UTF-8."""
_PIECES = re.compile(
    rf"<!--.*?-->|<(script|style|textarea|title|option|head)\b.*?</\1\s*>|<[^>]*>|(?P<own>{PRIVATE_USE_PATTERN})", re.DOTALL | re.IGNORECASE
)


def shown(html: str, drawn: frozenset[int], substitutes: Mapping[int, str]) -> str:
    """Return `html` with each own character that is not in `drawn` replaced in running text."""

    def piece(found: re.Match[str]) -> str:
        own = found["own"]
        if own is None or ord(own) in drawn:
            return found[0]
        return _marked(ord(own), substitutes.get(ord(own), ""))

    return _PIECES.sub(piece, html)


def _marked(point: int, substitute: str) -> str:
    code = unicode_code(point)
    words = (_("（外字 %(code)s の代替文字）") if substitute else _("（外字 %(code)s、字形なし）")) % {"code": code}
    return format_html(
        '<span class="substitute-character" title="{}">{}<span class="visually-hidden">{}</span></span>',
        words.strip("（）"),
        substitute or GETA,
        words,
    )
