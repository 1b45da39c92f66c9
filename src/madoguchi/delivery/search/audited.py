"""Processes of searching in the operation log."""

from madoguchi.platform.audit.processes import Process, ProcessClass

SEARCH_PEOPLE = Process("search.people.search", "氏名等による検索", ProcessClass.SEARCH)
TRACE = Process("search.people.trace", "検索語による検索記録の確認", ProcessClass.SEARCH)
REVEAL_PERSON = Process("search.people.reveal", "検索結果の一件の表示", ProcessClass.VIEW)
