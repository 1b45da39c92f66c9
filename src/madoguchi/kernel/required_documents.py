"""What somebody has to bring, from the answers to four to six questions, as dated rules (BK-09).

The rows stand in `required_documents.toml` beside this file with their days and their sources. A municipality lays own rows over them:
its words, other papers, a row taken away, or a row of its own. Everything here is pure: rules, answers and a day in, a list out. Texts are
Japanese; who shows them translates them.

Sources: 番号法施行令13条 (personal appearance, agents), 番号法施行規則 (papers), 個人番号カードの交付等に関する事務処理要領; what only
municipalities' own notices say is marked so in the row.
"""

import datetime as dt
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType

RULES_FILE = Path(__file__).with_name("required_documents.toml")

# In the order in which people read them.
GROUPS = ("letter", "own", "escort", "proof", "return", "fee", "prepare")
# Every way in which papers can be enough.
PAPERS = ("A", "BB", "AA", "AB", "BBB+", "BB+N", "PHOTO")

PROCEDURES = ("receive", "apply", "reissue", "renew-certificate", "reset-pin", "card-update")
# Done at the counter too, but not asked about by the public wizard.
COUNTER_PROCEDURES = ("renew-certificate", "reset-pin", "card-update", "release-suspension", "return-card")
OWNERS = ("adult", "child", "ward")
GUARDIANSHIPS = ("guardianship", "curatorship")
REASONS = ("elderly", "hospital", "facility", "care", "disability", "pregnant", "student", "abroad", "voyage", "home")
CIRCUMSTANCES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "receive": (
            *("changed", "foreigner", "stay-extended", "wants-certificates", "infant", "separate-household"),
            *("notification-card", "juki-card", "old-card", "old-card-lost"),
        ),
        "apply": ("foreigner", "infant", "separate-household", "application-form", "notification-card", "juki-card", "old-card"),
        "reissue": ("foreigner", "separate-household", "lost-outside", "damaged", "notification-card"),
        "renew-certificate": ("foreigner", "separate-household", "expiry-notice"),
        "reset-pin": ("separate-household",),
        "card-update": ("foreigner", "stay-extended", "separate-household"),
    }
)
# Circumstances that only make sense for a child.
_OF_CHILDREN = frozenset({"infant", "separate-household"})
_CONDITIONS = ("procedure", "owner", "guardianship", "visitor", "reason", "notice")


