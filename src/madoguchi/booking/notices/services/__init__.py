"""Commands of mail: sending what is owed, proving and stopping addresses, reminders, returns, own texts."""

from madoguchi.booking.notices.services.contacts import (
    LinkRefused,
    ask_for_proof,
    forget_addresses,
    note_call,
    note_failure,
    prove,
    resume,
    stop,
)
from madoguchi.booking.notices.services.outbox import Drained, drain_outbox, send_again, send_message, take_in
from madoguchi.booking.notices.services.reminders import remind
from madoguchi.booking.notices.services.returns import Returned, take_back
from madoguchi.booking.notices.services.texts import TrialAnswer, save_text, send_test, use_built_in

__all__ = [
    "Drained",
    "LinkRefused",
    "Returned",
    "TrialAnswer",
    "ask_for_proof",
    "drain_outbox",
    "forget_addresses",
    "note_call",
    "note_failure",
    "prove",
    "remind",
    "resume",
    "save_text",
    "send_again",
    "send_message",
    "send_test",
    "stop",
    "take_back",
    "take_in",
    "use_built_in",
]
