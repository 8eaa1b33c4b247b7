"""HubSpot: deals, leads, owners, and tasks for people."""
