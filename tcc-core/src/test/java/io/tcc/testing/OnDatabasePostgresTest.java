package io.tcc.testing;

@OnDatabase(TestDatabase.POSTGRESQL)
class OnDatabasePostgresTest extends OnDatabaseContract {

  OnDatabasePostgresTest(Database database) {
    super(database);
  }
}
