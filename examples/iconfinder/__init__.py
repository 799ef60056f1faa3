"""An icon marketplace: the database that PHP left behind, and the Django project taking over."""
