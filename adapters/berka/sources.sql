-- The bank's tables: separated by semicolons, latin-1, read as text and cast
-- here. trans.csv has English code words, the .asc files the Czech ones.

-- Dates are YYMMDD. The format %y takes 45 for 2045, which for births is wrong
-- by a century; every date of this bank, births included, is of the 1900s.
create macro date_of(yymmdd) as
cast(strptime('19' || yymmdd, '%Y%m%d') as date);

-- Facts are dated by the day; the bank knows them when it closes the day. The
-- next day's 00:00 would be too late: a score of that day would miss them.
create macro end_of_day(day) as
cast(day as timestamp) + interval 1 day - interval 1 second;

create macro last_day_of_extract() as date '1998-12-31';

create macro read_table(file_name) as table
    select
        row_number() over () as source_row,
        *
    from read_csv(
        getvariable('source_folder') || '/' || file_name,
        delim = ';',
        header = true,
        quote = '"',
        all_varchar = true,
        encoding = 'latin-1'
    );

create table source_account as
select
    source_row,
    cast(account_id as bigint) as account_id,
    cast(district_id as bigint) as district_id,
    frequency,
    date_of("date") as opened_date,
    cast(null as varchar) as excluded_because
from read_table('account.asc');

-- Women's birth numbers have 50 added to the month: 706213 is 1970-12-13.
create table source_client as
select
    source_row,
    cast(client_id as bigint) as client_id,
    birth_number,
    cast(district_id as bigint) as district_id,
    if(
        cast(birth_number[3:4] as integer) > 50, 'female', 'male'
    ) as gender,
    date_of(
        lpad(
            cast(
                cast(birth_number as integer)
                - if(cast(birth_number[3:4] as integer) > 50, 5000, 0)
                as varchar
            ),
            6,
            '0'
        )
    ) as birth_date,
    cast(null as varchar) as excluded_because
from read_table('client.asc');

create table source_disp as
select
    source_row,
    cast(disp_id as bigint) as disp_id,
    cast(client_id as bigint) as client_id,
    cast(account_id as bigint) as account_id,
    "type",
    cast(null as varchar) as excluded_because
from read_table('disp.asc');

create table source_order as
select
    source_row,
    cast(order_id as bigint) as order_id,
    cast(account_id as bigint) as account_id,
    bank_to,
    account_to,
    cast(amount as decimal(18, 2)) as amount,
    nullif(trim(k_symbol), '') as k_symbol,
    if(
        k_symbol = 'UVER',
        'instalment of the very loan whose outcome is predicted',
        'standing order without a date'
    ) as excluded_because
from read_table('order.asc');

-- What each combination of codes means. A purpose (k_symbol) comes before the
-- way of paying (operation): household money drawn in cash pays bills.
create table transaction_kinds as
select *
from (
    values
    ('credit', 'credit in cash', null, 'in', 'top_up'),
    ('credit', 'collection from another bank', null, 'in', 'transfer'),
    ('credit', null, 'interest credited', 'in', 'interest'),
    ('withdrawal', 'withdrawal in cash', null, 'out', 'cash'),
    ('withdrawal in cash', 'withdrawal in cash', null, 'out', 'cash'),
    ('withdrawal', 'credit card withdrawal', null, 'out', 'cash'),
    ('withdrawal', 'remittance to another bank', null, 'out', 'transfer'),
    ('withdrawal', 'remittance to another bank', 'household', 'out', 'bill'),
    ('withdrawal', 'withdrawal in cash', 'household', 'out', 'bill'),
    (
        'withdrawal',
        'remittance to another bank',
        'insurrance payment',
        'out',
        'insurance'
    ),
    (
        'withdrawal',
        'withdrawal in cash',
        'payment for statement',
        'out',
        'fee'
    ),
    (
        'withdrawal',
        'withdrawal in cash',
        'sanction interest if negative balance',
        'out',
        'interest'
    ),
) as kinds ("type", operation, k_symbol, direction, kind);

create table source_trans as
select
    transactions.source_row,
    cast(transactions.trans_id as bigint) as trans_id,
    cast(transactions.account_id as bigint) as account_id,
    date_of(transactions."date") as transaction_date,
    transactions."type",
    transactions.operation,
    cast(transactions.amount as decimal(18, 2)) as amount,
    cast(transactions.balance as decimal(18, 2)) as balance,
    transactions.k_symbol,
    transactions.bank,
    transactions.account,
    transaction_kinds.direction,
    transaction_kinds.kind,
    if(
        transaction_kinds.kind is null,
        'type, operation and k_symbol not in the code table',
        null
    ) as excluded_because
from read_table('trans.csv') as transactions
left join transaction_kinds
    on
        transactions."type" = transaction_kinds."type"
        and transactions.operation
        is not distinct from transaction_kinds.operation
        and nullif(trim(transactions.k_symbol), '')
        is not distinct from transaction_kinds.k_symbol;

create table source_card as
select
    source_row,
    cast(card_id as bigint) as card_id,
    cast(disp_id as bigint) as disp_id,
    "type",
    date_of(issued[1:6]) as issued_date,
    cast(null as varchar) as excluded_because
from read_table('card.asc');

create table source_loan as
select
    loans.source_row,
    cast(loans.loan_id as bigint) as loan_id,
    cast(loans.account_id as bigint) as account_id,
    date_of(loans."date") as loan_date,
    cast(loans.amount as decimal(18, 2)) as amount,
    cast(loans.duration as integer) as duration,
    cast(loans.payments as decimal(18, 2)) as payments,
    loans.status,
    case
        when loans.status not in ('A', 'B', 'C', 'D')
            then 'status not documented'
        when
            cast(loans.account_id as bigint) not in (
                select source_trans.account_id from source_trans
            )
            then 'loan before 1997, of whose account there are no transactions'
    end as excluded_because
from read_table('loan.asc') as loans;

create table source_district as
select
    source_row,
    * exclude (source_row),
    'statistics of a place, not of a person' as excluded_because
from read_table('district.asc');

-- Whose an account is: its one owner. A disponent may sign, but owes nothing.
create table account_owners as
select
    source_disp.disp_id,
    source_disp.account_id,
    'berka:client:' || source_disp.client_id as subject_id
from source_disp
where source_disp."type" = 'OWNER';
