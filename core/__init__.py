"""Domain of AI-Mpox: pure functions and frozen types; knows no database and no screen."""
