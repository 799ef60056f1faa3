"""A Django app with a table for each way in which rows are named."""
