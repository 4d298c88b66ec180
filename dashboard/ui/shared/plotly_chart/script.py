"""Plotly's own browser script, as its Python package brings it along, and its address."""

import functools
import gzip
from importlib import metadata, resources

VERSION = metadata.version("plotly")
PATH = f"/plotly/{VERSION}/plotly.min.js"
"""It changes with the package, so that browsers may keep the script for ever."""


class PlotlyScript:
    """4.8 MB of script, read and compressed when the first browser asks for it."""

    @functools.cached_property
    def plain(self) -> bytes:
        """The script as it is."""
        return (resources.files("plotly") / "package_data" / "plotly.min.js").read_bytes()

    @functools.cached_property
    def compressed(self) -> bytes:
        """The script, gzipped (1.4 MB)."""
        return gzip.compress(self.plain, compresslevel=6, mtime=0)
