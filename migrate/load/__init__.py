"""From COPY text to the target: chunks, each committed together with its ledger row."""
