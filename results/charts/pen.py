"""Figures as SVG text: words as words, two decimals of a point, no date and no outside address, the same bytes each time.

The canvas of matplotlib for SVG keeps a group and an id for every part of a figure, lays out each word anew and writes six
decimals: what is written here is a third of it, and read the same.
"""

from collections.abc import Iterable
from functools import cache
from html import escape
from itertools import pairwise
from math import cos, radians, sin
from typing import Any

import numpy as np
from matplotlib.backend_bases import GraphicsContextBase, RendererBase
from matplotlib.colors import to_hex, to_rgba
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.textpath import text_to_path
from matplotlib.transforms import Affine2D, Bbox, Transform
from matplotlib.typing import ColorType

from ..wording import LANGUAGES, Lang
from .margins import Margins, lay_out
from .style import STYLED
from .tongues import BOTH, in_each, parted, readings

LETTERS = {Path.MOVETO: "M", Path.LINETO: "l", Path.CURVE3: "Q", Path.CURVE4: "C"}
CODES = (Path.STOP, *LETTERS, Path.CLOSEPOLY)
#: what a point adds to a path, by the codes of the point before and its own
STEPS = {(last, code): f"{' ' if last == code != Path.MOVETO else LETTERS[code]}%.8g %.8g" for last in CODES for code in LETTERS}
STEPS |= {(last, Path.STOP): "" for last in CODES} | {(last, Path.CLOSEPOLY): "z" for last in CODES}
ANCHORS = {"left": "start", "center": "middle", "right": "end"}
POINTS = 72  #: an inch
PATTERN = 72  #: points of a side of a hatching


@STYLED
def svg(figure: Figure, prefix: str) -> str:
    """Write a figure as SVG text, its ids beginning with `prefix`."""
    figure.dpi = POINTS
    wide, high = figure.get_size_inches() * POINTS
    pen = Pen(float(wide), float(high), prefix)
    engine = figure.get_layout_engine()
    if isinstance(engine, Margins):
        lay_out(figure, pen)
    elif engine is not None:
        engine.execute(figure)
    figure.set_layout_engine("none")
    figure.draw(pen)
    return pen.text()


def in_both(figure: Figure, name: str) -> dict[Lang, str]:
    """Write a figure that was drawn for both languages as SVG text in each, its ids beginning with its name and the language."""
    text = svg(figure, in_each(BOTH, lambda lang: f"{name}-{lang}"))
    return {lang: parted(text, lang) for lang in LANGUAGES}


