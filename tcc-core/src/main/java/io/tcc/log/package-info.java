/** Durable memory, as ports: decisions, branches, local transactions, payloads. */
@NullMarked
package io.tcc.log;

import org.jspecify.annotations.NullMarked;
