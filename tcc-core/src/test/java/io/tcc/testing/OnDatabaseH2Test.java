package io.tcc.testing;

@OnDatabase(TestDatabase.H2)
class OnDatabaseH2Test extends OnDatabaseContract {

  OnDatabaseH2Test(Database database) {
    super(database);
  }
}
