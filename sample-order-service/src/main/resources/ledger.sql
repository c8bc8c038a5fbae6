create table if not exists entry (
  id char(36) primary key,
  customer varchar(40) not null,
  amount decimal(12, 2) not null
);
