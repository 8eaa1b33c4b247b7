"""The process: everything meets here."""
