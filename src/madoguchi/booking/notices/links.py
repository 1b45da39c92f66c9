"""Links in mails: a random token for one purpose. The database holds its hash; whoever reads the database can open nothing with it."""

import hashlib
import re
import secrets
from dataclasses import dataclass

# 160 bits, in letters that no mail program breaks or turns into something else.
TOKEN = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class Links:
    """The web addresses that one mail holds; empty where it holds none."""

    site: str = ""
    prove: str = ""
    manage: str = ""
    stop: str = ""


def new_token() -> str:
    """Return a token that nobody can guess."""
    return secrets.token_hex(20)


def digest_of(purpose: str, token: str) -> str:
    """Return the form in which a token is kept. The purpose goes in: a token for one purpose is nothing at the door of another."""
    return hashlib.sha256(f"{purpose}\x1f{token}".encode()).hexdigest()
