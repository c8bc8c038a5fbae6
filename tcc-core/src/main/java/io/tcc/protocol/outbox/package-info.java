/** The local message table: stored with the business change, relayed, consumed once, answered. */
@NullMarked
package io.tcc.protocol.outbox;

import org.jspecify.annotations.NullMarked;
