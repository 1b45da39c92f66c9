"""For staff: what a caller has to bring, and the municipality's own rules with a look at them before they count."""

import datetime as dt
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi.booking.guidance.desk_forms import AdditionalRuleForm, CaseForm, OwnRuleForm
from madoguchi.booking.guidance.models import OwnRule
from madoguchi.booking.guidance.queries import Guidance, answers_of, guidance
from madoguchi.booking.guidance.rights import SEE_GUIDANCE, SET_GUIDANCE
from madoguchi.booking.guidance.services import set_rule, withdraw_rule
from madoguchi.booking.guidance.words import GROUP_NAMES, PAPER_NAMES
from madoguchi.booking.municipality.languages import offered
from madoguchi.kernel.required_documents import GROUPS, Rule, national_rules
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import actor_of, may, requires
from madoguchi.platform.ui.furigana import as_ruby
from madoguchi.platform.ui.languages import JAPANESE, SiteLanguage

EXPECTED_CASE = {"procedure": "receive", "owner": "adult", "visitor": "self", "notice": "yes", "language": JAPANESE}


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the list of rules."""

    code: str
    group: str
    text: str
    source: str
    own: str
    coming: int


@requires(SEE_GUIDANCE)
@require_http_methods(["GET", "HEAD", "POST"])
def look(request: HttpRequest) -> HttpResponse:
    """What to bring in a case that a caller describes, on any day and in any language offered. Nothing of it is kept."""
    form = CaseForm(request.POST if request.method == "POST" else None, languages=offered(), initial=EXPECTED_CASE)
    shown: SafeString | None = None
    day, language = clock.today(), JAPANESE
    if request.method == "POST" and form.is_valid():
        day, language = form.cleaned_data["day"] or day, form.cleaned_data["language"] or JAPANESE
        with translation.override(language):
            shown = drawn(guidance(answers_of(form.answers()), day))
    status = 422 if request.method == "POST" and form.errors else 200
    context = {"form": form, "shown": shown, "day": day, "language": language, "may_set": may(request, SET_GUIDANCE)}
    return render(request, "guidance/look.html", context, status=status)


def drawn(found: Guidance) -> SafeString:
    """Return the list as citizens see it, in the language that is active."""
    return mark_safe(as_ruby(render_to_string("guidance/_things.html", {"guidance": found})))  # noqa: S308 rendered by a template


@requires(SET_GUIDANCE)
@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """Every rule, the nation's and the municipality's, with what counts today and what is to come."""
    today = clock.today()
    live = list(OwnRule.objects.filter(withdrawn_at__isnull=True).order_by("since", "id"))
    national = [rule for rule in national_rules() if rule.until is None or rule.until >= today]
    lines = [_line(rule.code, rule.group, rule.text, rule.source, live, today) for rule in national]
    known = {rule.code for rule in national}
    newest = {row.code: row for row in live if row.code not in known}
    lines += [_line(row.code, row.group, row.text, "", live, today) for row in newest.values()]
    lines.sort(key=lambda line: GROUPS.index(line.group))
    return render(request, "guidance/rules.html", {"lines": [(GROUP_NAMES[line.group], line) for line in lines]})


def _line(code: str, group: str, text: str, source: str, live: list[OwnRule], today: dt.date) -> Line:
    rows = [row for row in live if row.code == code]
    now = next((row for row in reversed(rows) if row.as_rule().valid_on(today)), None)
    own = "" if now is None else _("案内しない") if now.hidden else (now.text or _("書類の組み合わせだけ変更"))
    return Line(code, group, text, source, own, sum(row.since > today for row in rows))


@requires(SET_GUIDANCE)
@require_http_methods(["GET", "HEAD", "POST"])
def rule(request: HttpRequest, code: str) -> HttpResponse:
    """One rule: what the nation says, what the municipality says from which day on, and who changed it. Raises Http404."""
    national = next((found for found in national_rules() if found.code == code), None)
    history = list(OwnRule.objects.filter(code=code))
    if national is None and not history:
        raise Http404
    if national is None:
        return _rule_page(request, AdditionalRuleForm, history[0], None, history)
    return _rule_page(request, OwnRuleForm, history[0] if history else None, national, history)


@requires(SET_GUIDANCE)
@require_http_methods(["GET", "HEAD", "POST"])
def new_rule(request: HttpRequest) -> HttpResponse:
    """A thing that only this municipality asks for."""
    return _rule_page(request, AdditionalRuleForm, None, None, [])


def _rule_page(
    request: HttpRequest, kind: type[OwnRuleForm], newest: OwnRule | None, national: Rule | None, history: list[OwnRule]
) -> HttpResponse:
    languages = offered()
    form = kind(request.POST if request.method == "POST" else None, languages=languages, initial=_initial(newest))
    shown: list[tuple[SiteLanguage, SafeString]] = []
    if request.method == "POST" and form.is_valid():
        row = _row(form, national.code if national else (newest.code if newest else ""), national)
        if "look" in request.POST:
            shown = [(language, _looked_at(row, national, language)) for language in languages]
        elif _stored(request, form, row):
            return HttpResponseRedirect(reverse("guidance:rules"))
    context = {
        "form": form,
        "national": national,
        "papers": [PAPER_NAMES[paper] for paper in national.papers] if national else [],
        "history": history,
        "shown": shown,
    }
    return render(request, "guidance/rule.html", context, status=422 if request.method == "POST" and not shown else 200)


def _initial(newest: OwnRule | None) -> dict[str, object]:
    tomorrow = clock.today() + dt.timedelta(days=1)
    if newest is None:
        return {"since": tomorrow}
    words = {f"{part}_{code}": text for code, parts in newest.translations.items() for part, text in parts.items()}
    return {
        "since": tomorrow,
        "hidden": newest.hidden,
        "text": newest.text,
        "note": newest.note,
        "papers": newest.papers,
        "group": newest.group,
        "procedures": newest.when.get("procedure", []),
        "visitors": newest.when.get("visitor", []),
        **words,
    }


def _row(form: OwnRuleForm, code: str, national: Rule | None) -> OwnRule:
    values = form.cleaned_data
    return OwnRule(
        code=code,
        since=values["since"],
        until=values["until"],
        hidden=values.get("hidden", False),
        group=values.get("group", "") if national is None else national.group,
        text=values["text"],
        note=values["note"],
        papers=values["papers"],
        when=form.when() if isinstance(form, AdditionalRuleForm) else {},
        translations=form.translations(),
    )


def _looked_at(row: OwnRule, national: Rule | None, language: SiteLanguage) -> SafeString:
    """Return the thing as citizens would see it, before anything is stored."""
    with translation.override(language.code):
        return drawn(_only(row, national))


def _only(row: OwnRule, national: Rule | None) -> Guidance:
    answers = {question: accepted[0] for question, accepted in (national.when if national else row.when).items()}
    circumstances = ",".join(national.has[:1]) if national else ""
    probe = OwnRule(
        **{field: getattr(row, field) for field in ("since", "until", "hidden", "group", "text", "note", "papers", "when", "translations")},
        code=row.code or "own-new",
    )
    found = guidance(answers_of({"notice": "yes", **answers, "circumstances": circumstances}), row.since, [probe])
    groups = [group for group in found.groups if any(thing.code == probe.code for thing in group.things)]
    kept = [type(group)(group.code, group.title, [thing for thing in group.things if thing.code == probe.code]) for group in groups]
    return Guidance(found.day, kept, ())


def _stored(request: HttpRequest, form: OwnRuleForm, row: OwnRule) -> bool:
    try:
        set_rule(actor_of(request), row)
    except ValidationError as refusal:
        if hasattr(refusal, "error_dict"):
            for name, faults in refusal.message_dict.items():
                form.add_error(name if name in form.fields else None, faults)
        else:
            form.add_error(None, refusal.messages)
        return False
    messages.success(request, _("持ち物案内の規則を登録しました。"))
    return True


@requires(SET_GUIDANCE)
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an own rule back."""
    if withdraw_rule(actor_of(request), pk):
        messages.success(request, _("規則を取り下げました。"))
    return HttpResponseRedirect(reverse("guidance:rules"))
