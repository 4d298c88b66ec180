"""What a tab gets to build itself in."""

from dataclasses import dataclass

import gradio as gr


@dataclass(frozen=True, kw_only=True)
class Page:
    """The place of one tab: its own `gr.Tab` and the whole page around it.

    A tab loads its data in `page.tab.select`: the frame selects the tab that the URL names, so that
    the same event fires after a click, a reload and a shared link.
    """

    tab: gr.Tab
    demo: gr.Blocks
