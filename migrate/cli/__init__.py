"""The `delamp` command: one file per subcommand."""
