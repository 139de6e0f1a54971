"""Parts of the manifest in the words of the registering methods: placement.bind, bizproc.robot.add."""

from __future__ import annotations

from typing import Any

from app.manifest import Placement, Property, Robot


def placement_params(placement: Placement, handler: str) -> dict[str, Any]:
    """Return the parameters of placement.bind. Titles go in every language, the plain one in English."""
    languages = {
        lang: {
            "TITLE": title,
            "DESCRIPTION": placement.descriptions.get(lang, ""),
            "GROUP_NAME": "Paraph",
        }
        for lang, title in placement.titles.items()
    }
    params: dict[str, Any] = {
        "PLACEMENT": placement.code,
        "HANDLER": handler,
        "TITLE": placement.titles["en"],
        "LANG_ALL": languages,
    }
    if placement.options:
        params["OPTIONS"] = placement.options
    return params


def robot_fields(robot: Robot, *, base_url: str, lang: str) -> dict[str, Any]:
    """Return the fields of bizproc.robot.add and .update, and of bizproc.activity, without CODE.

    lang: for the titles of a select, which are plain text there.
    """
    fields = {
        "HANDLER": base_url + robot.handler,
        "NAME": robot.names,
        "DESCRIPTION": robot.descriptions,
        "USE_SUBSCRIPTION": "Y" if robot.wait else "N",
        "PROPERTIES": {key: _property(one, lang) for key, one in robot.properties.items()},
        "RETURN_PROPERTIES": {key: _property(one, lang) for key, one in robot.returns.items()},
        "FILTER": {"INCLUDE": [list(one) for one in robot.include]},
        "USE_PLACEMENT": "Y" if robot.settings else "N",
    }
    if robot.settings:
        fields["PLACEMENT_HANDLER"] = base_url + robot.settings
    return fields


def _property(one: Property, lang: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "Name": one.names,
        "Type": one.type,
        "Required": "Y" if one.required else "N",
        "Multiple": "Y" if one.multiple else "N",
    }
    if one.descriptions:
        found["Description"] = one.descriptions
    if one.default:
        found["Default"] = one.default
    if one.options:
        found["Options"] = {
            key: titles.get(lang, titles["en"]) for key, titles in one.options.items()
        }
    return found
