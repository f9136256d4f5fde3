"""Drawn tiles in place of pictures: a shape for the kind of thing, a colour from its name. Inline SVG only."""

import hashlib
import html

_ICONS: tuple[tuple[tuple[str, ...], str], ...] = (
    (
        ("shampoo", "conditioner", "hair", "lotion", "cream", "soap", "skin", "perfume", "fragrance", "beauty", "wash"),
        "M10 3h4v3l2.5 3.5V20a1 1 0 0 1-1 1h-7a1 1 0 0 1-1-1V9.5L10 6zM7.5 13h9",
    ),
    (("tent", "camp", "outdoor", "hik", "climb"), "M12 4l9 16H3zM12 4v7M8.5 20L12 12l3.5 8"),
    (
        ("mug", "cup", "kettle", "coffee", "tea", "kitchen", "cook", "pan", "bak", "pot"),
        "M5 9h11v6a4 4 0 0 1-4 4H9a4 4 0 0 1-4-4zM16 11h2a2 2 0 0 1 0 4h-2M8.5 3v3M12.5 3v3",
    ),
    (
        ("headphone", "earbud", "speaker", "audio", "music"),
        "M4 16v-3a8 8 0 0 1 16 0v3M4 15h3v5H5a1 1 0 0 1-1-1zM20 15h-3v5h2a1 1 0 0 0 1-1z",
    ),
    (
        ("phone", "tablet", "laptop", "computer", "electronic", "charger", "camera", "monitor", "keyboard"),
        "M4 5h16v10H4zM2 19h20M9 15v4M15 15v4",
    ),
    (("lamp", "light", "desk", "chair", "office", "home", "furniture"), "M9 3h6l3.5 8h-13zM12 11v9M8 20h8"),
    (("toy", "game", "puzzle", "kid", "child", "baby"), "M4 9h16v11H4zM7 9V6h3.5v3M13.5 9V6H17v3"),
    (("shoe", "boot", "sneaker", "sandal"), "M3 18v-8l3.5 1 3.5 3.5 8 1.5a3 3 0 0 1 3 2zM3 18v2h18v-2"),
    (
        ("shirt", "jacket", "coat", "dress", "cloth", "apparel", "fashion"),
        "M8 4L3 7l2 4 2-1v10h10V10l2 1 2-4-5-3a4 4 0 0 1-8 0z",
    ),
    (("bag", "backpack", "luggage", "purse", "case"), "M5 8h14l1 12H4zM9 8V7a3 3 0 0 1 6 0v1"),
    (("garden", "plant", "seed", "flower"), "M5 20C4 10 11 5 20 4c0 10-6 16-15 16zM5 20l8-9"),
    (("book", "paper", "pen", "stationery", "art"), "M5 4h12a2 2 0 0 1 2 2v14H7a2 2 0 0 1-2-2zM5 18a2 2 0 0 1 2-2h12"),
    (
        ("ball", "sport", "fitness", "yoga", "bike", "cycl"),
        "M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18zM3 12h18M12 3c4 5 4 13 0 18M12 3c-4 5-4 13 0 18",
    ),
    (
        ("curling", "straightener", "iron", "brush", "comb", "nail", "makeup", "tool"),
        "M5 19L16 8M14 6l4 4 2.5-2.5a2.8 2.8 0 0 0-4-4zM5 19l-1.5 1.5M9 12l3 3",
    ),
)


def tile_html(category: str) -> str:
    """A decorative picture of a category, hidden from screen readers.

    Args:
        category: the category's label; any text.

    Returns:
        One element with an inline SVG; the same category always looks the same.
    """
    name = category.strip() or "?"
    hue = int.from_bytes(hashlib.sha256(name.casefold().encode()).digest()[:2], "big") % 360
    path = _icon(name.casefold())
    drawing = (
        f'<path class="bc-tile-line" d="{path}"/>'
        if path
        else f'<text class="bc-tile-letter" x="12" y="17.5" text-anchor="middle">{html.escape(name[0].upper())}</text>'
    )
    return (
        f'<div class="bc-tile" style="--hue:{hue};--spot:{20 + hue % 61}%" aria-hidden="true">'
        f'<svg viewBox="0 0 24 24" focusable="false">{drawing}</svg></div>'
    )


def _icon(name: str) -> str | None:
    words = name.replace("-", " ").split()
    for keywords, path in _ICONS:
        if any(word.startswith(keyword) for word in words for keyword in keywords):
            return path
    return None
