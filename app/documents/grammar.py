"""The small language of our Word templates: what a placeholder may say, and where it went wrong.

Jinja's sandbox alone lets through huge strings, endless loops and any method of a value (measured), so
this environment compiles nothing but an allow-list of nodes: names, dots, listed filters, tests and tags.
Every source that docxtpl renders passes through `TemplateEnvironment._parse`, so there is no way round it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jinja2 import nodes
from jinja2.exceptions import TemplateSyntaxError
from jinja2.sandbox import SandboxedEnvironment

from app.documents.placeholders import unknown_names
from app.documents.problems import Problem
from app.documents.tags import TAGS
from app.documents.template_pictures import PICTURES

TESTS = frozenset({"defined", "undefined", "none", "even", "odd"})
LOOP = frozenset({"index", "index0", "revindex", "first", "last", "length"})
_PLAIN = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Const, nodes.If, nodes.CondExpr, nodes.And,
    nodes.Or, nodes.Not, nodes.Compare, nodes.Operand, nodes.Concat, nodes.Keyword, nodes.Neg,
)  # fmt: skip
MAX_DEPTH = 3
MAX_TAG_TEXT = 200
PICTURE = "picture"
MAX_ANSWERS = 20

NOT_ALLOWED = "“{code}” is not allowed in a template. Use plain names such as client.name, and the listed filters."
UNKNOWN_FILTER = "There is no filter “{name}”."
UNKNOWN_TAG = "There is no tag “{name}”."
UNKNOWN_NAME = "There is no placeholder “{name}”."
NEEDS_ROLE = 'The tag {name} needs a role in quotes, for instance {name}("client").'
NEEDS_ANSWERS = (
    "The tag choice needs a label and two to twenty answers, for instance "
    'choice("client", "Delivery", "By post", "By hand").'
)
NEEDS_NAME = (
    'The tag crm needs a placeholder in quotes, for instance crm("client", "client.phone").'
)
NEEDS_PICTURE = 'The tag picture prints "logo" or "stamp", for instance picture("logo", width=40).'
UNBALANCED = "This cannot be read: {reason}."


@dataclass(slots=True)
class Findings:
    """What one source uses: `paths` with their line, tag calls, problems."""

    paths: list[tuple[str, int]] = field(default_factory=list)
    tags: list[tuple[str, tuple[object, ...], dict[str, object], int]] = field(default_factory=list)
    problems: list[tuple[str, dict[str, object], str, int]] = field(default_factory=list)


class Refusal(TemplateSyntaxError):
    """The source says something outside the allow-list; `findings` hold every problem."""

    def __init__(self, findings: Findings) -> None:
        key, values, _, line = findings.problems[0]
        super().__init__(key.format(**values), line)
        self.findings = findings


class TemplateEnvironment(SandboxedEnvironment):
    """A sandbox that compiles only the allow-list, and names that `values` has. `filters` replace Jinja's own."""

    def __init__(
        self,
        filters: Mapping[str, Callable[..., object]],
        values: Mapping[str, object],
        **options: Any,
    ) -> None:
        super().__init__(autoescape=True, **options)
        self.known = values
        self.filters = dict(filters)
        self.tests = {name: test for name, test in self.tests.items() if name in TESTS}
        self.globals = {}

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        findings = examine(tree, frozenset(self.filters))
        for unknown, near, line in unknown_names(findings.paths, self.known):
            findings.problems.append((UNKNOWN_NAME, {"name": unknown}, near, line))
        if findings.problems:
            raise Refusal(findings)
        return tree


def examine(tree: nodes.Template, filters: frozenset[str]) -> Findings:
    """Return everything `tree` uses and everything in it that is not allowed."""
    walker = _Walker(filters)
    walker.visit(tree, {}, 0)
    return walker.findings


