"""`manage.py delamp`."""
