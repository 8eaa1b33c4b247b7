"""Questions become answers that cite the rows they rest on."""
