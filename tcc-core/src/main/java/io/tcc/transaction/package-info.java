/**
 * The nouns of a global transaction: immutable records, the only state transitions, public events
 * and exceptions.
 */
@NullMarked
package io.tcc.transaction;

import org.jspecify.annotations.NullMarked;
