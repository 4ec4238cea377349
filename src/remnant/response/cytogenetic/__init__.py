"""Response by metaphases and by FISH, each with what its count excludes, and how they agree."""
