"""Where a zone finds itself: its data folder, its database, its secrets. Written once by `madoguchi init`, read by every process."""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from madoguchi.kernel.purposes import Purpose, purpose_of
from madoguchi.platform.accounts.provider_settings import Provider
from madoguchi.platform.database.cluster import Cluster, embedded_binaries
from madoguchi.platform.database.roles import role_name
from madoguchi.platform.language import Sentence
from madoguchi.platform.verbs import Refusal

Zone = Literal["booking", "delivery"]
ZONES: tuple[Zone, ...] = get_args(Zone)
# Made at `init`, 32 random bytes each: Django's key, the pepper of the verifiers, the keys that seal booking codes and pictures at rest.
SECRET_NAMES = ("django", "pepper", "codes", "images")
DATA_VARIABLE, ZONE_VARIABLE, ROLE_VARIABLE = "MADOGUCHI_DATA", "MADOGUCHI_ZONE", "MADOGUCHI_ROLE"
# Where the web server beside a worker answers; the booking zone's worker asks it once a minute.
PROBE_VARIABLE = "MADOGUCHI_PROBE"


@dataclass(frozen=True)
class ZoneFile:
    """`zone.json` of one zone: what it is and where its database is.

    `server` is None for the embedded cluster in the data folder, else `host:port` of a PostgreSQL server (Debian's, say); the passwords
    of the roles are then in the zone's secrets.
    """

    zone: Zone
    municipality: str
    installation: str
    database: str
    server: str | None = None
    demo: bool = False
    # What the installation is for; its number says the same (madoguchi.kernel.purposes).
    purpose: Purpose = Purpose.PRODUCTION
    https: bool = False
    second_factor: bool = True
    hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "[::1]")
    mail_host: str = "127.0.0.1"
    mail_port: int = 25
    mail_from: str = ""
    mail_reply_to: str = ""
    # The address to which the mail system reports (it gets a reference behind a plus sign), and the mailbox in which the reports arrive:
    # maildir:/folder or imaps://user@host/folder.
    mail_returns: str = ""
    mail_returns_mailbox: str = ""
    public_url: str = ""
    # Addresses of the own web servers in front (nginx): only what they say about the client is believed.
    proxies: tuple[str, ...] = ()
    # Where staff open this zone, https://name or http://localhost:port: authenticators are bound to it (madoguchi.platform.accounts.rules).
    staff_address: str = ""
    # Whether an authenticator has to ask for its PIN or fingerprint, and whether keys that a maker's cloud copies are taken.
    key_user_verification: bool = True
    synced_keys: bool = False
    # The municipality's own sign-in service for staff, when there is one (OpenID Connect).
    single_sign_on: Provider | None = None
    # The virus scanner of this machine: clamd:/socket or command:/usr/bin/clamscan (madoguchi.platform.virus_scan).
    virus_scanner: str = ""
    # A file that the server's own backup writes anew whenever it has succeeded: its time is shown as that of the last backup.
    backup_stamp: str = ""


@dataclass(frozen=True)
class ZoneFolder:
    """The folder of one zone inside the data folder, with its secrets (0600, in a 0700 folder)."""

    data: Path
    zone: Zone

    @property
    def path(self) -> Path:
        return self.data / self.zone

    @property
    def secrets(self) -> Path:
        return self.path / "secrets"

    def exists(self) -> bool:
        """Tell whether `init` has completed for this zone: the zone file is written last."""
        return (self.path / "zone.json").exists()

    def read(self) -> ZoneFile:
        """Read `zone.json`.

        Raises Refusal when it cannot be read or is damaged, and when it says another purpose than the installation's number.
        """
        path = self.path / "zone.json"
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
            for name in ("hosts", "proxies"):
                raw[name] = tuple(raw.get(name, ()))
            if raw.get("single_sign_on"):
                raw["single_sign_on"] = self._provider(raw["single_sign_on"])
            raw["purpose"] = Purpose(raw.get("purpose", Purpose.PRODUCTION))
            found = ZoneFile(**raw)
        except (OSError, ValueError, TypeError, AttributeError):
            raise Refusal(Sentence("設置の記録 {path} を読めないか、壊れています。控えから戻してください。", path=path)) from None
        if purpose_of(found.installation) is not found.purpose:
            raise Refusal(
                Sentence(
                    "設置の記録 {path} の用途 (purpose) が、導入環境の番号と合いません。用途は後から変えられません。"
                    "研修や検証の環境は `madoguchi init --purpose` で別に作ってください。",
                    path=path,
                )
            )
        return found

    def _provider(self, raw: dict[str, Any]) -> Provider:
        try:
            return Provider.from_json(raw)
        except (ValueError, TypeError, AttributeError):
            raise Refusal(
                Sentence(
                    "{path} の single_sign_on が正しくありません。issuer（https で始まる住所）と client_id、項目の名前を確かめてください。",
                    path=self.path / "zone.json",
                )
            ) from None

    def write(self, zone_file: ZoneFile) -> None:
        """Write `zone.json` whole or not at all."""
        self.path.mkdir(parents=True, exist_ok=True)
        draft = self.path / "zone.json.new"
        draft.write_text(json.dumps(asdict(zone_file), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        draft.replace(self.path / "zone.json")

    def secret(self, name: str) -> bytes:
        """Return the secret `name`; raises FileNotFoundError when it was never made (fail closed)."""
        return (self.secrets / name).read_bytes()

    def make_secret(self, name: str, size: int = 32) -> bytes:
        """Return the secret `name`, made of `size` random bytes if there is none yet."""
        path = self.secrets / name
        if not path.exists():
            self.secrets.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft = path.with_suffix(".new")
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as handle:
                handle.write(secrets.token_bytes(size))
            draft.replace(path)
        return path.read_bytes()


def data_folder() -> Path | None:
    """Return the data folder that the environment names, if any."""
    named = os.environ.get(DATA_VARIABLE)
    return Path(named).absolute() if named else None


# How often a connection carries out a statement of `platform.database.prepared` before it keeps the plan; all others are never prepared.
PREPARED_AFTER = 3


def cluster_of(data: Path) -> Cluster:
    """Return the embedded cluster of a data folder."""
    return Cluster(data / "database", embedded_binaries(), fsync=os.environ.get("MADOGUCHI_FSYNC", "on") != "off")


def connection_settings(folder: ZoneFolder, zone_file: ZoneFile, role: str) -> dict[str, object]:
    """Return Django's settings for the zone's database as `role`: persistent connections, short time-outs."""
    if zone_file.server is None:
        cluster = cluster_of(folder.data)
        where: dict[str, object] = {"HOST": str(cluster.socket_folder), "PORT": "5432"}
    else:
        host, _, port = zone_file.server.rpartition(":")
        where = {"HOST": host, "PORT": port, "PASSWORD": folder.secret(f"database-{role}").hex()}
    timeouts = "" if role == "migrator" else "-c statement_timeout=30s -c lock_timeout=5s -c idle_in_transaction_session_timeout=60s"
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": zone_file.database,
        "USER": role_name(folder.zone, role),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"prepare_threshold": PREPARED_AFTER, "options": timeouts, "connect_timeout": 5},
        **where,
    }
