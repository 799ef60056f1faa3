"""Sakila, MySQL's DVD rental sample: its legacy database mapped to Django models by hand."""
