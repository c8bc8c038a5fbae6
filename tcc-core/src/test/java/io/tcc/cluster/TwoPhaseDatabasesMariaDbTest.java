package io.tcc.cluster;

import io.tcc.testing.OnDatabase;
import io.tcc.testing.TestDatabase;

@OnDatabase(TestDatabase.MARIADB)
class TwoPhaseDatabasesMariaDbTest extends TwoPhaseDatabasesContract {}
