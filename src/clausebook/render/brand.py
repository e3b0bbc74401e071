"""An organisation's colour in, the stylesheet that carries it out, for light and dark screens."""

from __future__ import annotations

from clausebook.colour import on_dark

# A quiet blue for those who state none: 8.6 to 1 with white.
COLOUR = "#1f4e79"


def stylesheet(colour: str | None) -> bytes:
    """Material's own variables, so that everything it draws takes the colour too."""
    own = colour or COLOUR
    light = on_dark(own)
    return f""":root {{
  --md-primary-fg-color: {own};
  --md-primary-fg-color--light: {own};
  --md-primary-fg-color--dark: {own};
  --md-primary-bg-color: #ffffff;
  --md-primary-bg-color--light: #ffffffe0;
  --md-accent-fg-color: {own};
}}
[data-md-color-scheme="default"] {{
  --md-typeset-a-color: {own};
  --md-accent-fg-color: {own};
}}
[data-md-color-scheme="slate"] {{
  --md-typeset-a-color: {light};
  --md-accent-fg-color: {light};
}}
""".encode()
