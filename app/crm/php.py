"""PHP's way with nested form fields, both ways: `a[b][0]=x`.

`build_query` writes what `http_build_query` writes; `parse_fields` reads what `parse_str` reads, with limits,
because what arrives here comes from strangers.
Source: settings/how-to-call-rest-api/data-encoding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeGuard
from urllib.parse import quote

from app.core.plain import is_plain
from app.errors import BadInput

MAX_FIELDS: Final = 2_000
MAX_DEPTH: Final = 8
MAX_KEY_CHARS: Final = 512
MAX_VALUE_CHARS: Final = 512 * 1024
MAX_TOTAL_CHARS: Final = 1024 * 1024

_KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)", re.ASCII)
_STEP = re.compile(r"\[([^\[\]]*)\]")
_REFERENCE_SAFE = "$[]"


def build_query(params: Mapping[str, object]) -> str:
    """Return `params` as one query string. None is left out, as PHP does; True is 1, False is 0.

    `$result[...]` keeps its brackets and dollar: the portal looks for that text after decoding, and it
    stays readable in a log.
    """
    return "&".join(
        f"{quote(key, safe='[]')}={quote(value, safe=_REFERENCE_SAFE if value.startswith('$result[') else '')}"
        for key, value in flatten(params)
    )


def flatten(params: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Yield every leaf of `params` as (`a[b][0]`, text)."""
    for key, value in params.items():
        yield from _leaves(str(key), value)


def _leaves(key: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _leaves(f"{key}[{name}]", inner)
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        for index, inner in enumerate(value):
            yield from _leaves(f"{key}[{index}]", inner)
    elif isinstance(value, bool):
        yield key, "1" if value else "0"
    elif value is not None:
        yield key, str(value)


def parse_fields(form: Mapping[str, object]) -> dict[str, object]:
    """Return the nested values of a form of flat PHP keys, or of a JSON object as it is, after checks.

    form: key -> list of texts (a form), or a decoded JSON object. Numbers in JSON become text, so that both
    spellings of one call give one value. Raises BadInput for anything larger, deeper or odder than Bitrix24 sends,
    and for a key given twice.
    """
    texts = {key: value for key, value in form.items() if _is_texts(value)}
    if len(texts) == len(form):
        return _from_form(texts)
    return _plain_object(form, depth=0, budget=_Budget())


def _is_texts(value: object) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


class _Budget:
    """Counts what was taken in and refuses more than the limits."""

    def __init__(self) -> None:
        self.fields = 0
        self.chars = 0

    def spend(self, text: str) -> None:
        self.fields += 1
        self.chars += len(text)
        if self.fields > MAX_FIELDS or self.chars > MAX_TOTAL_CHARS or len(text) > MAX_VALUE_CHARS:
            raise BadInput
        if not is_plain(text):
            raise BadInput


def _from_form(form: Mapping[str, list[str]]) -> dict[str, object]:
    budget = _Budget()
    root: dict[str, object] = {}
    for key, values in form.items():
        path = _path(key)
        for value in values:
            budget.spend(value)
            _put(root, path, value)
    return root


def _path(key: str) -> list[str]:
    match = _KEY.fullmatch(key) if len(key) <= MAX_KEY_CHARS and is_plain(key) else None
    if match is None:
        raise BadInput(field=key[:40])
    path = [match[1], *_STEP.findall(match[2])]
    if len(path) > MAX_DEPTH:
        raise BadInput(field=match[1][:40])
    return path


def _put(root: dict[str, object], path: Sequence[str], value: str) -> None:
    """Set one leaf; `[]` appends. A leaf that is set twice, or is both text and list, is refused."""
    here = root
    for step in path[:-1]:
        inner = here.setdefault(step or str(len(here)), {})
        if not isinstance(inner, dict):
            raise BadInput(field=path[0][:40])
        here = inner
    last = path[-1] or str(len(here))
    if last in here:
        raise BadInput(field=path[0][:40])
    here[last] = value


def _plain_object(
    values: Mapping[str, object], *, depth: int, budget: _Budget
) -> dict[str, object]:
    for key in values:
        budget.spend(str(key))
    return {
        str(key): _plain(value, depth=depth + 1, budget=budget) for key, value in values.items()
    }


def _plain(value: object, *, depth: int, budget: _Budget) -> object:
    if depth > MAX_DEPTH:
        raise BadInput
    if isinstance(value, Mapping):
        return _plain_object(value, depth=depth, budget=budget)
    if isinstance(value, list):
        return {
            str(n): _plain(item, depth=depth + 1, budget=budget) for n, item in enumerate(value)
        }
    if isinstance(value, bool):
        value = "1" if value else "0"
    text = "" if value is None else str(value)
    budget.spend(text)
    return text


def text_at(values: Mapping[str, object], *path: str, limit: int = 4096) -> str:
    """Return the text at `path`, "" when there is none. Raises BadInput for a list or a longer text there."""
    here: object = values
    for step in path:
        if not isinstance(here, Mapping):
            return ""
        here = here.get(step, "")
    if not isinstance(here, str) or len(here) > limit:
        raise BadInput(field=path[-1])
    return here


def list_at(values: Mapping[str, object], *path: str) -> list[str]:
    """Return the texts at `path` in the order of their indexes; [] when there are none."""
    here: object = values
    for step in path:
        here = here.get(step, {}) if isinstance(here, Mapping) else {}
    if not isinstance(here, Mapping):
        raise BadInput(field=path[-1])
    texts = [item for _, item in sorted(here.items(), key=_by_index)]
    if not all(isinstance(item, str) for item in texts):
        raise BadInput(field=path[-1])
    return [str(item) for item in texts]


def _by_index(item: tuple[str, object]) -> tuple[int, str]:
    key = item[0]
    return (int(key) if key.isascii() and key.isdigit() and len(key) < 9 else 1 << 30, key)
