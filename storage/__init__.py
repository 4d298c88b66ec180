"""Everything that is kept: SQLite (the truth), media files, and the FiftyOne view."""
