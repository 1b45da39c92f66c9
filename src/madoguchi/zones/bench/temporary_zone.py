"""A zone for a bench: an own cluster in a temporary folder, migrated, removed behind."""

import contextlib
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg

from madoguchi.platform.database.cluster import Cluster
from madoguchi.platform.database.provision import create_database, create_roles
from madoguchi.zones.configuration import SECRET_NAMES, Zone, ZoneFile, ZoneFolder, cluster_of
from madoguchi.zones.setting_up import run_verb

MUNICIPALITY = "142051"


@contextlib.contextmanager
def temporary_zone(zone: Zone) -> Iterator[tuple[Path, Cluster]]:
    """Yield the data folder and the running cluster of a freshly migrated `zone`; its database is called `madoguchi_ZONE`."""
    with tempfile.TemporaryDirectory(prefix="madoguchi-bench-") as folder:
        data = Path(folder) / "data"
        data.mkdir(mode=0o700)
        with cluster_of(data).running() as cluster:
            place, database = ZoneFolder(data, zone), f"madoguchi_{zone}"
            for name in SECRET_NAMES:
                place.make_secret(name)
            with psycopg.connect(cluster.dsn("postgres"), autocommit=True) as server:
                create_roles(server, zone)
                create_database(server, zone, database)
            place.write(ZoneFile(zone, MUNICIPALITY, str(uuid.uuid4()), database))
            run_verb(data, "zone", "migrate", zone)
            yield data, cluster
