"""What is kept between runs: records as JSON and tables, in a folder that is whole or not there.

The database is asked for by module (`remnant.store.house`, `remnant.store.studies`), so that a run without one
does not wait for it.
"""

from remnant.store.cache import Cache, key
from remnant.store.folder import MANIFEST, check_free, digest, read_manifest, replaced, write_tables
from remnant.store.records import from_json, to_json, to_table

__all__ = [
    "MANIFEST",
    "Cache",
    "check_free",
    "digest",
    "from_json",
    "key",
    "read_manifest",
    "replaced",
    "to_json",
    "to_table",
    "write_tables",
]
