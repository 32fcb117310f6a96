package io.crewline.account;

/**
 * The first administrator and, if asked for, the demo users are there. Published once at every
 * start of a node, outside a transaction, before the port opens. Several nodes may start at once on
 * one database: who adds rows on this event must expect that another node does the same.
 *
 * @param demo whether demo data is wanted
 */
public record AccountsReady(boolean demo) {}