class Pen(RendererBase):
    """Writes what matplotlib draws, in points from the upper left corner."""

    def __init__(self, width: float, height: float, prefix: str) -> None:
        super().__init__()
        self._width, self._height, self._prefix = width, height, prefix
        self._flip = Affine2D().scale(1, -1).translate(0, height)
        self._parts: list[str] = []
        self._named: dict[str, str] = {}  #: what elements refer to → its id

    def text(self) -> str:
        """All that was drawn."""
        size = f'width="{_short(self._width)}pt" height="{_short(self._height)}pt"'
        box = f'viewBox="0 0 {_short(self._width)} {_short(self._height)}"'
        manner = 'font-family="DejaVu Sans, sans-serif" stroke-linejoin="round"'
        head = f'<svg xmlns="http://www.w3.org/2000/svg" version="1.1" {size} {box} {manner}>'
        named = "\n".join(content.replace(" ", f' id="{name}" ', 1) for content, name in self._named.items())
        return "\n".join([head, *([f"<defs>\n{named}\n</defs>"] if named else []), *self._parts, "</svg>", ""])

    def flipy(self) -> bool:
        return True

    def get_canvas_width_height(self) -> tuple[float, float]:
        return self._width, self._height

    def get_text_width_height_descent(self, s: str, prop: FontProperties, ismath: Any) -> tuple[float, float, float]:
        return self._extent(s, prop)

    def _extent(self, text: str, prop: FontProperties) -> tuple[float, float, float]:
        """Width, height and descent that hold a text in any language it is in."""
        manner = (prop.get_size_in_points(), prop.get_weight(), prop.get_style(), *prop.get_family())
        found = [_extent(one, *manner) for one in readings(text)]
        return found[0] if len(found) == 1 else tuple(map(max, zip(*found, strict=True)))

    def _get_font_height_metrics(self, prop: FontProperties) -> tuple[float, float, float]:
        """Heights of letters, which matplotlib asks for with each word and looks up anew where a renderer cannot tell."""
        return _heights(prop.get_size_in_points(), prop.get_weight(), prop.get_style(), *prop.get_family())

    def draw_path(self, gc: GraphicsContextBase, path: Path, transform: Transform, rgbFace: ColorType | None = None) -> None:
        self._put(f'<path d="{_outline(path, transform + self._flip)}"{self._manner(gc, rgbFace)}{self._clip(gc)}/>')

    def draw_markers(
        self,
        gc: GraphicsContextBase,
        marker_path: Path,
        marker_trans: Transform,
        path: Path,
        trans: Transform,
        rgbFace: ColorType | None = None,
    ) -> None:
        shape = _outline(marker_path, marker_trans + Affine2D().scale(1, -1))
        name = self._name("m", f'<path d="{shape}"{self._manner(gc, rgbFace)}/>')
        spots = (trans + self._flip).transform(path.vertices)
        seen = spots[np.isfinite(spots).all(axis=1)].tolist()
        uses = "".join(f'<use href="#{name}" x="{_short(x)}" y="{_short(y)}"/>' for x, y in seen)
        clip = self._clip(gc)
        self._put(f"<g{clip}>{uses}</g>" if clip else uses)  # a clip of the use itself would be moved with it

    def draw_text(
        self,
        gc: GraphicsContextBase,
        x: float,
        y: float,
        s: str,
        prop: FontProperties,
        angle: float,
        ismath: Any = False,
        mtext: Text | None = None,
    ) -> None:
        anchor = "start"
        if mtext is not None:
            anchor = ANCHORS[mtext.get_horizontalalignment()]
            if angle == 0:
                x = float(mtext.get_transform().transform(mtext.get_unitless_position())[0])
            elif anchor != "start":  # given where the longer of two languages begins
                along = self._extent(s, prop)[0] / (2 if anchor == "middle" else 1)
                x, y = x + along * cos(radians(angle)), y - along * sin(radians(angle))
        parts = [f'x="{_short(x)}" y="{_short(y)}" font-size="{_short(prop.get_size_in_points())}"']
        weight = prop.get_weight()
        parts += [f'font-weight="{weight}"'] if weight not in ("normal", 400) else []
        parts += [f'text-anchor="{anchor}"'] if anchor != "start" else []
        parts += [f'transform="rotate({_short(-angle)} {_short(x)} {_short(y)})"'] if angle else []
        self._put(f"<text {' '.join(parts)}{_paint('fill', gc.get_rgb())}{self._clip(gc)}>{escape(s, quote=False)}</text>")

    def _put(self, element: str) -> None:
        self._parts.append(element)

    def _name(self, letter: str, content: str) -> str:
        """The id of what elements refer to."""
        return self._named.setdefault(content, f"{self._prefix}-{letter}{len(self._named)}")

    def _clip(self, gc: GraphicsContextBase) -> str:
        """The attribute that keeps an element inside its axes."""
        box = gc.get_clip_rectangle()
        path, transform = gc.get_clip_path()
        if path is not None and transform is not None:
            shape = f'<path d="{_outline(path, transform + self._flip)}"/>'  # type: ignore[arg-type]
        elif box is not None:
            shape = _box(box, self._height)
        else:
            return ""
        return f' clip-path="url(#{self._name("c", f"<clipPath >{shape}</clipPath>")})"'

    def _manner(self, gc: GraphicsContextBase, face: ColorType | None) -> str:
        """Attributes of face and edge."""
        hatched = gc.get_hatch() is not None
        parts = [f' fill="url(#{self._hatching(gc, face)})"' if hatched else _paint("fill", face)]
        width = gc.get_linewidth()
        if width:
            parts.append(_paint("stroke", gc.get_rgb()))
            parts.append(f' stroke-width="{_short(width)}"' if width != 1 else "")
            parts.append(f' stroke-linecap="{_cap(gc)}"' if _cap(gc) != "butt" else "")
            parts.append(f' stroke-linejoin="{gc.get_joinstyle()}"' if gc.get_joinstyle() != "round" else "")
            start, dashes = gc.get_dashes()
            if dashes is not None:
                parts.append(f' stroke-dasharray="{" ".join(map(_short, np.asarray(dashes, float).tolist()))}"')
                parts.append(f' stroke-dashoffset="{_short(start)}"' if start else "")
        return "".join(parts)

    def _hatching(self, gc: GraphicsContextBase, face: ColorType | None) -> str:
        """The id of a hatched ground."""
        lines = _outline(gc.get_hatch_path(), Affine2D().scale(PATTERN, -PATTERN).translate(0, PATTERN))
        edge = gc.get_hatch_color()
        ground = f'<rect width="{PATTERN}" height="{PATTERN}"{_paint("fill", face)}/>'
        width = f' stroke-width="{_short(gc.get_hatch_linewidth())}"'
        strokes = f'<path d="{lines}"{_paint("fill", edge)}{_paint("stroke", edge)}{width} stroke-linejoin="miter"/>'
        size = f'patternUnits="userSpaceOnUse" width="{PATTERN}" height="{PATTERN}"'
        return self._name("h", f"<pattern {size}>{ground}{strokes}</pattern>")


