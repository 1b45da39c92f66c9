"""The municipality's own sign-in service (職員認証基盤) as zone.json names it; plain values."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from madoguchi.platform.accounts.rules import origin_of

# The file of the client secret, if the zone has one there, among the zone's secrets.
CLIENT_KEY = "single-sign-on"
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Provider:
    """An OpenID Provider (AD FS, Entra ID, Keycloak …) in which this zone is registered as a client.

    Attributes:
        issuer: its issuer identifier, to the letter (OpenID Connect Discovery section 3); nothing but its host is spoken to.
        client_id: the name of this zone there. The secret, if it has one, lies in the zone's `secrets/single-sign-on`.
        name: what staff call it.
        ca_file: certificates (PEM) of the authority that its TLS certificate comes from; empty for those of the system.
        acr, amr: values that say that a second factor was shown there; without one of them in the token our own is asked for.
        ask_anew: whether it has to ask the person each time. Otherwise whoever comes to a terminal next is signed in as the one before.
        local_accounts: the user ids that may also sign in here, with a password: those for emergencies. Empty: every account may.
    """

    issuer: str
    client_id: str
    name: str = "職員認証基盤"
    ca_file: str = ""
    acr: tuple[str, ...] = ()
    amr: tuple[str, ...] = ()
    ask_anew: bool = True
    local_accounts: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> "Provider":
        """Read the object in zone.json; raises TypeError for words that mean nothing, ValueError for an issuer that cannot be trusted."""
        words: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in raw.items()}
        provider = cls(**words)
        texts = (provider.client_id, provider.name, provider.ca_file, *provider.acr, *provider.amr, *provider.local_accounts)
        lists = all(isinstance(one, tuple) for one in (provider.acr, provider.amr, provider.local_accounts))
        if not (lists and all(isinstance(text, str) for text in texts) and isinstance(provider.ask_anew, bool)):
            raise TypeError("words, lists of words, true or false")
        if not (is_trustworthy(provider.issuer) and provider.client_id):
            raise ValueError("issuer and client_id")
        return provider

    def may_sign_in_here(self, user_id: str) -> bool:
        """Tell whether `user_id` may sign in with a password of this zone."""
        return not self.local_accounts or user_id in self.local_accounts


def is_trustworthy(issuer: str) -> bool:
    """Tell whether what an issuer at this address says can be believed: https, or this machine for a trial."""
    origin, parts = origin_of(issuer), urlsplit(issuer)
    at_home = (parts.hostname or "") in _LOOPBACK
    return (origin.startswith("https://") or (bool(origin) and at_home)) and not (parts.query or parts.fragment or parts.username)
