create table if not exists account (
  customer varchar(40) primary key,
  balance decimal(12, 2) not null,
  frozen decimal(12, 2) not null,
  spent decimal(12, 2) not null
);
