package io.crewline.account;

/**
 * The role of an account, or whether it is disabled, has changed. Published inside the transaction
 * that changes it, on the node that does so; act on it in {@code Database.afterCommit}.
 */
public record AccountChanged(String username, Role role, boolean disabled) {}
