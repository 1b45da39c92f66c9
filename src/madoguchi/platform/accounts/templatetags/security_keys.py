"""What templates ask about authenticators."""

from django import template
from django.http import HttpRequest

from madoguchi.platform.accounts import security_keys

register = template.Library()


@register.simple_tag(takes_context=True)
def keys_work(context: template.Context) -> bool:
    """Tell whether an authenticator can be used on the page that is shown."""
    request = context.get("request")
    return isinstance(request, HttpRequest) and security_keys.obstacle(request) is None
