create table if not exists stock (
  item varchar(40) primary key,
  available int not null,
  reserved int not null,
  sold int not null
);
