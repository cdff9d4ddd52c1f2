-- CUMCM 2020 C: the VAT invoices of 302 firms without a credit record.

-- What can be known of the firms begins with the first month of invoices.
create temp macro period_start() as timestamp '2016-10-01 00:00:00';

create temp table source_enterprises as
with

raw_enterprises as (
    select
        row_number() over () as source_row,
        *
    from read_csv(
        getvariable('source_folder') || '/enterprise_base_nocredit.csv',
        header = true, delim = ',', quote = '"', escape = '"',
        all_varchar = true, parallel = false
    )
)

select
    source_row,
    企业代号 as firm_code,
    trim(企业名称) as firm_name,
    cast(null as varchar) as excluded_because
from raw_enterprises;

-- The first column has no name but the byte-order mark. It numbers the rows of
-- all firms of a folder through, from 0.
create temp table raw_invoices as
with

received as (
    select
        'received' as direction,
        cast(column0 as bigint) + 1 as source_row,
        企业代号 as firm_code,
        发票号码 as invoice_number,
        开票日期 as issued_on,
        销方单位代号 as counterparty_code,
        金额 as net,
        税额 as tax,
        发票状态 as status_word
    from read_csv(
        getvariable('source_folder') || '/input_invoices/*.csv.gz',
        header = true, delim = ',', quote = '"', escape = '"',
        all_varchar = true
    )
),

issued as (
    select
        'issued' as direction,
        cast(column0 as bigint) + 1 as source_row,
        企业代号 as firm_code,
        发票号码 as invoice_number,
        开票日期 as issued_on,
        购方单位代号 as counterparty_code,
        金额 as net,
        税额 as tax,
        发票状态 as status_word
    from read_csv(
        getvariable('source_folder') || '/output_invoices/*.csv.gz',
        header = true, delim = ',', quote = '"', escape = '"',
        all_varchar = true
    )
)

select * from received
union all
select * from issued;

create temp table judged_invoices as
with

cast_invoices as (
    select
        direction,
        source_row,
        firm_code,
        invoice_number,
        counterparty_code,
        -- Some are written with a blank in front.
        trim(status_word) as status_word,
        cast(net as decimal(18, 2)) as net_amount,
        cast(tax as decimal(18, 2)) as tax_amount,
        strptime(issued_on, '%Y/%m/%d') as issued_at
    from raw_invoices
),

counted_invoices as (
    select
        cast_invoices.*,
        source_enterprises.firm_code is not null as is_listed,
        count(*) over (
            partition by
                cast_invoices.direction, cast_invoices.firm_code,
                cast_invoices.counterparty_code
        ) as counterparty_rows
    from cast_invoices
    left join source_enterprises
        on cast_invoices.firm_code = source_enterprises.firm_code
),

-- Numbers come round again after years in another series of forms; one number
-- of a firm on one day with one sum is one invoice, exported again.
repeats as (
    select
        *,
        first_value(source_row) over kept as kept_row,
        first_value(counterparty_code) over kept as kept_counterparty_code,
        first_value(status_word) over kept as kept_status_word
    from counted_invoices
    window kept as (
        partition by
            direction, firm_code, invoice_number, issued_at, net_amount,
            tax_amount
        order by
            -- Voiding is final, so a valid copy is the older one.
            case status_word when '作废发票' then 0 else 1 end,
            -counterparty_rows,
            counterparty_code,
            source_row
    )
)

select
    direction,
    source_row,
    firm_code,
    invoice_number,
    counterparty_code,
    status_word,
    net_amount,
    tax_amount,
    issued_at,
    case
        when not is_listed
            then 'firm is not in the list of firms'
        when status_word not in ('有效发票', '作废发票')
            then 'status is neither valid nor voided'
        when source_row = kept_row then null
        when status_word <> kept_status_word
            then 'the same invoice again, still valid in the older copy'
        when counterparty_code <> kept_counterparty_code
            then 'the same invoice again under another counterparty code'
        else 'the same invoice again, equal in every column'
    end as excluded_because
from repeats;

create temp table source_invoices_received as
select
    source_row,
    firm_code,
    invoice_number,
    counterparty_code,
    status_word,
    net_amount,
    tax_amount,
    issued_at,
    excluded_because
from judged_invoices
where direction = 'received';

create temp table source_invoices_issued as
select
    source_row,
    firm_code,
    invoice_number,
    counterparty_code,
    status_word,
    net_amount,
    tax_amount,
    issued_at,
    excluded_because
from judged_invoices
where direction = 'issued';
