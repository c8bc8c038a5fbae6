insert into stock (item, available, reserved, sold)
select 'book', 100, 0, 0 where not exists (select 1 from stock where item = 'book');
insert into stock (item, available, reserved, sold)
select 'pen', 1000, 0, 0 where not exists (select 1 from stock where item = 'pen');
