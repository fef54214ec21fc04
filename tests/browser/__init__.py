"""Pages as people see them: Debian's Chromium, led by playwright, through the HTTP API of this process."""
