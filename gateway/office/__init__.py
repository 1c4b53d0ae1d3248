"""What the card office works with, at the command line and in a browser alike: joined here once for both."""
