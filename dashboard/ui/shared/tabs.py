"""Opening another tab from within one."""


def opening(name: str) -> str:
    """Return the `js` of a listener that opens a tab; the header keeps the address in step."""
    tab = f'#tabs [role="tablist"] [data-tab-id="{name}"]'
    return f"() => document.querySelector('{tab}')?.click()"
