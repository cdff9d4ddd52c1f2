-- UCI Online Retail: every line of every invoice of one shop.

-- What can be known of the shop and its customers begins with the file.
create temp macro period_start() as timestamp '2010-12-01 00:00:00';

-- Null: the source's word names no one country.
create temp table countries as
select
    named.country_name,
    named.country
from (
    values
    ('Australia', 'AU'),
    ('Austria', 'AT'),
    ('Bahrain', 'BH'),
    ('Belgium', 'BE'),
    ('Brazil', 'BR'),
    ('Canada', 'CA'),
    ('Channel Islands', null),
    ('Cyprus', 'CY'),
    ('Czech Republic', 'CZ'),
    ('Denmark', 'DK'),
    ('EIRE', 'IE'),
    ('European Community', null),
    ('Finland', 'FI'),
    ('France', 'FR'),
    ('Germany', 'DE'),
    ('Greece', 'GR'),
    ('Hong Kong', 'HK'),
    ('Iceland', 'IS'),
    ('Israel', 'IL'),
    ('Italy', 'IT'),
    ('Japan', 'JP'),
    ('Lebanon', 'LB'),
    ('Lithuania', 'LT'),
    ('Malta', 'MT'),
    ('Netherlands', 'NL'),
    ('Norway', 'NO'),
    ('Poland', 'PL'),
    ('Portugal', 'PT'),
    ('RSA', 'ZA'),
    ('Saudi Arabia', 'SA'),
    ('Singapore', 'SG'),
    ('Spain', 'ES'),
    ('Sweden', 'SE'),
    ('Switzerland', 'CH'),
    ('USA', 'US'),
    ('United Arab Emirates', 'AE'),
    ('United Kingdom', 'GB'),
    ('Unspecified', null)
) as named (country_name, country);

-- Stock codes that are no goods. Delivery is part of what an order costs; the
-- others are entries of the shop's own books.
create temp table service_codes as
select
    coded.stock_code,
    coded.service
from (
    values
    ('POST', 'delivery'),
    ('DOT', 'delivery'),
    ('C2', 'delivery'),
    ('M', 'manual'),
    ('m', 'manual'),
    ('D', 'discount'),
    ('BANK CHARGES', 'fee'),
    ('AMAZONFEE', 'fee'),
    ('CRUK', 'fee'),
    ('B', 'bad debt'),
    ('S', 'sample')
) as coded (stock_code, service);

create temp table source_lines as
with

raw_lines as (
    select
        row_number() over () as source_row,
        *
    from read_csv(
        getvariable('source_folder') || '/online_retail.csv.gz',
        header = true, delim = ',', quote = '"', escape = '"',
        all_varchar = true, parallel = false
    )
),

cast_lines as (
    select
        source_row,
        invoiceno as invoice_number,
        stockcode as stock_code,
        -- '17850.0': an integer that went through a float column.
        cast(cast(customerid as decimal(18, 1)) as bigint) as customer_number,
        country as country_name,
        cast(quantity as decimal(18, 3)) as quantity,
        cast(unitprice as decimal(18, 4)) as unit_price_amount,
        invoiceno like 'C%' as is_credit_note,
        -- Stamped by the shop's clock in London, in summer an hour ahead.
        timezone(
            'UTC', timezone('Europe/London', cast(invoicedate as timestamp))
        ) as invoiced_at
    from raw_lines
),

coded_lines as (
    select
        cast_lines.*,
        service_codes.service
    from cast_lines
    left join service_codes
        on cast_lines.stock_code = service_codes.stock_code
),

judged_lines as (
    select
        *,
        -- 31 invoices were being written while the minute changed.
        min(invoiced_at) over (partition by invoice_number) as first_at,
        bool_or(service is null) over (
            partition by invoice_number
        ) as has_goods
    from coded_lines
)

select
    source_row,
    invoice_number,
    stock_code,
    customer_number,
    country_name,
    quantity,
    unit_price_amount,
    is_credit_note,
    first_at as invoiced_at,
    case
        when customer_number is null and service = 'bad debt'
            then 'no customer: bad debt written off in the shop''s books'
        when customer_number is null and quantity < 0 and not is_credit_note
            then 'no customer: stock written off, without a price'
        when customer_number is null
            then 'no customer: no subject to attach the line to'
        when service = 'fee'
            then 'fee or commission of the shop, not goods'
        when service = 'discount'
            then 'discount on the account, not a return of goods'
        when service = 'manual'
            then 'manual entry in the customer''s account, names no goods'
        when service = 'delivery' and not has_goods
            then 'delivery charged or credited on its own, without goods'
    end as excluded_because
from judged_lines;