@dataclass(frozen=True, slots=True)
class Answers:
    """What is known of a case. `circumstances` None: nobody asked, so that what some people have is named with 「お持ちの方」."""

    procedure: str = "receive"
    owner: str = "adult"
    guardianship: str = ""
    visitor: str = "self"
    reason: str = ""
    notice: str = "yes"
    circumstances: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing to bring, for whom, and from when to when (both days included)."""

    code: str
    group: str
    text: str
    since: dt.date
    source: str
    note: str = ""
    until: dt.date | None = None
    papers: tuple[str, ...] = ()
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    if_known: bool = True
    own: bool = False

    def valid_on(self, day: dt.date) -> bool:
        """Tell whether the row counts on `day`."""
        return self.since <= day and (self.until is None or day <= self.until)

    def fits(self, answers: Answers) -> bool:
        """Tell whether the row is for this case."""
        if any(getattr(answers, question) not in accepted for question, accepted in self.when.items()):
            return False
        if answers.circumstances is None:
            return not self.has or not self.if_known
        return (not self.has or not answers.circumstances.isdisjoint(self.has)) and answers.circumstances.isdisjoint(self.lacks)


@dataclass(frozen=True, slots=True)
class OwnRule:
    """A municipality's row over the national one with the same code, or beside them. Empty parts leave what the national row says."""

    code: str
    since: dt.date
    until: dt.date | None = None
    hidden: bool = False
    group: str = ""
    text: str = ""
    note: str = ""
    papers: tuple[str, ...] = ()
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def valid_on(self, day: dt.date) -> bool:
        """Tell whether the row counts on `day`."""
        return self.since <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to bring; `if_you_have`: for those who have it, because nobody asked."""

    code: str
    group: str
    text: str
    note: str
    papers: tuple[str, ...]
    if_you_have: bool
    own: bool


@cache
def national_rules() -> tuple[Rule, ...]:
    """Return every row of the data file. Raises ValueError when a row names an unknown group, paper, question or circumstance."""
    with RULES_FILE.open("rb") as file:
        rows = tomllib.load(file)["rule"]
    return tuple(_rule(row) for row in rows)


def _rule(row: dict[str, object]) -> Rule:
    values = dict(row)
    when = {question: tuple(_strings(values.pop(question))) for question in _CONDITIONS if question in values}
    for name in ("papers", "has", "lacks"):
        values[name] = tuple(_strings(values.get(name, ())))
    rule = Rule(when=when, **values)  # type: ignore[arg-type]  # the dataclass refuses unknown names; values are checked below
    known = {circumstance for several in CIRCUMSTANCES.values() for circumstance in several}
    if rule.group not in GROUPS or not set(rule.papers) <= set(PAPERS) or not {*rule.has, *rule.lacks} <= known:
        raise ValueError(f"rule {rule.code}: unknown group, paper or circumstance")
    return rule


def _strings(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list | tuple) else []


def rules_on(day: dt.date, own: Iterable[OwnRule] = ()) -> list[Rule]:
    """Return the rows that count on `day`: the national ones with the municipality's laid over them.

    Of several own rows with one code that are valid on the day, the one that began last counts.
    """
    newest: dict[str, OwnRule] = {}
    for row in sorted(own, key=lambda row: row.since):
        if row.valid_on(day):
            newest[row.code] = row
    found: list[Rule] = []
    for rule in national_rules():
        if not rule.valid_on(day):
            continue
        over = newest.pop(rule.code, None)
        if over is None:
            found.append(rule)
        elif not over.hidden:
            changed = {name: getattr(over, name) for name in ("text", "papers") if getattr(over, name)}
            found.append(replace(rule, own=True, note=over.note if over.text else (over.note or rule.note), **changed))
    for code, row in newest.items():
        if not row.hidden and row.text and row.group in GROUPS:
            found.append(Rule(code, row.group, row.text, row.since, "", row.note, row.until, row.papers, row.when, own=True))
    return found


def required(answers: Answers, rules: Sequence[Rule]) -> list[Item]:
    """Return what to bring in this case, in the order of the groups; `rules` are those of the day (`rules_on`)."""
    unasked = answers.circumstances is None
    fitting = [rule for rule in rules if rule.fits(answers)]
    fitting.sort(key=lambda rule: GROUPS.index(rule.group))
    return [Item(rule.code, rule.group, rule.text, rule.note, rule.papers, unasked and not rule.if_known, rule.own) for rule in fitting]


def questions(answers: Mapping[str, str]) -> list[str]:
    """Return the questions that this way through the wizard has, in order, as far as the answers so far decide it."""
    asked = ["procedure", "owner"]
    if answers.get("owner") == "ward":
        asked.append("guardianship")
    asked.append("visitor")
    if answers.get("visitor") == "agent" and answers.get("procedure") == "receive":
        asked.append("reason")
    if answers.get("procedure") == "receive":
        asked.append("notice")
    return [*asked, "circumstances"]


def choices(question: str, answers: Mapping[str, str]) -> tuple[str, ...]:
    """Return the answers that a question offers behind the answers so far. Raises KeyError for an unknown question."""
    if question == "visitor":
        if answers.get("owner") != "adult":
            return ("together",) if answers.get("procedure") == "apply" else ("together", "representative")
        return ("self",) if answers.get("procedure") == "apply" else ("self", "agent")
    if question == "circumstances":
        offered = CIRCUMSTANCES[answers.get("procedure", "receive")]
        return tuple(code for code in offered if answers.get("owner") == "child" or code not in _OF_CHILDREN)
    return {
        "procedure": PROCEDURES,
        "owner": OWNERS,
        "guardianship": GUARDIANSHIPS,
        "reason": REASONS,
        "notice": ("yes", "no"),
    }[question]
