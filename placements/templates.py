"""The page of Word templates: upload and versions, every placeholder with live values, sample print."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, request
from werkzeug.http import dump_options_header

from app.actions import sample, templates
from app.core.record import RecordKey
from app.errors import BadInput
from app.http.context import services
from app.http.guards import frame_ticket
from app.http.limits import takes
from placements import frame
from placements.uploads import BODY_BYTES, posted_file

blueprint = Blueprint("templates", __name__, url_prefix="/placements/templates")
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@blueprint.get("/start")
@frame_ticket
def start() -> Response:
    """Show the list."""
    return _list()


@blueprint.post("/add")
@frame_ticket
@takes(BODY_BYTES)
def add() -> Response:
    """Keep a new template, or show what is wrong with it."""
    name, data = posted_file()
    form = request.form
    added = templates.add(
        services(),
        frame.who(),
        name,
        data,
        name=form.get("name", "")[:200],
        lang=form.get("lang", "")[:8],
        slug=form.get("slug", "")[:80],
    )
    if added.problems and not added.slug:
        return _list(problems=added.problems, file_name=name)
    return _one(added.slug, problems=added.problems, file_name=name)


@blueprint.get("/one/<slug>")
@frame_ticket
def one(slug: str) -> Response:
    """Show one template; with ?deal=ID beside the values of that deal."""
    return _one(slug, record=_deal(request.args.get("deal", "")))


@blueprint.post("/activate/<template_id>")
@frame_ticket
def activate(template_id: str) -> Response:
    """Make an earlier version the current one."""
    return _one(templates.activate(services(), frame.who(), template_id))


@blueprint.post("/retire/<slug>")
@frame_ticket
def retire(slug: str) -> Response:
    """Offer the portal's own template no longer."""
    templates.retire(services(), frame.who(), slug)
    return _list()


@blueprint.get("/file/<template_id>.docx")
@frame_ticket
def download(template_id: str) -> Response:
    """Return the .docx of one version."""
    return _file(*templates.download(services(), frame.who(), template_id), DOCX)


@blueprint.post("/sample/<template_id>")
@frame_ticket
def make_sample(template_id: str) -> Response:
    """Ask for a sample print with a deal's data and show how far it is."""
    record = _deal(request.form.get("deal", ""))
    if record is None:
        raise BadInput("Choose a deal first.", field="deal")
    return _sample(sample.make(services(), frame.who(), template_id, record))


@blueprint.get("/sample/<sample_id>")
@frame_ticket
def show_sample(sample_id: str) -> Response:
    """Show how far a sample print is, or its pages."""
    return _sample(sample_id)


@blueprint.get("/sample/<sample_id>/page/<int:index>")
@frame_ticket
def sample_page(sample_id: str, index: int) -> Response:
    """Return the picture of one page."""
    response = make_response(sample.page(services(), frame.who(), sample_id, index))
    response.mimetype = "image/webp"
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response


@blueprint.get("/sample/<sample_id>.pdf")
@frame_ticket
def sample_pdf(sample_id: str) -> Response:
    """Return the printed sample."""
    return _file(*sample.pdf(services(), frame.who(), sample_id), "application/pdf")


def _list(*, problems: tuple[str, ...] = (), file_name: str = "") -> Response:
    who = frame.who()
    rows = templates.shelf(services(), who)
    return frame.part(
        "templates/list.html", rows=rows, who=who, problems=problems, file_name=file_name
    )


def _one(
    slug: str,
    *,
    record: RecordKey | None = None,
    problems: tuple[str, ...] = (),
    file_name: str = "",
) -> Response:
    who = frame.who()
    page = templates.look(services(), who, slug)
    return frame.part(
        "templates/one.html",
        page=page,
        who=who,
        deals=templates.latest(services(), who),
        names=templates.values_of(services(), who, page, record),
        problems=problems or page.problems,
        file_name=file_name,
    )


def _sample(sample_id: str) -> Response:
    return frame.part(
        "templates/sample.html", sample=sample.look(services(), frame.who(), sample_id)
    )


def _deal(text: str) -> RecordKey | None:
    is_id = text.isascii() and text.isdigit() and len(text) < 16
    return RecordKey(templates.DEAL, text) if is_id else None


def _file(name: str, content: bytes, kind: str) -> Response:
    response = make_response(content)
    response.mimetype = kind
    response.headers["Content-Disposition"] = dump_options_header("attachment", {"filename": name})
    return response
