package io.tcc.transaction;

/**
 * The question of a branch past its deadline to its initiator.
 *
 * @param transaction as the context told it
 * @param asker who holds the branches: the site under which they were recorded
 */
public record Inquiry(GlobalTransaction transaction, Site asker) {}
