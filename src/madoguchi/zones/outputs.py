"""Where the outputs of rooms that both zones have are made: files for the other zone, the ledger of media, the review of rights."""

from madoguchi.platform.accounts import audited as accounts
from madoguchi.platform.audit.outputs import Place
from madoguchi.platform.exchange import audited as exchange
from madoguchi.platform.exchange import queries as files
from madoguchi.platform.oversight import audited as oversight

COMMON: tuple[Place, ...] = (
    Place(exchange.FILE_ISSUED, "exchange:export", keeps=files.kept_files, approved=files.released_by),
    Place(exchange.FILE_WRITTEN, "exchange:export", keeps=files.kept_files, approved=files.released_by),
    Place(exchange.LEDGER_PRINTED, "exchange:ledger"),
    Place(oversight.FACTS_TAKEN, "oversight:facts"),
    Place(oversight.FACTS_PRINTED, "oversight:facts"),
    Place(oversight.LOG_EXPORTED, "oversight:exports"),
    Place(accounts.REVIEW_PRINTED, "accounts:reviews", {"rights-review": "accounts:review"}),
)
