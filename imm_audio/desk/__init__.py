"""The desk: a web server with the facilitator's page, players' pages and the wall, in a process of its own."""
