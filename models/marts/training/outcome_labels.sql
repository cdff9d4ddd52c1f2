-- grain: one row per outcome

with

outcomes as (
    select * from {{ ref('stg_partners__outcomes') }}
),

definitions as (
    select * from {{ ref('default_definitions') }}
),

subjects as (
    select * from {{ ref('int_scored_subjects') }}
),

described as (
    select
        outcomes.outcome_id,
        outcomes.subject_id,
        outcomes.definition,
        outcomes.is_default,
        outcomes.is_closed,
        outcomes.observed_at,
        subjects.subject_kind,
        definitions.is_whole_life,
        cast(outcomes.scored_as_of_at as date) as as_of_date,
        {{ add_months(
            'cast(outcomes.scored_as_of_at as date)',
            'definitions.window_months'
        ) }} as window_end_date,
        max(cast(outcomes.observed_at as date))
            over (partition by outcomes.definition) as latest_observation_date,
        definitions.definition is not null as is_defined
    from outcomes
    left join definitions
        on outcomes.definition = definitions.definition
    left join subjects
        on
            outcomes.subject_id = subjects.subject_id
            and cast(outcomes.scored_as_of_at as date) = subjects.as_of_date
),

-- A default is one from its day on. No default says something only once the
-- window is over, though the facility may have ended before; where the whole
-- course of a facility counts, one that still runs is good so far, for else
-- only what went wrong early would be left.
judged as (
    select
        *,
        case
            when not is_defined then 'undefined'
            when is_default then 'mature'
            when is_whole_life and is_closed then 'mature'
            when is_whole_life then 'censored'
            when cast(observed_at as date) >= window_end_date then 'mature'
            else 'immature'
        end as maturity
    from described
),

-- Of a window that nobody can have outlived yet the defaults alone would be
-- learnt from: they wait for the others.
outcome_labels as (
    select
        outcome_id,
        subject_id,
        definition,
        is_default,
        subject_kind,
        as_of_date,
        maturity,
        is_closed,
        maturity in ('mature', 'censored')
        and coalesce(window_end_date <= latest_observation_date, true)
            as is_judged,
        observed_at,
        case
            when subject_kind is null then 'subject_unknown'
            when maturity in ('immature', 'undefined') then maturity
            when window_end_date > latest_observation_date
                then 'window_running'
        end as left_out_reason
    from judged
)

select * from outcome_labels
