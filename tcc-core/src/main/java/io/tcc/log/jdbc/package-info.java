/** The ports of the log in SQL, on H2, PostgreSQL, MariaDB and MySQL. */
@NullMarked
package io.tcc.log.jdbc;

import org.jspecify.annotations.NullMarked;
