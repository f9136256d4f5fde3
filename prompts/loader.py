"""Prompts are data: a template file with declared variables, rendered strictly, identified by a hash.

A template starts with a line ``variables: a, b`` and a line ``---``; the rest is the text, in which
``{{a}}`` stands for a value. A value that is missing, a value that is not declared, and a placeholder that is not
declared are all errors, so a prompt never goes out with a hole in it.
"""

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

_PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")


class PromptError(ValueError):
    """A prompt does not exist, is malformed, or was rendered with the wrong values."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt template.

    Attributes:
        name: file name without ``.md``.
        text: the template.
        variables: names that ``render`` must be given, no more and no fewer.
        digest: first 12 hex digits of the SHA-256 of the file; recorded with each reply.
    """

    name: str
    text: str
    variables: frozenset[str]
    digest: str

    def render(self, **values: str) -> str:
        """The text with every placeholder replaced once (values are never searched for placeholders).

        Raises:
            PromptError: a declared variable is missing or an undeclared one was given.
        """
        missing, extra = self.variables - values.keys(), values.keys() - self.variables
        if missing or extra:
            wrong = f"missing {sorted(missing) or 'nothing'}, not declared {sorted(extra) or 'nothing'}"
            raise PromptError(f"prompt {self.name!r}: {wrong}")
        return _PLACEHOLDER.sub(lambda match: values[match.group(1)], self.text)


@cache
def load_prompt(name: str) -> Prompt:
    """The template ``templates/<name>.md``.

    Raises:
        PromptError: there is no such template, or its placeholders and its declaration differ.
    """
    if name not in list_prompts():
        raise PromptError(f"no prompt {name!r}; there are: {', '.join(list_prompts())}")
    raw = resources.files("prompts").joinpath("templates", f"{name}.md").read_text(encoding="utf-8")
    head, separator, text = raw.partition("\n---\n")
    if not separator or not head.startswith("variables:"):
        raise PromptError(f"prompt {name!r}: must start with 'variables: ...' and a line '---'")
    declared = frozenset(part.strip() for part in head.removeprefix("variables:").split(",") if part.strip())
    used = frozenset(_PLACEHOLDER.findall(text))
    if used != declared:
        raise PromptError(f"prompt {name!r}: declares {sorted(declared)} but uses {sorted(used)}")
    return Prompt(name, text.strip(), declared, hashlib.sha256(raw.encode()).hexdigest()[:12])


@cache
def list_prompts() -> tuple[str, ...]:
    """Names of all templates, sorted."""
    folder = resources.files("prompts").joinpath("templates")
    return tuple(sorted(entry.name.removesuffix(".md") for entry in folder.iterdir() if entry.name.endswith(".md")))


def fence(text: str) -> str:
    """Catalogue or shopper text as data: one line, without the marks that close a fence or open a role.

    The model is told that what stands between ``<data>`` and ``</data>`` is never an instruction; this keeps
    the text from ending the fence itself.
    """
    flat = re.sub(r"\s+", " ", text).strip()
    return f"<data>{re.sub(r'[<>|{}]', ' ', flat)}</data>"
