"""The vendors the small company uses, speaking their real wire shapes."""
