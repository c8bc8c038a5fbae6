package io.tcc.testing;

@OnDatabase(TestDatabase.MARIADB)
class OnDatabaseMariaDbTest extends OnDatabaseContract {

  OnDatabaseMariaDbTest(Database database) {
    super(database);
  }
}
