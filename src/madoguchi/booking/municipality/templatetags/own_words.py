"""Filters that say what staff typed in Japanese in the language of the page."""

from django import template

from madoguchi.booking.municipality import own_words

register = template.Library()
register.filter("place_name", own_words.place_name)
register.filter("own_words", own_words.say)
register.filter("own_sentence", own_words.say_sentence)
