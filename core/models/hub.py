"""Whether the hub of weights answers: asked once, and never for longer than a few seconds."""

import os
import queue
import ssl
import threading
from http.client import HTTPException
from socket import create_connection
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, Request, build_opener, getproxies, proxy_bypass

SECONDS = 4.0
"""In all: finding its address, reaching it, and its first word."""
_NOT_ITSELF = (502, 503, 504)
"""A proxy's word that what stands behind it does not answer."""


def answers(address: str, seconds: float = SECONDS) -> bool:
    """Say whether something at a web address answers within so many seconds."""
    answer: queue.SimpleQueue[bool] = queue.SimpleQueue()
    # A search for a name knows no time limit of its own: it is left behind, not waited for.
    asking = threading.Thread(
        target=lambda: answer.put(_asked(address, seconds)), name="hub", daemon=True
    )
    asking.start()
    try:
        return answer.get(timeout=seconds)
    except queue.Empty:
        return False


def _asked(address: str, seconds: float) -> bool:
    proxy = _proxy(address)
    if proxy is not None and urlsplit(proxy).scheme.startswith("socks"):
        return _connects(proxy, seconds)
    handler = ProxyHandler({} if proxy is None else {urlsplit(address).scheme: proxy})
    request = Request(address, method="HEAD")
    try:
        build_opener(handler).open(request, timeout=seconds).close()
    except HTTPError as refusal:
        return refusal.code not in _NOT_ITSELF
    except URLError as why:
        # Whether its certificate is to be trusted, the hub's own client decides.
        return isinstance(why.reason, ssl.SSLError)
    except (OSError, HTTPException, ValueError):
        return False
    return True


def _proxy(address: str) -> str | None:
    """Return the proxy that the environment names for an address, or None."""
    if proxy_bypass(urlsplit(address).hostname or ""):
        return None
    return getproxies().get(urlsplit(address).scheme) or os.environ.get("ALL_PROXY")


def _connects(address: str, seconds: float) -> bool:
    """Say whether a server listens; the standard library does not support this kind of proxy."""
    target = urlsplit(address)
    try:
        create_connection((target.hostname or "", target.port or 1080), timeout=seconds).close()
    except OSError:
        return False
    return True
