# mypy: ignore-errors
"""Prints documents on one running LibreOffice; spoken to by office.py over stdin and stdout, a JSON object a line.

Run by a Python that has LibreOffice's `uno` module (often the system's, not ours), so: standard library and
`uno` only, and no import of ours. When stdin ends (our process died) it ends LibreOffice and removes its folder.

Usage: office_worker.py PIPE_NAME PROCESS_GROUP FOLDER
"""

from __future__ import annotations

import contextlib
import glob
import json
import os
import shutil
import signal
import sys
import time

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException
from com.sun.star.uno import Exception as UnoException

FILTERS = {"docx": "MS Word 2007 XML", "odt": "writer8", "doc": "MS Word 97"}
NEVER = 0
PRINT = {
    "UseTaggedPDF": False, "ExportFormFields": False, "ExportBookmarks": True, "EmbedStandardFonts": True,
    "Quality": 92, "ReduceImageResolution": True, "MaxImageResolution": 300, "ExportNotes": False,
    "ExportLinksRelativeFsys": False, "ConvertOOoTargetToPDFTarget": False, "IsAddStream": False,
}  # fmt: skip


def main() -> None:
    """Connect, say so, then print one document a line until stdin ends."""
    pipe, group, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    try:
        desktop, version = connect(pipe)
        say({"ready": version})
        for line in sys.stdin:
            say(answer(desktop, json.loads(line)))
    finally:
        with contextlib.suppress(OSError):
            os.killpg(group, signal.SIGKILL)
        for leftover in glob.glob(f"/tmp/OSL_PIPE_*_{pipe}"):  # noqa: S108, PTH207 - LibreOffice's place
            os.unlink(leftover)  # noqa: PTH108
        shutil.rmtree(folder, ignore_errors=True)


def connect(pipe: str, patience_s: float = 40.0):
    """Return LibreOffice's desktop and version once it listens on `pipe`."""
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext(
        "com.sun.star.bridge.UnoUrlResolver", local
    )
    address = f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext"
    deadline = time.monotonic() + patience_s
    while True:
        try:
            context = resolver.resolve(address)
            break
        except NoConnectException:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
    make = context.ServiceManager.createInstanceWithContext
    return make("com.sun.star.frame.Desktop", context), version_of(make, context)


def version_of(make, context) -> str:
    provider = make("com.sun.star.configuration.ConfigurationProvider", context)
    node = PropertyValue(Name="nodepath", Value="/org.openoffice.Setup/Product")
    access = provider.createInstanceWithArguments(
        "com.sun.star.configuration.ConfigurationAccess", (node,)
    )
    return str(access.getByName("ooSetupVersionAboutBox"))


def answer(desktop, request: dict) -> dict:
    """Return {"ok": true} after the PDF was written, or {"error": reason}."""
    started = time.monotonic()
    try:
        convert(desktop, request["in"], request["out"], FILTERS[request["kind"]])
    except UnoException as error:
        return {"error": str(error.Message)[:300] or type(error).__name__}
    return {"ok": True, "ms": round((time.monotonic() - started) * 1000)}


def convert(desktop, source: str, target: str, filter_name: str) -> None:
    """Write `source` as a PDF to `target`: hidden, no macros, no updated links."""
    document = desktop.loadComponentFromURL(
        uno.systemPathToFileUrl(source),
        "_blank",
        0,
        properties(
            Hidden=True,
            ReadOnly=True,
            FilterName=filter_name,
            MacroExecutionMode=NEVER,
            UpdateDocMode=NEVER,
            Referer="private:user",
        ),
    )
    if document is None:
        raise UnoException("the document could not be loaded", None)
    try:
        document.storeToURL(
            uno.systemPathToFileUrl(target),
            properties(
                FilterName="writer_pdf_Export",
                FilterData=uno.Any("[]com.sun.star.beans.PropertyValue", properties(**PRINT)),
            ),
        )
    finally:
        document.close(True)


def properties(**values):
    return tuple(PropertyValue(Name=name, Value=value) for name, value in values.items())


def say(message: dict) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
