/** The stock as plain SQL, which the database prepares. */
@NullMarked
package io.tcc.sample.inventory.databases;

import org.jspecify.annotations.NullMarked;
