package io.tcc.protocol.twophase.jdbc;

import io.tcc.testing.OnDatabase;
import io.tcc.testing.TestDatabase;

@OnDatabase(TestDatabase.POSTGRESQL)
class DatabaseBranchesPostgresTest extends DatabaseBranchesContract {}
