"""Processes of the desk in the operation log."""

from madoguchi.platform.audit.processes import Process, ProcessClass

NUMBER_LOOKED_UP = Process("desk.number.look_up", "予約用IDの照会", ProcessClass.SEARCH)