@STYLED
def know_letters(words: Iterable[str]) -> None:
    """Lay out the letters of words, so that figures that hold them are written sooner."""
    prop = FontProperties()
    for word in words:
        _extent(word, 1.0, prop.get_weight(), prop.get_style(), *prop.get_family())


@cache
def _extent(word: str, size: float, *face: str | int) -> tuple[float, float, float]:
    """Width, height and descent of a word in points, letter by letter; face : weight, style and families.

    Names and numbers come back in many figures, letters and pairs of them in many words: those alone are laid out.
    """
    letters = [_laid_out(letter, *face) for letter in word]
    pairs = sum(_laid_out(first + second, *face)[0] for first, second in pairwise(word))
    wide = pairs - sum(letter[0] for letter in letters[1:-1]) if len(word) > 1 else letters[0][0]
    above, below = max(letter[1] for letter in letters), max(letter[2] for letter in letters)
    return size * wide, size * (above + below), size * below


@cache
def _laid_out(letters: str, weight: str | int, style: str, *family: str) -> tuple[float, float, float]:
    """Width of one or two letters of one point with the room between them, and how far they reach above and below the line."""
    prop = FontProperties(family=list(family), style=style, weight=weight, size=1)  # type: ignore[arg-type]
    wide, high, below = text_to_path.get_text_width_height_descent(letters, prop, False)
    return wide, high - below, below


@cache
def _heights(size: float, weight: str | int, style: str, *family: str) -> tuple[float, float, float]:
    """How far letters reach above and below their line, and the gap of two lines, in points."""
    font = get_font(findfont(FontProperties(family=list(family), style=style, weight=weight)))  # type: ignore[arg-type]
    table, unit = font.get_sfnt_table("OS/2"), size / font.units_per_EM
    assert table is not None
    return table["sTypoAscender"] * unit, -table["sTypoDescender"] * unit, table["sTypoLineGap"] * unit


def _short(value: float) -> str:
    """Two decimals, without zeros at the end."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _outline(path: Path, transform: Transform) -> str:
    """The letters of a path; one letter for points of a kind that follow each other, ends of lines told from where they begin."""
    clean = path.cleaned(transform=transform, remove_nans=True, curves=True, simplify=False)
    codes = np.asarray(clean.codes)
    points = (codes != Path.STOP) & (codes != Path.CLOSEPOLY)
    kinds, spots = codes.tolist(), np.rint(np.asarray(clean.vertices)[points] * 100)
    lines, closed = codes[points][1:] == Path.LINETO, codes[np.flatnonzero(points)[1:] - 1] == Path.CLOSEPOLY
    begun = np.maximum.accumulate(np.where(codes[points] == Path.MOVETO, np.arange(len(spots)), 0))[:-1]
    before = np.where(closed[:, None], spots[begun], spots[:-1])  # who closes an outline is back where it began
    told = np.vstack([spots[:1], spots[1:] - before * lines[:, None]])
    steps = "".join([STEPS[pair] for pair in zip([Path.STOP, *kinds], kinds, strict=False)])
    return steps % tuple((told / 100 + 0.0).ravel().tolist())  # no zero below nothing


def _box(box: Bbox, height: float) -> str:
    """A rectangle."""
    left, low, wide, high = box.bounds
    place = f'x="{_short(left)}" y="{_short(height - low - high)}"'
    return f'<rect {place} width="{_short(wide)}" height="{_short(high)}"/>'


def _paint(name: str, color: ColorType | None) -> str:
    """The attributes of a color."""
    red, green, blue, opacity = to_rgba(color) if color is not None else (0.0, 0.0, 0.0, 0.0)
    if opacity == 0:
        return f' {name}="none"'
    return f' {name}="{to_hex((red, green, blue))}"' + (f' {name}-opacity="{_short(opacity)}"' if opacity != 1 else "")


def _cap(gc: GraphicsContextBase) -> str:
    """How a line ends, in the words of SVG."""
    cap = str(gc.get_capstyle())
    return "square" if cap == "projecting" else cap
