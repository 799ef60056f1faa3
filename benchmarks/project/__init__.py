"""The smallest Django project that the measures need: one big table, its parent, and a copy of the
big table with one more column, for the Python tier."""
