"""Parameters of a REST call: query, form, multipart or JSON, with PHP's square brackets."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl, quote

from flask import Request

KEY = re.compile(r"\[([^\]]*)\]")


def of_request(request: Request) -> dict[str, Any]:
    """Return all parameters; the body wins over the query, as `$_REQUEST` does."""
    params = from_pairs(request.args.items(multi=True))
    params.update(from_body(request))
    return params


def from_body(request: Request) -> dict[str, Any]:
    if request.is_json or looks_like_json(request):
        body = json.loads(request.get_data(as_text=True) or "{}")
        return {str(k): v for k, v in body.items()} if isinstance(body, dict) else {}
    params = from_pairs(request.form.items(multi=True))
    for name, upload in request.files.items(multi=True):
        params[name] = [upload.filename, base64.b64encode(upload.read()).decode()]
    return params


def looks_like_json(request: Request) -> bool:
    return not request.mimetype and request.get_data(cache=True)[:1] == b"{"


def from_query(query: str) -> dict[str, Any]:
    """Return the parameters of a query string, as a batch command writes them."""
    return from_pairs(parse_qsl(query, keep_blank_values=True))


def from_pairs(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return nested values for `a[b][]=c` pairs; arrays with keys 0..n-1 become lists."""
    root: dict[str, Any] = {}
    for name, value in pairs:
        head, *rest = path_of(name)
        place(root, [head, *rest], value)
    return {key: listed(value) for key, value in root.items()}


def path_of(name: str) -> list[str]:
    """Return `["a", "b", ""]` for `a[b][]`."""
    start = name.find("[")
    if start <= 0:
        return [name]
    return [name[:start], *KEY.findall(name[start:])]


def place(node: dict[str, Any], path: list[str], value: Any) -> None:
    key = path[0] if path[0] != "" else next_index(node)
    if len(path) == 1:
        node[key] = value
        return
    child = node.get(key)
    if not isinstance(child, dict):
        child = node[key] = {}
    place(child, path[1:], value)


def next_index(node: dict[str, Any]) -> str:
    numbers = [int(k) for k in node if k.isdigit()]
    return str(max(numbers) + 1 if numbers else 0)


def listed(value: Any) -> Any:
    """Turn PHP arrays with consecutive keys into lists, at every depth."""
    if isinstance(value, list):
        return [listed(v) for v in value]
    if not isinstance(value, dict):
        return value
    inner = {k: listed(v) for k, v in value.items()}
    if inner and list(inner) == [str(i) for i in range(len(inner))]:
        return list(inner.values())
    return inner


def to_pairs(value: Any, prefix: str = "") -> list[tuple[str, str]]:
    """Return form pairs for nested values, the way `http_build_query` writes them."""
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, (list, tuple)):
        items = list(enumerate(value))
    else:
        return [(prefix, scalar(value))]
    pairs: list[tuple[str, str]] = []
    for key, inner in items:
        pairs += to_pairs(inner, f"{prefix}[{key}]" if prefix else str(key))
    return pairs


def scalar(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else ""
    return str(value)


def to_query(values: Any) -> str:
    """Return an encoded query string for nested values."""
    return "&".join(f"{quote(k, safe='')}={quote(v, safe='')}" for k, v in to_pairs(values))
