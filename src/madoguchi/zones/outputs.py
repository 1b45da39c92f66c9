"""Where files for the other zone and the ledger of media are made: the same in both zones."""

from madoguchi.platform.audit.outputs import Place
from madoguchi.platform.exchange import audited as exchange
from madoguchi.platform.exchange import queries as files

EXCHANGE: tuple[Place, ...] = (
    Place(exchange.FILE_ISSUED, "exchange:export", keeps=files.kept_files, approved=files.released_by),
    Place(exchange.FILE_WRITTEN, "exchange:export", keeps=files.kept_files, approved=files.released_by),
    Place(exchange.LEDGER_PRINTED, "exchange:ledger"),
)