class _Walker:
    def __init__(self, filters: frozenset[str]) -> None:
        self.filters = filters
        self.findings = Findings()

    def visit(self, node: nodes.Node, scope: Mapping[str, str], depth: int) -> None:
        special = getattr(self, f"_see_{type(node).__name__.lower()}", None)
        if special is not None:
            special(node, scope, depth)
        elif isinstance(node, _PLAIN):
            self._children(node, scope, depth)
        else:
            self._refuse(NOT_ALLOWED, node, code=_say(node))

    def _children(self, node: nodes.Node, scope: Mapping[str, str], depth: int) -> None:
        for child in node.iter_child_nodes():
            self.visit(child, scope, depth)

    def _refuse(
        self, key: str, node: nodes.Node, *, suggestion: str = "", **values: object
    ) -> None:
        self.findings.problems.append((key, values, suggestion, node.lineno or 0))

    def _see_name(self, node: nodes.Name, scope: Mapping[str, str], depth: int) -> None:
        self._see_path(node, scope)

    def _see_getattr(self, node: nodes.Getattr, scope: Mapping[str, str], depth: int) -> None:
        self._see_path(node, scope)

    def _see_getitem(self, node: nodes.Getitem, scope: Mapping[str, str], depth: int) -> None:
        self._see_path(node, scope)

    def _see_path(self, node: nodes.Expr, scope: Mapping[str, str]) -> None:
        path = path_of(node)
        if path is None or any(part.startswith("_") for part in path):
            self._refuse(NOT_ALLOWED, node, code=_say(node))
            return
        if path[0] == "loop" and scope:
            if len(path) != 2 or path[1] not in LOOP:
                self._refuse(NOT_ALLOWED, node, code=".".join(path))
            return
        head = scope.get(path[0], path[0])
        self.findings.paths.append((".".join([head, *path[1:]]), node.lineno))

    def _see_for(self, node: nodes.For, scope: Mapping[str, str], depth: int) -> None:
        path = path_of(node.iter)
        if node.recursive or not isinstance(node.target, nodes.Name) or path is None:
            self._refuse(NOT_ALLOWED, node, code="for")
            return
        if depth + 1 > MAX_DEPTH or node.target.name.startswith("_"):
            self._refuse(NOT_ALLOWED, node, code=f"for {node.target.name}")
            return
        self.visit(node.iter, scope, depth)
        head = ".".join([scope.get(path[0], path[0]), *path[1:]])
        inner = {**scope, node.target.name: f"{head}[]"}
        for child in [*node.body, *([node.test] if node.test else [])]:
            self.visit(child, inner, depth + 1)
        for child in node.else_:
            self.visit(child, scope, depth)

    def _see_filter(self, node: nodes.Filter, scope: Mapping[str, str], depth: int) -> None:
        if node.node is None or node.dyn_args or node.dyn_kwargs:
            self._refuse(NOT_ALLOWED, node, code=node.name)
        elif node.name not in self.filters:
            near = difflib.get_close_matches(node.name, self.filters, 1)
            self._refuse(UNKNOWN_FILTER, node, name=node.name, suggestion="".join(near))
        elif node.name == "default" and path_of(node.node) is not None:
            self._optional(node.node, scope)
            self._children_of(node.args, scope, depth)
        else:
            self._children(node, scope, depth)

    def _see_test(self, node: nodes.Test, scope: Mapping[str, str], depth: int) -> None:
        if node.name not in TESTS:
            self._refuse(NOT_ALLOWED, node, code=f"is {node.name}")
        else:
            self._optional(node.node, scope)

    def _optional(self, node: nodes.Expr, scope: Mapping[str, str]) -> None:
        """A name that may be unknown: it is still checked for form."""
        before = len(self.findings.paths)
        self._see_path(node, scope)
        del self.findings.paths[before:]

    def _children_of(
        self, many: Iterable[nodes.Node], scope: Mapping[str, str], depth: int
    ) -> None:
        for child in many:
            self.visit(child, scope, depth)

    def _see_call(self, node: nodes.Call, scope: Mapping[str, str], depth: int) -> None:
        name = node.node.name if isinstance(node.node, nodes.Name) else None
        if name is None or node.dyn_args or node.dyn_kwargs:
            self._refuse(NOT_ALLOWED, node, code=f"{_say(node.node)}(…)")
            return
        if name not in (*TAGS, PICTURE):
            near = difflib.get_close_matches(name, (*TAGS, PICTURE), 1)
            self._refuse(UNKNOWN_TAG, node, name=name, suggestion="".join(near))
            return
        arguments = [_const(arg) for arg in node.args]
        options = {pair.key: _const(pair.value) for pair in node.kwargs}
        if not all(_is_tag_value(value) for value in [*arguments, *options.values()]):
            self._refuse(NOT_ALLOWED, node, code=f"{name}(…)")
        elif fault := _fault_of_tag(name, arguments):
            self._refuse(fault, node, name=name)
        elif name != PICTURE:
            if name == "crm":
                self.findings.paths.append((str(arguments[1]), node.lineno))
            self.findings.tags.append((name, tuple(arguments), options, node.lineno))


