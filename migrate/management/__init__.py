"""Django's way to `delamp`."""
