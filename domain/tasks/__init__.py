"""Work: taken in as a brief, told apart, routed, watched and held against what was asked."""
