"""What to bring, with the municipality's own rules and in the language of the reader."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.utils import translation
from django.utils.translation import gettext as _

from madoguchi.booking.guidance.models import OwnRule
from madoguchi.booking.guidance.words import ANSWER_NAMES, CLASS_NAMES, GROUP_NAMES, PAPER_NAMES, PAPERS_IN_A_LINE
from madoguchi.kernel.documents import kinds_on
from madoguchi.kernel.required_documents import GROUPS, Answers, Item, Rule, required, rules_on
from madoguchi.platform import clock
from madoguchi.platform.ui import languages
from madoguchi.platform.ui.furigana import in_brackets
from madoguchi.platform.ui.languages import EASY, JAPANESE


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing to bring as it is shown; `japanese`: the municipality gave no words in the language of this page."""

    code: str
    text: str
    note: str
    papers: Sequence[str]
    if_you_have: bool
    japanese: bool = False

    @property
    def ways(self) -> list[str]:
        """Each way in which papers are enough; their classes are explained beside it."""
        return [str(PAPER_NAMES[paper]) for paper in self.papers]


@dataclass(frozen=True, slots=True)
class ThingGroup:
    """Things under one heading."""

    code: str
    title: str
    things: Sequence[Thing]


@dataclass(frozen=True, slots=True)
class Guidance:
    """Everything to bring in one case on one day, and which papers are of class A and of class B."""

    day: dt.date
    groups: Sequence[ThingGroup]
    papers: Sequence[tuple[str, Sequence[str]]]


def own_rules_on(day: dt.date) -> list[OwnRule]:
    """Return the municipality's rows that count on `day`, the one that began last behind the others. One statement."""
    return [row for row in OwnRule.objects.filter(withdrawn_at__isnull=True).order_by("since", "id") if row.as_rule().valid_on(day)]


def all_rules_on(day: dt.date) -> list[Rule]:
    """Return what counts on `day`: the nation's rules with the municipality's over them."""
    return rules_on(day, [row.as_rule() for row in own_rules_on(day)])


def guidance(answers: Answers, day: dt.date, own: Sequence[OwnRule] | None = None) -> Guidance:
    """Return what to bring, in the language that is active; `own` in the place of the stored rows shows what is not stored yet."""
    rows = own_rules_on(day) if own is None else own
    by_code = {row.code: row for row in rows if row.as_rule().valid_on(day)}
    items = required(answers, rules_on(day, [row.as_rule() for row in rows]))
    things = [(item.group, _thing(item, by_code.get(item.code))) for item in items]
    groups = [
        ThingGroup(group, str(GROUP_NAMES[group]), tuple(thing for of, thing in things if of == group))
        for group in GROUPS
        if any(of == group for of, _thing_of_it in things)
    ]
    needs_papers = any(set(paper) & {"A", "B"} for item in items for paper in item.papers)
    return Guidance(day, groups, tuple(_papers_on(day)) if needs_papers else ())


def _papers_on(day: dt.date) -> list[tuple[str, Sequence[str]]]:
    kinds = kinds_on(day)
    return [(str(name), tuple(_(kind.name) for kind in kinds if kind.proves == proves)) for proves, name in CLASS_NAMES.items()]


def _thing(item: Item, row: OwnRule | None) -> Thing:
    if row is None or not row.text:
        return Thing(item.code, _(item.text), _(item.note) if item.note else "", item.papers, item.if_you_have)
    words = row.translations.get(languages.current(), {})
    if words.get("text"):
        return Thing(item.code, words["text"], words.get("note", ""), item.papers, item.if_you_have)
    foreign = languages.current() not in {JAPANESE, EASY}
    return Thing(item.code, row.text, row.note, item.papers, item.if_you_have, japanese=foreign)


def guidance_lines(
    kind: str, case: Answers | None = None, language: str = JAPANESE, day: dt.date | None = None, *, plain: bool = False
) -> list[str]:
    """Return what to bring to a visit, one line a thing, in `language`: for the done page, mails and the desk.

    Args:
        kind: code of the kind of visit (予約区分); one that the rules do not know gives the municipality's own rows for it, often none.
        case: the answers of the wizard; None for the person in person with the notice, of whom nothing more is known.
        language: code of the reader's language.
        day: the day of the visit; None today.
        plain: for mails and files: readings of easy Japanese stand in brackets behind their words.
    """
    answers = replace(case or Answers(), procedure=kind)
    with translation.override(language):
        found = guidance(answers, day or clock.today())
        lines = [_line(thing) for group in found.groups for thing in group.things]
    return [in_brackets(line) for line in lines] if plain else lines


def _line(thing: Thing) -> str:
    text = thing.text
    if thing.papers:
        ways = [str(PAPERS_IN_A_LINE[paper]) for paper in thing.papers]
        text = _("%(thing)s：%(ways)s") % {"thing": text, "ways": _("、または").join(ways)}
    return _("%(thing)s（お持ちの方）") % {"thing": text} if thing.if_you_have else text


def answers_of(given: Mapping[str, str]) -> Answers:
    """Return the answers of the wizard as the rules take them; circumstances that were not asked stay unknown."""
    circumstances = given.get("circumstances")
    return Answers(
        procedure=given.get("procedure", "receive"),
        owner=given.get("owner", "adult"),
        guardianship=given.get("guardianship", ""),
        visitor=given.get("visitor", "self"),
        reason=given.get("reason", ""),
        notice=given.get("notice", ""),
        circumstances=None if circumstances is None else frozenset(filter(None, circumstances.split(","))),
    )


def answer_in_words(question: str, answer: str) -> str:
    """Return an answer as it was offered; for circumstances all that were chosen."""
    names = ANSWER_NAMES[question]
    return _("、").join(str(names[code]) for code in answer.split(",") if code in names) or _("なし")
