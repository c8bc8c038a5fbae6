package io.tcc.cluster;

import io.tcc.testing.OnDatabase;
import io.tcc.testing.TestDatabase;

@OnDatabase(TestDatabase.H2)
class TwoPhaseDatabasesH2Test extends TwoPhaseDatabasesContract {}
