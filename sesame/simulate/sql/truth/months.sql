-- is_default_12m: 90 days past due within twelve months, so stopped paying in
-- one of the nine months from this one on; null where that is not yet over, or
-- payment had stopped before.
select
    subject_id,
    month_at,
    round(illness, 3)::float as illness,
    round(job_loss, 3)::float as job_loss,
    round(bankruptcy, 3)::float as bankruptcy,
    round(strain, 3)::float as strain,
    hazard::float as default_hazard,
    default_12m_probability::float as default_12m_probability,
    if(
        month_at + interval 9 month <= getvariable('end_at')
        and coalesce(default_month >= month_number, true),
        coalesce(default_month <= month_number + 8, false),
        null
    ) as is_default_12m
from life
order by n, month_number
