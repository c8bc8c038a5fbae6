create table if not exists stock (
  item varchar(40) primary key,
  available int not null,
  reserved int not null,
  sold int not null
);

create table if not exists received_message (
  id char(32) primary key
);
