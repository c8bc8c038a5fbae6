package io.tcc.protocol.twophase.jdbc;

import io.tcc.testing.OnDatabase;
import io.tcc.testing.TestDatabase;

@OnDatabase(TestDatabase.H2)
class DatabaseBranchesH2Test extends DatabaseBranchesContract {}
