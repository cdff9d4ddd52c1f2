-- Protects the ten factor marts, business_credit_history and
-- consumer_credit_history among them. A mart that starts from its evidence
-- instead of from int_scoring_subjects loses those who have none: they would
-- not score worse or "not scoreable", they would be gone without a word.

{%- set marts = [
    ref('business_credit_history'),
    ref('business_behaviour_preference'),
    ref('business_fulfilment_capacity'),
    ref('business_personal_characteristics'),
    ref('business_interpersonal_relationships'),
    ref('consumer_credit_history'),
    ref('consumer_behaviour_preference'),
    ref('consumer_fulfilment_capacity'),
    ref('consumer_personal_characteristics'),
    ref('consumer_interpersonal_relationships'),
] %}

with

scoring_subjects as (
    select * from {{ ref('int_scoring_subjects') }}
),

marts as (
{%- for mart in marts %}
    select
        '{{ mart.identifier }}' as mart,
        '{{ mart.identifier.split("_") | first }}' as subject_kind
    {%- if not loop.last %}
    union all
    {%- endif %}
{%- endfor %}
),

held as (
{%- for mart in marts %}
    select
        '{{ mart.identifier }}' as mart,
        '{{ mart.identifier.split("_") | first }}' as subject_kind,
        subject_id,
        as_of_date
    from {{ mart }}
    {%- if not loop.last %}
    union all
    {%- endif %}
{%- endfor %}
),

missing as (
    select
        marts.mart,
        scoring_subjects.subject_id,
        scoring_subjects.as_of_date
    from scoring_subjects
    inner join marts
        on scoring_subjects.subject_kind = marts.subject_kind
    left join held
        on
            scoring_subjects.subject_id = held.subject_id
            and scoring_subjects.as_of_date = held.as_of_date
            and marts.mart = held.mart
    where held.subject_id is null
),

strangers as (
    select
        held.mart,
        held.subject_id,
        held.as_of_date
    from held
    left join scoring_subjects
        on
            held.subject_id = scoring_subjects.subject_id
            and held.as_of_date = scoring_subjects.as_of_date
            and held.subject_kind = scoring_subjects.subject_kind
    where scoring_subjects.subject_id is null
),

failures as (
    select * from missing
    union all
    select * from strangers
)

select * from failures
