"""Templates have no unescaped form and nothing that the Content-Security-Policy refuses."""

RULES = (
    (r"\{\{\{|\{\{\s*&", "unescaped"),
    (r"<script(?![^>]*\bsrc=)[^>]*>", "inline script"),
    (r"<style\b", "inline style sheet"),
    (r"\s(style|on[a-z]+)\s*=\s*[\"'{]", "inline style or handler"),
    (r"(src|href|action)\s*=\s*[\"']?\s*javascript:", "javascript: address"),
    (r"(src|href)\s*=\s*[\"']?(https?:)?//", "fetched from elsewhere"),
)


def check(tree):
    for path in tree.files("templates/", ".html"):
        for pattern, why in RULES:
            for line, what in tree.lines_with(pattern, tree.read(path)):
                yield f"{path}:{line}: {why}: {what}"
