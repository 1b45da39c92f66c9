"""Processes of the figures in the operation log."""

from madoguchi.platform.audit.processes import Process, ProcessClass

FIGURES_VIEWED = Process("figures.view", "統計の閲覧", ProcessClass.VIEW)
FIGURES_EXPORTED = Process("figures.export", "統計の出力", ProcessClass.EXPORT)
