-- grain: one row per domain and product of the catalogue

with

attributes as (
    select * from {{ ref('attributes') }}
),

products as (
    select distinct
        domain,
        product
    from attributes
),

numbered as (
    select
        domain,
        product,
        cast(
            row_number() over (order by domain, product) - 1 as integer
        ) as product_number
    from products
),

-- A bit for each, so that all that is expected of a subject is one number.
expectable_products as (
    select
        domain,
        product,
        {{ bit_of('product_number') }} as product_bit
    from numbered
)

select * from expectable_products
