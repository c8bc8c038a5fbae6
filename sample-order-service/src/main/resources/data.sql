insert into account (customer, balance, frozen, spent)
select 'alice', 10000, 0, 0 where not exists (select 1 from account where customer = 'alice');
insert into account (customer, balance, frozen, spent)
select 'bob', 1000, 0, 0 where not exists (select 1 from account where customer = 'bob');
