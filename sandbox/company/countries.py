"""Two-letter codes of the countries the shop writes out; some of its places have none."""

from __future__ import annotations

CODES = {
    "United Kingdom": "GB", "Germany": "DE", "EIRE": "IE", "France": "FR", "Netherlands": "NL", "Spain": "ES",
    "Belgium": "BE", "Sweden": "SE", "Portugal": "PT", "Switzerland": "CH", "Australia": "AU", "Italy": "IT",
    "Finland": "FI", "Japan": "JP", "Denmark": "DK", "Norway": "NO", "Austria": "AT", "Cyprus": "CY", "Poland": "PL",
    "USA": "US", "United Arab Emirates": "AE", "Greece": "GR", "Hong Kong": "HK", "Malta": "MT", "Singapore": "SG",
    "Bahrain": "BH", "Israel": "IL", "Canada": "CA", "Iceland": "IS", "Lithuania": "LT", "RSA": "ZA",
    "Czech Republic": "CZ", "Nigeria": "NG", "Lebanon": "LB", "Korea": "KR", "Thailand": "TH", "Brazil": "BR",
    "Saudi Arabia": "SA",
}  # fmt: skip
