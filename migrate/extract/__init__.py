"""From the source to COPY text: key ranges, blocks built by MySQL, and rows read one by one."""
