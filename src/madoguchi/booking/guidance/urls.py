"""Addresses of the guidance: the questions for everybody, and the rules at the desk. No answer ever stands in an address."""

from django.urls import path

from madoguchi.booking.guidance.views import desk, questions

app_name = "guidance"
urlpatterns = [
    path("guidance/", questions.start, name="start"),
    path("guidance/result/", questions.result, name="result"),
    path("guidance/<slug:question>/", questions.ask, name="question"),
    path("desk/guidance/", desk.look, name="look"),
    path("desk/guidance/rules/", desk.rules, name="rules"),
    path("desk/guidance/rules/new/", desk.new_rule, name="new-rule"),
    path("desk/guidance/rules/<slug:code>/", desk.rule, name="rule"),
    path("desk/guidance/withdraw/<int:pk>/", desk.withdraw, name="withdraw"),
]
