"""The hybrid systems of ISO 7064, written from their definition: a string is valid if its end congruence holds.

The standard defines P(1) = M, S(j) = P(j) mod (M+1) + a(j), P(j+1) = (S(j) mod M, or M for 0) * 2, and demands
S(n) mod M = 1. The check character is whatever makes it hold; here it is found by trying all of them.
"""


def is_valid(text: str, alphabet: str) -> bool:
    """Whether the last character of a text is its check character."""
    modulus = len(alphabet)
    product, total = modulus, 0
    for symbol in text:
        total = product % (modulus + 1) + alphabet.index(symbol)
        product = (total % modulus or modulus) * 2
    return total % modulus == 1


def check_characters(data: str, alphabet: str) -> str:
    """Return every check character that makes a text valid; there has to be exactly one."""
    return "".join(check for check in alphabet if is_valid(data + check, alphabet))
