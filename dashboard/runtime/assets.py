"""Style sheets and browser modules that lie beside the components, served as they are."""

import hashlib
import json
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "ui"
UNSERVED = ("*.test.js", "testing.js")
"""Unit tests, and what they share."""
TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
STYLES = "styles.css"
"""All style sheets as one: a browser fetches only a few files at a time."""
SHEETS = (
    "shared/frame.css",
    "shared/gradio.css",
    "curate/views.css",
    "train/train_tab.css",
    "balance/balance.css",
    "train/training_form.css",
)
"""Of whole pages and tabs, before those that lie in the folders of components."""
FIRST = ("shared", "shared/status_strip", "shared/sample_grid")
"""Folders of the modules that every page needs first; `boot.js` among them is a plain script."""
BOOT = "shared/boot.js"
FIRST_PAGE = "shared/sample_grid/first_page.js"


class Assets:
    """The files, read once; their address changes with their content and may be cached."""

    def __init__(self) -> None:
        files = sorted(path for path in FOLDER.rglob("*") if _is_served(path))
        self.files = {path.relative_to(FOLDER).as_posix(): path.read_bytes() for path in files}
        self.files[STYLES] = b"".join(map(self.files.pop, self._sheets()))
        digest = hashlib.sha256()
        for name, data in self.files.items():
            digest.update(name.encode() + b"\0" + data + b"\0")
        self.version = digest.hexdigest()[:12]

    def url(self, name: str) -> str:
        """Return the address of a file."""
        return f"/ui/{self.version}/{name}"

    @property
    def first(self) -> str:
        """What the page begins with: two scripts, and the style sheet to be fetched early."""
        return (
            f'<script src="{self.url(BOOT)}"></script>'
            f'<script type="module" async src="{self.url(FIRST_PAGE)}"></script>'
            f'<link rel="preload" as="style" href="{self.url(STYLES)}">'
        )

    @property
    def styles(self) -> str:
        """The link to the style sheet, for Gradio to add after its own."""
        return f'<link rel="stylesheet" href="{self.url(STYLES)}">'

    @property
    def modules(self) -> str:
        """What is fetched while Gradio starts, instead of one module after another."""
        return "".join(
            f'<link rel="modulepreload" href="{self.url(name)}">'
            for name in self.files
            if name.endswith(".js") and name.rpartition("/")[0] in FIRST and name != BOOT
        )

    def mount(self, module: str, **given: str | bool) -> str:
        """Return the script of a `gr.HTML` that hands itself to a browser module.

        `given` is what never changes. It goes with the script and not with the props: a `gr.skip()`
        for a `gr.HTML` that is out of sight takes the props away that it was made with.
        """
        return (
            f'import("{self.url(module)}").then((module) => module.mount('
            f"{{ element, props, given: {json.dumps(given)}, server, trigger, upload, watch }}));"
        )

    def _sheets(self) -> list[str]:
        components = (name for name in self.files if name.endswith(".css") and name.count("/") > 1)
        return [*SHEETS, *components]


def _is_served(path: Path) -> bool:
    return path.suffix in TYPES and not any(path.match(pattern) for pattern in UNSERVED)
