-- One row per subject and month lived with the operator: the clock that every
-- event table beats to.
--
-- The order of causes is what makes the truth true: latents and shocks make a
-- month's strain and hazard, the hazard alone decides whether payment stops in
-- it, and what a provider can see follows from the latents, from strain, and
-- from a default once it has happened. Nothing foreshadows a default but what
-- raises its hazard, so no model of the raw tables can beat the hazard.
create table lived as
with struck as (
    select
        people.n,
        people.is_consumer,
        people.exposure,
        months.month_at,
        months.month_number,
        key_of('life', people.n, months.month_number) as mk,
        u(mk, 1) < shock_table.illness_probability as is_ill_now,
        u(mk, 2) < shock_table.job_loss_probability as is_jobless_now,
        u(mk, 3) < shock_table.bankruptcy_probability as is_bankrupt_now
    from living as people
    inner join months
        on months.month_at >= date_trunc('month', people.registered_at)
    inner join shock_table
        on
            people.is_consumer = shock_table.is_consumer
            and people.exposure = shock_table.exposure
),

-- Months since the last shock of each kind, as the month begins.
remembered as (
    select
        *,
        month_number - max(if(is_ill_now, month_number, null)) over before
            as illness_months,
        month_number - max(if(is_jobless_now, month_number, null)) over before
            as job_loss_months,
        month_number - max(if(is_bankrupt_now, month_number, null)) over before
            as bankruptcy_months
    from struck
    window before as (
        partition by n order by month_number
        rows between unbounded preceding and 1 preceding
    )
),

-- What has faded is forgotten: an age of fade_months stands for none.
aged as (
    select
        remembered.*,
        least(
            coalesce(remembered.illness_months, shock_table.illness_fade),
            shock_table.illness_fade
        )::integer as illness_before,
        least(
            coalesce(remembered.job_loss_months, shock_table.job_loss_fade),
            shock_table.job_loss_fade
        )::integer as job_loss_before,
        least(
            coalesce(
                remembered.bankruptcy_months, shock_table.bankruptcy_fade
            ),
            shock_table.bankruptcy_fade
        )::integer as bankruptcy_before,
        if(
            remembered.is_ill_now,
            1, 1 - illness_before / shock_table.illness_fade
        ) as illness,
        if(
            remembered.is_jobless_now,
            1, 1 - job_loss_before / shock_table.job_loss_fade
        ) as job_loss,
        if(
            remembered.is_bankrupt_now,
            1, 1 - bankruptcy_before / shock_table.bankruptcy_fade
        ) as bankruptcy,
        illness * shock_table.illness_hazard
        + job_loss * shock_table.job_loss_hazard
        + bankruptcy * shock_table.bankruptcy_hazard as shock_log_hazard,
        least(
            1,
            illness * shock_table.illness_strain
            + job_loss * shock_table.job_loss_strain
            + bankruptcy * shock_table.bankruptcy_strain
        ) as shock_strain
    from remembered
    inner join shock_table
        on
            remembered.is_consumer = shock_table.is_consumer
            and remembered.exposure = shock_table.exposure
),

propensities as (
    select
        *,
        if(
            is_consumer,
            getvariable('hazard_consumer'), getvariable('hazard_business')
        )
        + getvariable('hazard_reliability') * reliability
        + getvariable('hazard_income') * income
        + getvariable('hazard_stability') * stability
        + getvariable('hazard_activity') * activity
        + getvariable('hazard_position') * social_position
        + getvariable('hazard_volatility') * income_volatility
            as log_hazard
    from people
)

select
    aged.n,
    aged.month_at,
    aged.month_number,
    aged.mk,
    aged.illness,
    aged.job_loss,
    aged.bankruptcy,
    aged.is_jobless_now,
    aged.is_bankrupt_now,
    least(
        1, aged.shock_strain
        + getvariable('shown_strain_slump') * greatest(0, months.slump)
    ) as strain,
    exp(
        propensities.log_hazard + aged.shock_log_hazard
        + getvariable('hazard_slump') * months.slump
    ) as hazard,
    -- Of 90 days past due within twelve months, as the month begins: given what
    -- has happened, with shocks still to come.
    1 - exp(
        -exp(propensities.log_hazard)
        * array_inner_product(shock_paths.shock_path, months.slump_path)
    ) as default_12m_probability
from aged
inner join months on aged.month_number = months.month_number
inner join propensities on aged.n = propensities.n
inner join shock_paths
    on
        aged.is_consumer = shock_paths.is_consumer
        and aged.exposure = shock_paths.exposure
        and aged.illness_before = shock_paths.illness_age
        and aged.job_loss_before = shock_paths.job_loss_age
        and aged.bankruptcy_before = shock_paths.bankruptcy_age;

create table fates as
select
    n,
    min(month_number) filter (
        where u(mk, 50) < 1 - exp(-hazard)
    ) as default_month,
    min(month_number) filter (where is_bankrupt_now) as bankruptcy_month
from lived
group by n;

create table life as
select
    people.n,
    people.k,
    people.subject_id,
    people.is_consumer,
    people.registered_at,
    people.reliability,
    people.income,
    people.income_volatility,
    people.activity,
    people.stability,
    people.social_position,
    people.monthly_income,
    people.is_formal,
    people.has_credit,
    lived.month_at,
    lived.month_number,
    lived.mk,
    lived.hazard,
    lived.default_12m_probability,
    lived.strain,
    lived.illness,
    lived.job_loss,
    lived.bankruptcy,
    lived.is_jobless_now,
    months.season,
    months.business_season,
    fates.default_month,
    fates.bankruptcy_month,
    -- Months since payment stopped; -1 before, and again when it is over.
    if(
        lived.month_number - fates.default_month
        between 0 and getvariable('down_months') - 1,
        lived.month_number - fates.default_month,
        -1
    ) as months_down,
    -- What shows: strain before, arrears from default on, and scars after.
    case
        when lived.month_number < fates.default_month then lived.strain
        when
            lived.month_number
            < fates.default_month + getvariable('down_months')
            then 1
        when lived.month_number >= fates.default_month
            then greatest(lived.strain, 0.3)
        else lived.strain
    end as distress
from lived
inner join people on lived.n = people.n
inner join months on lived.month_number = months.month_number
inner join fates on lived.n = fates.n;

drop table lived;