def _fault_of_tag(name: str, arguments: Sequence[object]) -> str:
    """What is wrong with a tag, as a msgid; "" for nothing."""
    if name == PICTURE:
        return (
            "" if [str(one) for one in arguments] in ([one] for one in PICTURES) else NEEDS_PICTURE
        )
    if not arguments or not re.fullmatch(r"[a-z][a-z0-9_]{0,30}", str(arguments[0])):
        return NEEDS_ROLE
    if name == "choice" and not _has_answers(arguments):
        return NEEDS_ANSWERS
    return NEEDS_NAME if name == "crm" and not _names_a_value(arguments) else ""


def path_of(node: nodes.Node) -> list[str] | None:
    """Return ["client", "bank", "iban"] for `client.bank.iban`, or None when it is not a plain path."""
    if isinstance(node, nodes.Name):
        return [node.name]
    if isinstance(node, nodes.Getattr):
        head, last = path_of(node.node), node.attr
    elif isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        head, last = path_of(node.node), node.arg.value
    else:
        return None
    if head is None or not isinstance(last, (str, int)) or isinstance(last, bool):
        return None
    return [*head, str(last)]


def _const(node: nodes.Node) -> object:
    return node.value if isinstance(node, nodes.Const) else node


def _is_tag_value(value: object) -> bool:
    return isinstance(value, (bool, int, float)) or (
        isinstance(value, str) and len(value) <= MAX_TAG_TEXT
    )


def _has_answers(arguments: Sequence[object]) -> bool:
    answers = [str(one).strip() for one in arguments[2:]]
    return 2 <= len(answers) <= MAX_ANSWERS and all(answers) and len(set(answers)) == len(answers)


def _names_a_value(arguments: Sequence[object]) -> bool:
    name = str(arguments[1]) if len(arguments) > 1 else ""
    return re.fullmatch(r"[a-z][a-z0-9_]*(\.[A-Za-z0-9_]+){1,5}", name) is not None


def _say(node: nodes.Node) -> str:
    """A short name of `node` for the sentence a person reads."""
    path = path_of(node)
    if path is not None:
        return ".".join(path)
    words = {"Assign": "set", "AssignBlock": "set", "FromImport": "import", "CallBlock": "call"}
    kind = type(node).__name__
    return words.get(kind, kind.lower())


def place_of(source: str, line: int) -> str:
    """Return the words of the paragraph on `line` of a source that has one paragraph a line."""
    lines = source.splitlines()
    text = re.sub(r"<[^>]+>", "", lines[line - 1]) if 0 < line <= len(lines) else ""
    text = " ".join(text.split())
    return text if len(text) <= 90 else text[:87] + "…"


def as_problem(part: str, source: str, found: tuple[str, dict[str, object], str, int]) -> Problem:
    """Return one finding as a Problem that names its place."""
    key, values, suggestion, line = found
    return Problem(key, values, part=part, place=place_of(source, line), suggestion=suggestion)
