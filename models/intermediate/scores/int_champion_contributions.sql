-- grain: one row per subject the champion scores and as-of date
{#
    Wide, because a row per attribute takes ten times as long to write and to read again. The mart
    contributions shows them as rows.
#}
{%- set card = card_attributes() | selectattr('is_champion') | list %}
{%- set version = card[0].version if card else '' %}
{%- for kind in ['consumer', 'business'] %}
{%- for factor in factor_names().split() %}
-- depends_on: {{ ref(kind ~ '_' ~ factor) }}
{%- endfor %}
{%- endfor %}
-- depends_on: {{ ref('int_banned_attributes') }}
-- depends_on: {{ ref('int_expected_products') }}

with

subject_profiles as (
    select * from {{ ref('int_subject_profiles') }}
    where not_scoreable_reason is null
),

contributions as (
    {{ stored_contributions(card, version, 'consumer', 'subject_profiles') }}
    union all
    {{ stored_contributions(card, version, 'business', 'subject_profiles') }}
)

select * from contributions
