"""A heat map as a picture that lies over the photograph."""

import base64
import io

from PIL import Image


def data_uri(overlay: Image.Image) -> str:
    """Return the overlay, transparency kept, as an address that holds its bytes."""
    buffer = io.BytesIO()
    overlay.save(buffer, "WEBP", quality=80, alpha_quality=90)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
