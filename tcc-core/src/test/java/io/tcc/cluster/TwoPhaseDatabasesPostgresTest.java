package io.tcc.cluster;

import io.tcc.testing.OnDatabase;
import io.tcc.testing.TestDatabase;

@OnDatabase(TestDatabase.POSTGRESQL)
class TwoPhaseDatabasesPostgresTest extends TwoPhaseDatabasesContract {}
