"""The look of Gradio's own parts; ours reads the same colours from `shared/frame.css`."""

import gradio as gr

SYSTEM_FONT = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"]
MONO_FONT = ["ui-monospace", "SF Mono", "Menlo", "Consolas", "monospace"]

_LIGHT = {
    "body_background_fill": "#f6f7f8",
    "body_text_color": "#16191d",
    "body_text_color_subdued": "#586270",
    "background_fill_primary": "#ffffff",
    "background_fill_secondary": "#eef0f2",
    "block_background_fill": "#ffffff",
    "border_color_primary": "#dfe3e7",
    "border_color_accent": "#3f4bc0",
    "block_border_color": "#dfe3e7",
    "color_accent": "#3f4bc0",
    "color_accent_soft": "#eceefb",
    "link_text_color": "#3f4bc0",
    "link_text_color_hover": "#2f389a",
    "button_primary_background_fill": "#23282e",
    "button_primary_background_fill_hover": "#3a414a",
    "button_primary_text_color": "#ffffff",
    "button_secondary_background_fill": "#ffffff",
    "button_secondary_background_fill_hover": "#eef0f2",
    "button_secondary_text_color": "#16191d",
    "button_secondary_border_color": "#cfd5db",
    "input_background_fill": "#ffffff",
    "input_border_color": "#cfd5db",
    "input_border_color_focus": "#3f4bc0",
    "block_label_text_color": "#586270",
    "block_title_text_color": "#16191d",
    "table_even_background_fill": "#ffffff",
    "table_odd_background_fill": "#f6f7f8",
}
_DARK = {
    "body_background_fill": "#0f1215",
    "body_text_color": "#e6e9ec",
    "body_text_color_subdued": "#9aa5b1",
    "background_fill_primary": "#171b1f",
    "background_fill_secondary": "#20262b",
    "block_background_fill": "#171b1f",
    "border_color_primary": "#2c333a",
    "border_color_accent": "#a3adff",
    "block_border_color": "#2c333a",
    "color_accent_soft": "#252a45",
    "link_text_color": "#a3adff",
    "link_text_color_hover": "#c3caff",
    "button_primary_background_fill": "#e6e9ec",
    "button_primary_background_fill_hover": "#ffffff",
    "button_primary_text_color": "#14181b",
    "button_secondary_background_fill": "#20262b",
    "button_secondary_background_fill_hover": "#2c333a",
    "button_secondary_text_color": "#e6e9ec",
    "button_secondary_border_color": "#3a434b",
    "input_background_fill": "#14181b",
    "input_border_color": "#3a434b",
    "input_border_color_focus": "#a3adff",
    "block_label_text_color": "#9aa5b1",
    "block_title_text_color": "#e6e9ec",
    "table_even_background_fill": "#171b1f",
    "table_odd_background_fill": "#14181b",
}


def theme() -> gr.themes.Base:
    """Return the theme: system fonts (nothing is downloaded), thin lines, photographs first."""
    base = gr.themes.Base(
        font=SYSTEM_FONT,
        font_mono=MONO_FONT,
        radius_size=gr.themes.sizes.radius_sm,
        text_size=gr.themes.sizes.text_md,
    )
    dark = {f"{name}_dark": colour for name, colour in _DARK.items()}
    return base.set(
        **_LIGHT,
        **dark,
        block_shadow="none",
        block_border_width="1px",
        button_border_width="1px",
        button_primary_border_color="*button_primary_background_fill",
        button_small_padding="6px 12px",
        input_border_width="1px",
        input_shadow="none",
        input_shadow_focus="none",
        button_primary_shadow="none",
        button_secondary_shadow="none",
    )
