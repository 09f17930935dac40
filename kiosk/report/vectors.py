"""Small pictures as lines, circles, boxes and words: one noun for all, written as SVG here and into the PDF by as_pdf.py.

What must not go in: what a picture shows (drawing.py, chart.py).
"""

from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class Look:
    """How a line is drawn."""

    name: str
    stroke: str
    """Colour as #rrggbb; "" for no line."""
    width: float = 1.0
    dash: tuple[float, float] | None = None
    """Lengths of stroke and gap; None for a whole line."""
    opacity: float = 1.0
    fill: str = ""
    """Colour as #rrggbb; "" for none."""

    def svg(self) -> str:
        """The look as attributes."""
        stroke = f' stroke="{self.stroke}" stroke-width="{self.width:g}"' if self.stroke else ""
        dash = f' stroke-dasharray="{self.dash[0]:g} {self.dash[1]:g}"' if self.dash else ""
        opacity = f' stroke-opacity="{self.opacity:g}"' if self.opacity < 1 else ""
        fill = f' fill="{self.fill}"' if self.fill else ""
        return f'class="{self.name}"{stroke}{dash}{opacity}{fill}'


Point = tuple[float, float]
"""x to the right, y down, in units of the drawing."""


@dataclass(frozen=True)
class Line:
    """A straight line."""

    a: Point
    b: Point
    look: Look

    def svg(self) -> str:
        """The line as SVG."""
        return f'<line x1="{self.a[0]:.1f}" y1="{self.a[1]:.1f}" x2="{self.b[0]:.1f}" y2="{self.b[1]:.1f}" {self.look.svg()}/>'


@dataclass(frozen=True)
class Circle:
    """A ring or a dot."""

    at: Point
    radius: float
    look: Look

    def svg(self) -> str:
        """The circle as SVG."""
        return f'<circle cx="{self.at[0]:.1f}" cy="{self.at[1]:.1f}" r="{self.radius:.1f}" {self.look.svg()}/>'


@dataclass(frozen=True)
class Box:
    """An upright rectangle."""

    at: Point
    """Left top corner."""
    width: float
    height: float
    look: Look

    def svg(self) -> str:
        """The box as SVG."""
        size = f'width="{self.width:.1f}" height="{self.height:.1f}"'
        return f'<rect x="{self.at[0]:.1f}" y="{self.at[1]:.1f}" {size} {self.look.svg()}/>'


@dataclass(frozen=True)
class Words:
    """A short line of text."""

    at: Point
    """On the base line, at the text's start, middle or end."""
    text: str
    size: float
    """Height of the letters."""
    anchor: str = "start"
    """"start", "middle" or "end"."""
    bold: bool = False

    def svg(self) -> str:
        """The text as SVG."""
        weight = ' font-weight="700"' if self.bold else ""
        where = f'x="{self.at[0]:.1f}" y="{self.at[1]:.1f}" font-size="{self.size:g}" text-anchor="{self.anchor}"'
        return f'<text {where}{weight} fill="#222">{escape(self.text)}</text>'


@dataclass(frozen=True)
class Drawing:
    """A picture: what is drawn, in order, in a box."""

    left: float
    top: float
    width: float
    height: float
    shapes: tuple[Line | Circle | Box | Words, ...]
    title: str = ""
    """What it shows, for readers who do not see it; plain text."""
    kind: str = "figure"
    """Class of the SVG."""


def svg(drawing: Drawing) -> str:
    """The picture as inline SVG; text in it is escaped."""
    box = f"{drawing.left:.0f} {drawing.top:.0f} {drawing.width:.0f} {drawing.height:.0f}"
    body = "".join(shape.svg() for shape in drawing.shapes)
    head = (
        f'<svg class="{drawing.kind}" viewBox="{box}" role="img" aria-label="{escape(drawing.title)}" fill="none" stroke-linecap="round">'
    )
    return f"{head}{body}</svg>"
