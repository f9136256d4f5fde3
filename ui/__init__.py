"""Doors for people and programs: command line, chat page, API. None holds logic."""
