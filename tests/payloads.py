"""A hundred texts that would be markup or script where somebody forgot to treat them as words."""

from __future__ import annotations

TAGS = (
    "script",
    "img src=x",
    "svg",
    "iframe src=javascript:alert(1)",
    "body",
    "details open",
    "a href=javascript:alert(1)",
    "math",
    "object data=x",
    "style",
)
WRAPS = (
    "<{0} onload=alert(1)>",
    '"><{0} onerror=alert(1)>',
    "'><{0} onfocus=alert(1) autofocus>",
    "</title><{0}>",
    "</script><{0}>alert(1)</script>",
    "</textarea><{0}>",
    "--><{0}>",
    "{{{{7*7}}}}<{0}>",
    "&lt;{0}&gt;<{0}>",
    "\u202e<{0} x=`y`>\u2028",
)
PAYLOADS = [wrap.format(tag) for wrap in WRAPS for tag in TAGS]
