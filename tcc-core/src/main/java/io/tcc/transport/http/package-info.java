/** HTTP: the context on outgoing calls, the coordination endpoints and their client. */
@NullMarked
package io.tcc.transport.http;

import org.jspecify.annotations.NullMarked;
