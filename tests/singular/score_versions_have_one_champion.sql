-- Protects int_score_versions: exactly one champion, and each version in
-- service has its scale. With two or none, readers would see two current
-- scores of a subject or none at all.

select
    count(*) as versions_count,
    sum(case when versions.is_champion then 1 else 0 end) as champions_count
from {{ ref('int_score_versions') }} as versions
left join {{ ref('scales') }} as scales
    on versions.score_version = scales.score_version
having
    -- no row adds up to null, and null is no breach
    coalesce(sum(case when versions.is_champion then 1 else 0 end), 0) <> 1
    or count(scales.score_version) <> count(*)
