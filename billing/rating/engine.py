"""The engine's version: it rises only with a change that can alter a figure (DESIGN.md section 3)."""

ENGINE_VERSION = 1
