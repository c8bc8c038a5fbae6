/** Two-phase commit by databases: what a method does in one of them is prepared by it. */
@NullMarked
package io.tcc.protocol.twophase.jdbc;

import org.jspecify.annotations.NullMarked;
