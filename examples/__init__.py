"""Complete projects that show delamp at work. Not part of the installed package."""
