/**
 * Kafka as a carrier of the local message table. The topics have the names of the messages' topics;
 * results go to {@code tcc-replies-} with the sender's service id.
 */
@NullMarked
package io.tcc.transport.kafka;

import org.jspecify.annotations.NullMarked;
