"""Processes of planning in the operation log."""

from madoguchi.platform.audit.processes import Process, ProcessClass

PROPOSAL_MADE = Process("planning.proposal.make", "窓口の計画の試算", ProcessClass.CHANGE)
FORECAST_VIEWED = Process("planning.forecast.view", "到着と来庁の予測の照会", ProcessClass.VIEW)
