"""Processes of storage in the operation log."""

from madoguchi.platform.audit.processes import Process, ProcessClass

MAKE_BOX = Process("storage.box.make", "保管箱の登録", ProcessClass.ADMINISTER)
VIEW_PICK_LIST = Process("storage.pick-list.view", "取り出し一覧の照会", ProcessClass.VIEW)
