-- What trouble does to the hazard in this month and the eight to come (those
-- that months.slump_path covers), expected as the first begins.
-- A shock of age a (months since it struck) multiplies the hazard by
-- exp(hazard * (1 - a / fade_months)) until it has faded. Each month it may
-- strike anew with the probability p of the subject's exposure. In the j-th
-- month to come the last one struck i <= j months before with probability
-- p * (1 - p)^i, and not since with (1 - p)^(j + 1): the expectation is exact.
create table shock_rates as
select
    shocks.shock,
    shocks.is_consumer,
    exposures.exposure::integer as exposure,
    shocks.monthly_probability
    * pow(shocks.exposure_ratio, exposures.exposure - 2) as probability,
    shocks.strain,
    shocks.hazard,
    shocks.fade_months
from shocks
cross join range(5) as exposures (exposure);

create table shock_path_of_one as
with ages as (
    select
        shock_rates.*,
        unnest(range(shock_rates.fade_months + 1))::integer as age,
        ahead.ahead
    from shock_rates
    cross join range(9) as ahead (ahead)
),

expected as (
    select
        ages.shock,
        ages.is_consumer,
        ages.exposure,
        ages.age,
        ages.ahead,
        sum(
            ages.probability * pow(1 - ages.probability, since.months)
            * exp(ages.hazard * greatest(
                0, 1 - since.months / ages.fade_months
            ))
        ) + pow(1 - ages.probability, ages.ahead + 1)
        * exp(ages.hazard * greatest(
            0, 1 - (ages.age + ages.ahead) / ages.fade_months
        )) as factor
    from ages
    inner join range(9) as since (months) on ages.ahead >= since.months
    group by
        ages.shock, ages.is_consumer, ages.exposure, ages.age, ages.ahead,
        ages.probability, ages.hazard, ages.fade_months
)

select
    shock,
    is_consumer,
    exposure,
    age,
    list(factor order by ahead) as factors
from expected
group by shock, is_consumer, exposure, age;

-- All three together; they strike independently.
create table shock_paths as
with combined as (
    select
        illness.is_consumer,
        illness.exposure,
        illness.age as illness_age,
        job_loss.age as job_loss_age,
        bankruptcy.age as bankruptcy_age,
        illness.factors as illness_factors,
        job_loss.factors as job_loss_factors,
        bankruptcy.factors as bankruptcy_factors
    from shock_path_of_one as illness
    inner join shock_path_of_one as job_loss
        on
            illness.is_consumer = job_loss.is_consumer
            and illness.exposure = job_loss.exposure
            and job_loss.shock = 'job_loss'
    inner join shock_path_of_one as bankruptcy
        on
            illness.is_consumer = bankruptcy.is_consumer
            and illness.exposure = bankruptcy.exposure
            and bankruptcy.shock = 'bankruptcy'
    where illness.shock = 'illness'
)

select
    is_consumer,
    exposure,
    illness_age,
    job_loss_age,
    bankruptcy_age,
    list_transform(
        range(1, 10),
        lambda i: illness_factors[i]
        * job_loss_factors[i] * bankruptcy_factors[i]
    )::double[9] as shock_path
from combined;

-- One row per kind and exposure, as the months read them.
create table shock_table as
select
    is_consumer,
    exposure,
    max(probability) filter (where shock = 'illness') as illness_probability,
    max(probability) filter (where shock = 'job_loss') as job_loss_probability,
    max(probability) filter (where shock = 'bankruptcy')
        as bankruptcy_probability,
    max(strain) filter (where shock = 'illness') as illness_strain,
    max(strain) filter (where shock = 'job_loss') as job_loss_strain,
    max(strain) filter (where shock = 'bankruptcy') as bankruptcy_strain,
    max(hazard) filter (where shock = 'illness') as illness_hazard,
    max(hazard) filter (where shock = 'job_loss') as job_loss_hazard,
    max(hazard) filter (where shock = 'bankruptcy') as bankruptcy_hazard,
    max(fade_months) filter (where shock = 'illness')::integer as illness_fade,
    max(fade_months) filter (where shock = 'job_loss')::integer
        as job_loss_fade,
    max(fade_months) filter (where shock = 'bankruptcy')::integer
        as bankruptcy_fade
from shock_rates
group by is_consumer, exposure;
