"""What we say to the model: templates as data files, loaded strictly."""

from prompts.loader import Prompt, PromptError, fence, list_prompts, load_prompt

__all__ = ["Prompt", "PromptError", "fence", "list_prompts", "load_prompt"]
