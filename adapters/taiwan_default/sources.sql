-- UCI_Credit_Card.csv: one line per client, comma-separated. Its lines end in
-- a bare carriage return: a reader that expects line feeds sees one line only.
create table source_clients as
select
    row_number() over () as source_row,
    cast("ID" as bigint) as client_id,
    cast("LIMIT_BAL" as decimal(18, 2)) as limit_amount,
    cast("SEX" as integer) as sex,
    cast("EDUCATION" as integer) as education,
    cast("MARRIAGE" as integer) as marriage,
    cast("AGE" as integer) as age,
    * exclude (
        "ID",
        "LIMIT_BAL",
        "SEX",
        "EDUCATION",
        "MARRIAGE",
        "AGE",
        "default.payment.next.month"
    ),
    cast("default.payment.next.month" as integer) as default_next_month,
    cast(null as varchar) as excluded_because
from read_csv(
    getvariable('source_folder') || '/UCI_Credit_Card.csv',
    delim = ',',
    header = true,
    new_line = '\r',
    all_varchar = true
);

-- The six months side by side, made one row each. PAY_AMTn was paid during
-- month n, towards the bill of the month before: 689 billed in July, 689 paid
-- in August. So a statement takes the payment of the month after; that of
-- September has none yet, and PAY_AMT6 pays a bill of March that is not here.
create table statements as
select
    source_row,
    client_id,
    limit_amount,
    unnest(
        [
            date '2005-09-30',
            date '2005-08-31',
            date '2005-07-31',
            date '2005-06-30',
            date '2005-05-31',
            date '2005-04-30'
        ]
    ) as statement_date,
    -- There is no PAY_1.
    cast(
        unnest(["PAY_0", "PAY_2", "PAY_3", "PAY_4", "PAY_5", "PAY_6"])
        as integer
    ) as status,
    cast(
        unnest(
            [
                "BILL_AMT1",
                "BILL_AMT2",
                "BILL_AMT3",
                "BILL_AMT4",
                "BILL_AMT5",
                "BILL_AMT6"
            ]
        ) as decimal(18, 2)
    ) as billed_amount,
    cast(
        unnest(
            [
                null,
                "PAY_AMT1",
                "PAY_AMT2",
                "PAY_AMT3",
                "PAY_AMT4",
                "PAY_AMT5"
            ]
        ) as decimal(18, 2)
    ) as paid_amount
from source_clients
where excluded_because is null;

-- The documented codes. Others (EDUCATION 0, 5, 6; MARRIAGE 0) give no value.
create table education_levels as
select *
from (
    values
    (1, 'master'),  -- graduate school: master or doctorate
    (2, 'bachelor'),
    (3, 'secondary'),
    (4, 'other')
) as levels (code, category);

create table marital_statuses as
select *
from (
    values
    (1, 'married'),
    (2, 'single'),
    (3, 'other')
) as statuses (code, marital_status);
