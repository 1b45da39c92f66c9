"""The SQL of the limits: what is read before an attempt, and what is counted behind it, each one statement whoever tries whatever."""

STANDING = """
SELECT scope, number FROM abuse_count
WHERE (scope = ANY(%(by_day)s) AND window_from = %(day)s) OR (scope = ANY(%(by_short)s) AND window_from = %(short)s)
UNION ALL
SELECT 'factor', COALESCE(max(factor), 1) FROM abuse_sharednetwork WHERE network::inet >>= %(client)s::inet
"""

_COUNTS_UP = """
    ON CONFLICT (scope, window_from) DO UPDATE SET number = c.number + EXCLUDED.number, last_at = EXCLUDED.last_at
"""

# The rows of one statement are always taken in the same order, so that no two of them wait for each other in a circle.
COUNT = f"""
INSERT INTO abuse_count AS c (scope, window_from, number, last_at)
SELECT scope, window_from, number, %(now)s
FROM unnest(%(scopes)s::text[], %(windows)s::timestamptz[], %(numbers)s::int[]) AS i(scope, window_from, number)
ORDER BY scope {_COUNTS_UP}
RETURNING scope, number
"""  # noqa: S608 fixed texts, every value is a parameter

_ALARM = """
INSERT INTO abuse_alarm AS a (kind, network, day, times, first_at, last_at, seen_at, seen_by)
{source}
ON CONFLICT (kind, network, day) DO UPDATE SET times = a.times + 1, last_at = EXCLUDED.last_at, seen_at = NULL, seen_by = ''
"""

ALARM = _ALARM.format(source="VALUES (%(kind)s, %(network)s, %(today)s, 1, %(now)s, %(now)s, NULL, '')")

_A_DECOY = "SELECT 'canary', %(network)s, %(today)s::date, 1, %(now)s::timestamptz, %(now)s::timestamptz, NULL, '' FROM decoy"

COUNT_FAILURE = f"""
WITH counted AS ({COUNT}), decoy AS (
    SELECT 1 FROM abuse_canary WHERE serial = %(serial)s AND %(unknown)s
), flag AS (
    INSERT INTO abuse_count AS c (scope, window_from, number, last_at)
    SELECT %(canary_scope)s, %(day)s, 1, %(now)s FROM decoy {_COUNTS_UP}
), alarm AS ({_ALARM.format(source=_A_DECOY)})
SELECT scope, number FROM counted
"""  # noqa: S608 fixed texts, every value is a parameter

COUNT_PERSON = f"""
WITH first AS (
    INSERT INTO abuse_count (scope, window_from, number, last_at) VALUES (%(seen)s, %(day)s, 1, %(now)s)
    ON CONFLICT DO NOTHING RETURNING 1
)
INSERT INTO abuse_count AS c (scope, window_from, number, last_at) SELECT %(met)s, %(day)s, 1, %(now)s FROM first {_COUNTS_UP}
"""  # noqa: S608 fixed texts, every value is a parameter

HOLDS_OF_A_NUMBER = "SELECT number, last_at FROM abuse_count WHERE scope = %(scope)s AND window_from = %(window)s"

RELEASE_NETWORK = """
DELETE FROM abuse_count WHERE split_part(scope, ' ', 2) = %(network)s AND split_part(scope, ' ', 1) = ANY(%(kinds)s)
"""

NETWORKS = """
WITH counted AS (
    SELECT split_part(scope, ' ', 2) AS network, split_part(scope, ' ', 1) AS kind, sum(number) AS number, max(last_at) AS last_at
    FROM abuse_count
    WHERE (window_from = %(day)s AND split_part(scope, ' ', 1) IN ('day', 'met', 'canary', 'grab'))
        OR (window_from = %(short)s AND split_part(scope, ' ', 1) = 'short')
    GROUP BY 1, 2
), listed AS (
    SELECT network,
        COALESCE(sum(number) FILTER (WHERE kind = 'short'), 0) AS short, COALESCE(sum(number) FILTER (WHERE kind = 'day'), 0) AS day,
        COALESCE(sum(number) FILTER (WHERE kind = 'met'), 0) AS met, COALESCE(sum(number) FILTER (WHERE kind = 'canary'), 0) AS canary,
        COALESCE(sum(number) FILTER (WHERE kind = 'grab'), 0) AS grab, max(last_at) AS last_at
    FROM counted GROUP BY network HAVING bool_or(kind IN ('day', 'canary', 'grab'))
    ORDER BY day DESC, network LIMIT %(limit)s
)
SELECT l.*, (SELECT COALESCE(max(s.factor), 1) FROM abuse_sharednetwork s WHERE s.network::inet >>= NULLIF(l.network, 'unknown')::inet)
FROM listed l ORDER BY day DESC, network
"""
