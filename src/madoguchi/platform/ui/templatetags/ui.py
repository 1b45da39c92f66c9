"""Template tags of the components: ``{% load ui %}``. The pattern page at ``/__ui__/`` shows each in every state."""

import datetime as dt
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any

from django import forms, template
from django.core.paginator import Page
from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from madoguchi.platform import clock
from madoguchi.platform.ui.charts import Chart, HeatTable, legend_look
from madoguchi.platform.ui.components import SummaryRow
from madoguchi.platform.ui.forms import form_errors
from madoguchi.platform.ui.languages import day_in_words, long_day_in_words, time_in_words
from madoguchi.platform.ui.problems import problem_for
from madoguchi.platform.ui.shell import current_item

register = template.Library()
register.filter("long_day", long_day_in_words)
register.filter("day_in_words", day_in_words)
register.filter("time_in_words", time_in_words, expects_localtime=True)

BUTTON_KINDS = frozenset({"solid", "outline", "text", "danger"})
TONES = frozenset({"info", "success", "warning", "error"})
ANSWERS = frozenset({"match", "no-match", "check"})
MARKS = frozenset({"free", "few", "full", "closed"})


def _one_of(value: str, known: frozenset[str], what: str) -> str:
    if value not in known:
        message = f"unknown {what} {value!r}: one of {', '.join(sorted(known))}"
        raise template.TemplateSyntaxError(message)
    return value


@register.inclusion_tag("ui/button.html")
def button(
    text: str, *, kind: str = "solid", size: str = "", name: str = "", value: str = "", busy_text: str = "", form: str = ""
) -> dict[str, Any]:
    """A submit button. One solid button a page; ``busy_text`` replaces its words while the form is on its way."""
    _one_of(kind, BUTTON_KINDS, "button kind")
    return {"text": text, "kind": kind, "size": size, "name": name, "value": value, "busy_text": busy_text, "form": form}


@register.inclusion_tag("ui/link_button.html")
def link_button(text: str, url: str, *, kind: str = "outline", size: str = "") -> dict[str, Any]:
    """A link that looks like a button: leads somewhere, changes nothing."""
    return {"text": text, "url": url, "kind": _one_of(kind, BUTTON_KINDS, "button kind"), "size": size}


@register.inclusion_tag("ui/screen_lock.html", takes_context=True)
def screen_lock(context: template.RequestContext) -> dict[str, Any]:
    """The button that locks the screen, and what `screen-lock.js` has to know."""
    return {"staff": context["shell"].staff, "problem": problem_for(HTTPStatus.LOCKED)}


@register.inclusion_tag("ui/lock_panel.html", takes_context=True)
def lock_panel(context: template.RequestContext) -> dict[str, Any]:
    """Who has locked the screen, and the box for the password, on the page that the server shows in place of another."""
    return {
        "staff": context["shell"].staff,
        "problem": problem_for(HTTPStatus.LOCKED),
        "lock_form": context["lock_form"],
        "lost": context["lost"],
    }


@register.simple_block_tag
def quiet_refresh(content: str, url: str, seconds: int = 60) -> SafeString:
    """Numbers (`data-count`, said by `data-name`) that the page brings up to date by itself from ``url``; needs `quiet-refresh.js`."""
    return render_to_string("ui/quiet_refresh.html", {"content": content, "url": url, "seconds": seconds})


@register.simple_block_tag
def banner(content: str, kind: str = "info", title: str = "", *, live: bool = False) -> SafeString:
    """A message in a frame; ``live`` has it read out when it appears by a swap."""
    _one_of(kind, TONES, "banner kind")
    return render_to_string("ui/banner.html", {"content": content, "kind": kind, "title": title, "live": live})


@register.inclusion_tag("ui/status_tag.html")
def status_tag(text: str, tone: str = "") -> dict[str, Any]:
    """A short word for a state. Colour only helps; the word says it."""
    return {"text": text, "tone": _one_of(tone, TONES, "tone") if tone else ""}


@register.inclusion_tag("ui/error_summary.html")
def error_summary(*form_list: object) -> dict[str, Any]:
    """The list of everything to correct, first thing in ``main``, each linked to its field."""
    return {"errors": list(form_errors([form for form in form_list if isinstance(form, forms.BaseForm)]))}


@register.simple_tag(takes_context=True)
def title_prefix(context: template.Context) -> str:
    """「エラー：」 before the title of a page on which a form was filled in wrongly: who listens hears it first (WCAG 3.3.1).

    A page that is wrong in another way says so by `has_errors`.
    """
    values: Iterable[object] = context.flatten().values()
    wrong = context.get("has_errors") or any(isinstance(form, forms.BaseForm) and form.is_bound and form.errors for form in values)
    return gettext("エラー：") if wrong else ""


