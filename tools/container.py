"""The container's files, judged without an engine: `python -m tools.container`.

Asked for are what hadolint and the compose specification ask for, and what we promise: no root, one volume,
hashes, every file that the program reads. `python -m tools.container_walk` runs the steps for real.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import yaml

from app.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
COMPOSE = ("compose.yaml", "compose.postgres.yaml")
OURS = ("web", "worker")
WANTED = {
    "apt-get install": (
        "apt-get update",
        "--no-install-recommends",
        "-y",
        "rm -rf /var/lib/apt/lists",
    ),
    "pip install": ("--no-cache-dir", "--require-hashes"),
}
MUST = {"read_only": True, "cap_drop": ["ALL"], "security_opt": ["no-new-privileges:true"]}
READS = re.compile(r'ROOT / "([\w.]+)"(?: / "([\w.-]+)")?')


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction of the Dockerfile."""

    word: str
    rest: str


def steps(text: str) -> list[Step]:
    """Return the instructions, each on one line, without comments."""
    lines = [one for one in text.splitlines() if not one.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    split = (one.split(None, 1) for one in joined.splitlines() if one.strip())
    return [Step(word.upper(), rest) for word, rest in split]


def dockerfile_faults(text: str, ignored: str, root: Path = ROOT) -> Iterator[str]:
    """Yield what is wrong with a Dockerfile: what hadolint asks for, and what we promise."""
    found = steps(text)
    words = [one.word for one in found]
    for step in found:
        yield from _step_faults(step, ignored, root)
    users = [one.rest for one in found if one.word == "USER"]
    if not users or users[-1] in ("root", "0"):
        yield "the last USER must not be root"
    for word in ("HEALTHCHECK", "VOLUME", "EXPOSE", "CMD"):
        if word not in words:
            yield f"{word} is missing"
    if "VOLUME" in words and found[words.index("VOLUME")].rest != "/data":
        yield "the one volume must be /data"


def _step_faults(step: Step, ignored: str, root: Path) -> Iterator[str]:
    if step.word == "ADD":
        yield "ADD fetches and unpacks: use COPY"
    if step.word == "FROM":
        image = step.rest.split()[0]
        if ":" not in image or image.endswith(":latest"):
            yield f"{image} has no version"
    if step.word in ("CMD", "ENTRYPOINT") and not step.rest.startswith("["):
        yield f"{step.word} must be a JSON list, or signals do not arrive"
    if step.word == "COPY" and not step.rest.startswith("--from"):
        yield from _copy_faults(step.rest.split()[:-1], ignored, root)
    if step.word == "RUN":
        yield from _run_faults(step.rest)


def _copy_faults(sources: list[str], ignored: str, root: Path) -> Iterator[str]:
    let_in = [line[1:] for line in ignored.splitlines() if line.startswith("!")]
    for source in sources:
        if not (root / source).exists():
            yield f"COPY {source}: there is no such file"
        elif not any(fnmatch(source, one) for one in let_in):
            yield f"COPY {source}: .dockerignore leaves it out"


def _run_faults(command: str) -> Iterator[str]:
    for tool, words in WANTED.items():
        if tool in command:
            yield from (f"{tool} without {word}" for word in words if word not in command)
    if re.search(r"\b(sudo|curl|wget)\b", command):
        yield "a step must neither become root nor fetch"


def unread_faults(text: str, root: Path = ROOT) -> Iterator[str]:
    """Yield the files that the program reads at its root and the image does not hold."""
    copied = {
        word
        for step in steps(text)
        if step.word == "COPY" and not step.rest.startswith("--from")
        for word in step.rest.split()
    }
    for room in ("app", "handlers", "placements"):
        for path in sorted((root / room).rglob("*.py")):
            for first, second in READS.findall(path.read_text("utf-8")):
                if first != "var" and not {first, f"{first}/{second}"} & copied:
                    yield f"{path.relative_to(root)} reads {first}, which is not in the image"


def compose_faults(files: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Yield what is wrong with the compose files, read by name."""
    for file, content in files.items():
        for name, service in content["services"].items():
            yield from (f"{file}: {name}: {one}" for one in _service_faults(name, service))
    first = files[COMPOSE[0]]["services"]
    for name in OURS:
        for key, value in MUST.items():
            if first[name].get(key) != value:
                yield f"{COMPOSE[0]}: {name}: {key} must be {value}"


def _service_faults(name: str, service: Mapping[str, Any]) -> Iterator[str]:
    known = {f"PARAPH_{one.upper()}" for one in Settings.model_fields}
    for key in sorted(_environment(service) - known) if name in OURS else ():
        yield f"{key} is no setting"
    if service.get("privileged") or service.get("network_mode") == "host":
        yield "must not be privileged"
    image = service.get("image", "")
    if image and (":" not in image or image.endswith(":latest")):
        yield f"{image} has no version"
    if image and service.get("restart") != "unless-stopped":
        yield "must be started again"


def _environment(service: Mapping[str, Any]) -> set[str]:
    return {name for name in service.get("environment", {}) if name.startswith("PARAPH_")}


class _Loader(yaml.SafeLoader):
    """Compose's own mark !reset is read as what it stands before."""


_Loader.add_constructor("!reset", lambda loader, node: loader.construct_sequence(node))


def read_compose(root: Path = ROOT) -> dict[str, dict[str, Any]]:
    """Return the compose files by name."""
    texts = {name: (root / name).read_text("utf-8") for name in COMPOSE}
    return {name: yaml.load(text, Loader=_Loader) for name, text in texts.items()}  # noqa: S506


def faults(root: Path = ROOT) -> list[str]:
    """Return all that is wrong."""
    text = (root / "Dockerfile").read_text("utf-8")
    ignored = (root / ".dockerignore").read_text("utf-8")
    return [
        *dockerfile_faults(text, ignored, root),
        *unread_faults(text, root),
        *compose_faults(read_compose(root)),
    ]


def main() -> int:
    """Judge the files; return 1 when something is wrong."""
    found = faults()
    for one in found or ["Dockerfile, .dockerignore and the compose files are in order."]:
        sys.stdout.write(one + "\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
