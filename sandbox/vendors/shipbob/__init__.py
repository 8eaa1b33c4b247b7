"""ShipBob: where the parcels are, what lies in the warehouse, what is on its way in."""
