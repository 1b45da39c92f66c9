"""No tables: Django sends the signal behind a migration only to apps that have this file, and the grants hang on it."""
