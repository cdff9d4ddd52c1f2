"""Who may be landed: consents in force, as intervals of known_at.

A row is accepted if at its known_at a consent for its domain is in force that covers its event.
A decision counts from when it was both made and known; a grant lasts until the next withdrawal,
and grants in force together cover from the earliest of their covers_from_at.
"""

import duckdb

from sesame.engine import literal


def make_consents(connection: duckdb.DuckDBPyConnection, domain: str) -> None:
    """Temporary tables `consents` (disjoint intervals per subject) and `known_subjects`.

    consents: subject_id, starts_at (inclusive), ends_at (exclusive), covers_from_at.
    """
    connection.execute(f"""
        create or replace temp table consents as
        with decisions as (
            select
                subject_id,
                action,
                consent_event_id,
                greatest(decided_at, known_at) as starts_at,
                coalesce(covers_from_at, decided_at) as covers_from_at,
            from raw_consent.main.consent_events
            where domain = {literal(domain)}
        ),
        -- At one moment a withdrawal outweighs a grant.
        ordered as (
            select
                *,
                row_number() over (
                    partition by subject_id
                    order by starts_at, action = 'withdraw', consent_event_id
                ) as position,
            from decisions
        ),
        spells as (
            select
                *,
                sum((action = 'withdraw')::integer) over (
                    partition by subject_id order by position
                ) as withdrawals,
                lead(starts_at, 1, 'infinity'::timestamp) over (
                    partition by subject_id order by position
                ) as ends_at,
            from ordered
        )
        select
            subject_id,
            starts_at,
            ends_at,
            min(covers_from_at) over (
                partition by subject_id, withdrawals order by position
            ) as covers_from_at,
        from spells
        where action = 'grant'
        qualify starts_at < ends_at
    """)
    connection.execute("""
        create or replace temp table known_subjects as
        select distinct subject_id from raw_identity.main.subjects
    """)
