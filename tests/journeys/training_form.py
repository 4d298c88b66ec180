"""The training form as a person fills it: Gradio's own fields, found by the setting's name."""

from playwright.sync_api import Locator, Page, expect


def field(page: Page, name: str) -> Locator:
    """Return the box of a setting that a person types into."""
    return page.locator(f"#field-{name} input").first


def fill(page: Page, **values: object) -> None:
    """Type numbers or words into the fields of these settings."""
    for name, value in values.items():
        field(page, name).fill(str(value))
        field(page, name).press("Tab")


def pick(page: Page, name: str, label: str) -> None:
    """Choose from the list of a setting."""
    field(page, name).click()
    page.get_by_role("option", name=label, exact=True).click()
    expect(field(page, name)).to_have_value(label)


def radio(page: Page, name: str, value: str) -> Locator:
    """Return one of a few choices that lie side by side."""
    return page.locator(f'#field-{name} input[value="{value}"]')


def from_random_weights(page: Page) -> None:
    """Start from nothing: no weights have to be fetched for that."""
    pick(page, "init", "Random")


def section(page: Page, elem_id: str) -> None:
    """Unfold a part of the form: advanced, many or networks."""
    page.locator(f"#{elem_id} button.label-wrap").first.click()
