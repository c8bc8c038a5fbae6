create table if not exists stock (
  item varchar(40) primary key,
  available int not null,
  reserved int not null,
  sold int not null
);

create table if not exists received_message (
  id char(32) primary key
);

create table if not exists parcel (
  id varchar(300) primary key,
  item varchar(40) not null,
  quantity int not null,
  sent boolean not null
);
