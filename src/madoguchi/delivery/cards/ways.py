"""Where each act on a card is done: on the card's own page, or at a named page of the step that it belongs to.

The names are those of `docs/urls.md`, which also says who may open them. A test keeps this table whole: every act has a way, every way
exists, asks for a right, and leads to code that carries the act out.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from madoguchi.delivery.cards import rules

CARD_PAGE = "cards:act"


class Confirmed(enum.Enum):
    """Who else stands behind an act."""

    BY_NOBODY = "nobody"
    BY_WITNESS = "witness"
    """A second person on the same screen."""
    BY_APPROVAL = "approval"
    """The head of the section, later, from the list of what waits."""


@dataclass(frozen=True, slots=True)
class ActPage:
    """An act that is done on the page of one card: what its form asks for, and who else stands behind it."""

    code: str
    asks: tuple[str, ...] = ()
    confirmed: Confirmed = Confirmed.BY_NOBODY

    @property
    def act(self) -> rules.Act:
        return rules.ACT_BY_CODE[self.code]


ON_THE_CARD: Mapping[str, ActPage] = {
    page.code: page
    for page in (
        ActPage("send_application", (), Confirmed.BY_WITNESS),
        ActPage("withdraw", ("document", "reason"), Confirmed.BY_WITNESS),
        ActPage("lapse", ("reason",), Confirmed.BY_WITNESS),
        ActPage("take_up_again", ("terminal_checked", "reason"), Confirmed.BY_APPROVAL),
        ActPage("correct_delivery", ("terminal_checked", "site", "reason"), Confirmed.BY_APPROVAL),
        ActPage("take_back", ("site", "reason")),
        ActPage("lapse_after", ("reason",)),
        ActPage("report_missing", ("reason",)),
        ActPage("confirm_loss", ("reason",), Confirmed.BY_APPROVAL),
        ActPage("take_from_bag", ("site", "reason")),
        ActPage("unmake_notice", ("reason",)),
        ActPage("finish_visit", ()),
        ActPage("propose_disposal", ("reason",)),
        ActPage("release_disposal", ("reason",)),
    )
}

ELSEWHERE: Mapping[str, tuple[str, ...]] = {
    "send_application": ("registration:send",),
    "arrive": ("intake:scan",),
    "arrive_ended": ("intake:scan",),
    "inspect": ("intake:inspect",),
    "preset": ("intake:presets",),
    "hand_over": ("handover:deliver",),
    "store": ("storage:put",),
    "send_transfer": ("storage:send",),
    "receive_transfer": ("storage:receive", "storage:put"),
    "take_to_counter": ("storage:take",),
    "report_missing": ("storage:close-transfer", "storage:stock-close"),
    "make_notice": ("dispatch:list",),
    "send_notice": ("dispatch:sent",),
    "remind": ("dispatch:sent",),
    "urge": ("dispatch:sent",),
    "warn_of_disposal": ("dispatch:sent",),
    "notice_came_back": ("dispatch:return",),
    "put_in_mail": ("dispatch:seal",),
    "deliver_by_mail": ("dispatch:delivered",),
    "book_visit": ("exchange:import",),
    "cancel_visit": ("exchange:import",),
    "no_show": ("exchange:import",),
    "person_arrives": ("handover:receive",),
    "begin_service": ("handover:receive",),
    "refuse_handover": ("handover:refuse", "exchange:import"),
    "approve_disposal": ("disposal:request",),
    "release_disposal": ("disposal:leave-out",),
    "put_in_bag": ("disposal:scan",),
    "dispose": ("disposal:carry-out",),
}

ENTRIES: Mapping[str, tuple[str, ...]] = {
    "import": ("intake:approve",),
    "register": ("registration:new",),
    "take_over": ("takeover:lists",),
    "reissue": ("cards:reissue",),
}
"""Where a card enters the register, by the codes of `rules.ENTRIES`."""


def ways_of(code: str) -> tuple[str, ...]:
    """Return the names of the addresses at which the act `code` is done."""
    return (*((CARD_PAGE,) if code in ON_THE_CARD else ()), *ELSEWHERE.get(code, ()))


def offered(facts: rules.CardFacts, evidence: rules.Evidence) -> list[ActPage]:
    """Return the acts that the page of a card with `facts` offers: those that nothing but missing evidence stands against.

    `evidence` says who acts and when; what the form will ask for is taken as given.
    """
    return [page for page in ON_THE_CARD.values() if rules.refusal(page.act, facts, rules.with_everything(evidence)) is None]
