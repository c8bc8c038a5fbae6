/**
 * What every carrier shares: the codec of the context that a call takes along, signatures, and the
 * directory of services. A carrier writes the header of an {@link io.tcc.transport.OutgoingCall},
 * hands the header of an incoming one to {@link io.tcc.transport.IncomingCalls}, and takes back
 * what the callee enlisted.
 */
@NullMarked
package io.tcc.transport;

import org.jspecify.annotations.NullMarked;
