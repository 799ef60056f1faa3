"""Draft a Django project from a legacy database: read its facts, design models, write files.

    facts    what the catalogue and the data say, as values (read over an open `Source`)
    design   what the project shall be, as values: models, fields, mappings, and why
    writing  the design as files that read as if written by hand

Each of the three knows only the one before it. No file is written until the design is whole.
"""
