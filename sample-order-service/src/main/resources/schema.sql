create table if not exists account (
  customer varchar(40) primary key,
  balance decimal(12, 2) not null,
  frozen decimal(12, 2) not null,
  spent decimal(12, 2) not null
);

create table if not exists purchase_order (
  id varchar(40) primary key,
  customer varchar(40) not null,
  total decimal(12, 2) not null,
  state varchar(10) not null,
  reason varchar(500)
);

create table if not exists invoice (
  id varchar(300) primary key,
  customer varchar(40) not null,
  amount decimal(12, 2) not null,
  sent boolean not null
);
