"""Use cases. Each owns its transaction; the dashboard and the command line call the same ones."""
