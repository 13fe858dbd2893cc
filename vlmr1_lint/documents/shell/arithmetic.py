"""``$(( … ))`` of known numbers, as bash computes it (64-bit integers, division towards zero)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from tree_sitter import Node as Syntax

__all__ = ["evaluate"]

BITS = 64
"""Width of bash's integers (bash manual, "Shell Arithmetic")."""


def evaluate(node: Syntax, lookup: Callable[[Syntax], str | None], depth: int = 0) -> int | None:
    """The number that the expression *node* gives; *lookup* gives the text of variables. None if it is not known or no number."""
    if depth > 50:
        return None
    kind = node.type
    if kind in {"parenthesized_expression", "arithmetic_expansion"}:
        inner = node.named_children
        return evaluate(inner[0], lookup, depth + 1) if len(inner) == 1 else None
    if kind in {"number", "word"} and node.child_count == 0:
        return number((node.text or b"").decode("utf-8", "replace"))
    if kind == "unary_expression" and node.child_count == 2:
        sign, operand = node.children[0].type, evaluate(node.children[1], lookup, depth + 1)
        if operand is None:
            return None
        return {"-": -operand, "+": operand, "!": int(not operand), "~": ~operand}.get(sign)
    if kind == "binary_expression" and node.child_count == 3:
        left, right = evaluate(node.children[0], lookup, depth + 1), evaluate(node.children[2], lookup, depth + 1)
        return None if left is None or right is None else _binary(node.children[1].type, left, right)
    if kind == "ternary_expression" and node.child_count == 5:
        condition = evaluate(node.children[0], lookup, depth + 1)
        return None if condition is None else evaluate(node.children[2 if condition else 4], lookup, depth + 1)
    text = lookup(node)
    return None if text is None else number(text.strip() or "0")


def number(text: str) -> int | None:
    """An integer as bash writes it: decimal, ``0x``, leading-zero octal, ``base#digits``."""
    import re

    if not re.fullmatch(r"[+-]?[0-9]{1,18}|0[xX][0-9a-fA-F]{1,15}|[0-9]{1,2}#[0-9a-zA-Z]{1,15}", text):
        return None
    try:
        if "#" in text:
            base, digits = text.split("#")
            return int(digits, int(base))
        bare = text.lstrip("+-")
        sign = -1 if text.startswith("-") else 1
        return sign * int(bare, 16 if bare[:2].lower() == "0x" else 8 if len(bare) > 1 and bare[0] == "0" else 10)
    except ValueError:
        return None


def _binary(operator: str, left: int, right: int) -> int | None:
    if operator in {"/", "%"}:
        if right == 0:
            return None
        quotient = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
        result = quotient if operator == "/" else left - quotient * right
    elif operator == "**":
        if not 0 <= right < BITS:
            return None
        result = left**right
    else:
        simple = {
            "+": lambda: left + right,
            "-": lambda: left - right,
            "*": lambda: left * right,
            "<": lambda: int(left < right),
            ">": lambda: int(left > right),
            "<=": lambda: int(left <= right),
            ">=": lambda: int(left >= right),
            "==": lambda: int(left == right),
            "!=": lambda: int(left != right),
            "&&": lambda: int(bool(left and right)),
            "||": lambda: int(bool(left or right)),
            "&": lambda: left & right,
            "|": lambda: left | right,
            "^": lambda: left ^ right,
        }.get(operator)
        if simple is None:
            return None
        result = simple()
    return result if -(2 ** (BITS - 1)) <= result < 2 ** (BITS - 1) else None
