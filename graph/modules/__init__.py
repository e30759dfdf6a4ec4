"""Modules and functions that torch lacks. Each file rests on torch alone, so that exported source can carry it."""
