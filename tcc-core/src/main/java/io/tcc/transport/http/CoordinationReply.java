package io.tcc.transport.http;

/**
 * The answer to a coordination call. It echoes what was asked, so that nothing else that answers at
 * an address is taken for it.
 *
 * @param status 200 done, 409 it contradicts what is durable here, 412 it comes too late, 503 try
 *     again
 * @param body to be written as a JSON object
 */
public record CoordinationReply(int status, Object body) {}