@register.simple_tag
def question(field: BoundField) -> SafeString:
    """A field whose label is the heading of the page: one question a page."""
    return mark_safe(field.render(context={**field.get_context(), "as_heading": True}))  # noqa: S308 rendered by a template


@register.inclusion_tag("ui/summary_list.html")
def summary_list(rows: Sequence[SummaryRow]) -> dict[str, Any]:
    """What was answered, with a link to change each answer."""
    return {"rows": rows}


@register.inclusion_tag("ui/key_band.html")
def key_band(rows: Sequence[SummaryRow]) -> dict[str, Any]:
    """Who and what a staff page is about, in one band under the heading."""
    return {"rows": rows}


@register.simple_block_tag
def table_box(content: str, label: str, *, tall: bool = False) -> SafeString:
    """A box in which a wide table scrolls by itself, also by keyboard."""
    return render_to_string("ui/table_box.html", {"content": content, "label": label, "tall": tall})


@register.inclusion_tag("ui/pagination.html", takes_context=True)
def pagination(
    context: template.Context,
    page: Page[Any],
    parameter: str = "page",
    *,
    form: str = "",
    action: str = "",
    values: QueryDict | None = None,
    path: str = "",
) -> dict[str, Any]:
    """Numbered pages; every other parameter of the address stays.

    ``values`` and ``path``: of the list itself, where the page answers a form of another address.
    With ``form`` the numbers send that form to ``action``, which leads on to the page in ``to`` and keeps what is ticked.
    """
    query = (context["request"].GET if values is None else values).copy()

    def address(number: int) -> str:
        query[parameter] = str(number)
        return f"{path}?{query.urlencode()}"

    paginator = page.paginator
    numbers = [
        {"number": number, "url": address(number) if isinstance(number, int) else "", "current": number == page.number}
        for number in paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
    ]
    return {
        "page": page,
        "numbers": numbers,
        "previous": address(page.number - 1) if page.has_previous() else "",
        "next": address(page.number + 1) if page.has_next() else "",
        "form": form,
        "action": action,
    }


@register.inclusion_tag("ui/progress.html")
def progress(label: str, done: int, total: int | None, unit: str = "", *, state: str = "") -> dict[str, Any]:
    """How far a long job is; without ``total`` only that it runs."""
    return {"label": label, "done": done, "total": total, "unit": unit, "state": state}


@register.inclusion_tag("ui/steps.html")
def steps(number: int, total: int) -> dict[str, Any]:
    """ステップ 3／6, above the heading of a question page."""
    return {"number": number, "total": total}


@register.inclusion_tag("ui/hold_deadline.html", takes_context=True)
def hold_deadline(context: template.Context, deadline: dt.datetime, extend_url: str, minutes: int) -> dict[str, Any]:
    """Until when a place is held, as clock time, with the form that extends it by ``minutes`` (WCAG 2.2.1)."""
    return {
        "deadline": deadline,
        "seconds_left": max(0, int((deadline - clock.now()).total_seconds())),
        "extend_url": extend_url,
        "minutes": minutes,
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("ui/match_band.html")
def match_band(answer: str, word: str, detail: str = "") -> dict[str, Any]:
    """The answer to a scan (``match``, ``no-match``, ``check``), readable from arm's length."""
    return {"answer": _one_of(answer, ANSWERS, "answer"), "word": word, "detail": detail}


@register.inclusion_tag("ui/mark.html")
def availability_mark(state: str) -> dict[str, Any]:
    """The sign ◯ △ × － of a day as a drawing; the words beside it carry the meaning."""
    return {"state": _one_of(state, MARKS, "availability")}


@register.inclusion_tag("ui/chart.html")
def chart(value: Chart) -> dict[str, Any]:
    """Bars or lines with their legend, and the same numbers as a table."""
    return {"chart": value, "legend": [(series.name, legend_look(number)) for number, series in enumerate(value.series)]}


@register.inclusion_tag("ui/heat_table.html")
def heat_table(value: HeatTable) -> dict[str, Any]:
    """Numbers over two notions, darker where more."""
    return {"heat": value}


@register.simple_block_tag
def empty_state(content: str, title: str) -> SafeString:
    """A list with nothing in it: says so, and what can be done."""
    return render_to_string("ui/empty_state.html", {"content": content, "title": title})


@register.inclusion_tag("ui/menu.html", takes_context=True)
def staff_menu(context: template.Context) -> dict[str, Any]:
    """The menu of the staff shell with the entry of this page marked."""
    request = context.get("request")
    menu = context["menu"]
    return {"menu": menu, "current": current_item(menu, request.path) if request is not None else None}
