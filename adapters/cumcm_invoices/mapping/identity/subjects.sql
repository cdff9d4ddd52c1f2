-- grain: one row per firm

with

firms as (
    select *
    from source_enterprises
    where excluded_because is null
)

select
    'cumcm_invoices:firm:' || firm_code as subject_id,
    'business' as kind,
    firm_name as name,
    'CN' as country,
    period_start() as registered_at,
    period_start() as known_at,
    source_row as _source_enterprises
from firms
